"""Rows for tests: lines, calls, episodes, threads, messages.

Everything a factory makes on the way belongs to the same business.
"""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from conversations.models import (
    Call,
    Conversation,
    Episode,
    Message,
    PhoneLine,
    RingTarget,
    Template,
)
from conversations.verdict import Outcome
from conversations.wording import Situation
from crm.tests.factories import BusinessFactory, LeadFactory, LeadSourceFactory


def _of_the_same_business(factory_class, **more):
    business = factory.SelfAttribute("..business")
    return factory.SubFactory(factory_class, business=business, **more)


class PhoneLineFactory(DjangoModelFactory):
    """A forwarded line: every call that arrives is missed."""

    class Meta:
        model = PhoneLine

    business = factory.SubFactory(BusinessFactory)
    source = _of_the_same_business(LeadSourceFactory)
    number = factory.Sequence(lambda n: f"+1312{5550000 + n}")


class RingTargetFactory(DjangoModelFactory):
    """A staff phone of a line."""

    class Meta:
        model = RingTarget

    line = factory.SubFactory(PhoneLineFactory)
    number = factory.Sequence(lambda n: f"+1773{2000000 + n}")


class EpisodeFactory(DjangoModelFactory):
    """One missed call that still waits for its decision."""

    class Meta:
        model = Episode

    business = factory.SubFactory(BusinessFactory)
    caller = factory.Sequence(lambda n: f"+1312{3000000 + n}")
    line = _of_the_same_business(PhoneLineFactory)
    source = factory.SelfAttribute("line.source")
    opened_at = factory.LazyFunction(timezone.now)
    last_missed_at = factory.SelfAttribute("opened_at")
    calls_count = 1


class CallFactory(DjangoModelFactory):
    """A call that rang out a moment ago and is over."""

    class Meta:
        model = Call

    business = factory.SubFactory(BusinessFactory)
    line = _of_the_same_business(PhoneLineFactory)
    source = factory.SelfAttribute("line.source")
    carrier = "twilio"
    carrier_id = factory.Sequence(lambda n: f"CA{n:032d}")
    caller = factory.Sequence(lambda n: f"+1312{3000000 + n}")
    caller_raw = factory.SelfAttribute("caller")
    phase = Call.Phase.ENDED
    outcome = Outcome.NO_ANSWER
    evidence = factory.LazyFunction(
        lambda: {"dial_status": "no-answer", "final_status": "completed"}
    )
    started_at = factory.LazyFunction(timezone.now)
    missed_at = factory.LazyAttribute(
        lambda call: (
            None
            if call.outcome in ("", Outcome.ANSWERED)
            else call.started_at + timedelta(seconds=20)
        )
    )
    ended_at = factory.LazyAttribute(
        lambda call: call.started_at + timedelta(seconds=25)
    )


class ConversationFactory(DjangoModelFactory):
    """An empty, open thread with a new lead."""

    class Meta:
        model = Conversation

    business = factory.SubFactory(BusinessFactory)
    lead = _of_the_same_business(LeadFactory)
    phone = factory.SelfAttribute("lead.phone")
    line = _of_the_same_business(PhoneLineFactory)
    last_message_at = factory.LazyFunction(timezone.now)


class MessageFactory(DjangoModelFactory):
    """A text from the client; ``outbound=True``: a text by staff, sent."""

    class Meta:
        model = Message

    class Params:
        outbound = factory.Trait(
            direction=Message.Direction.OUT,
            kind=Message.Kind.STAFF,
            state=Message.State.SENT,
            sent_at=factory.LazyFunction(timezone.now),
        )

    conversation = factory.SubFactory(ConversationFactory)
    business = factory.SelfAttribute("conversation.business")
    line = factory.SelfAttribute("conversation.line")
    phone = factory.SelfAttribute("conversation.phone")
    direction = Message.Direction.IN
    kind = Message.Kind.CLIENT
    state = Message.State.RECEIVED
    body = "Can you come today?"
    carrier = "twilio"
    carrier_id = factory.Sequence(lambda n: f"SM{n:032d}")


class TemplateFactory(DjangoModelFactory):
    """The business's own words for a call missed in hours."""

    class Meta:
        model = Template

    business = factory.SubFactory(BusinessFactory)
    situation = Situation.IN_HOURS
    language = "en"
    body = "Sorry we missed you, {name|there}. Book here: {link}"
