"""Gathering the facts that the text-back decision depends on."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, Sum

from booking.appointments import next_appointment
from booking.models import Appointment
from conversations.line_book import is_a_line
from conversations.models import Call, Episode, Message, PhoneLine
from conversations.textback import Facts
from crm.consent import is_opted_out
from crm.models import Business, Lead
from crm.phones import read_caller, region_of

_EXCUSED = frozenset({Lead.Kind.VENDOR, Lead.Kind.INTERNAL, Lead.Kind.SPAM})


@dataclass(frozen=True)
class TextsSoFar:
    """``introduced``: a text that said who we are and how to stop has arrived."""

    last_text_back_at: datetime | None = None
    last_message_at: datetime | None = None
    introduced: bool = False


@dataclass(frozen=True)
class Circumstances:
    """The facts, and what else was read for them and is needed for the words."""

    facts: Facts
    visit: Appointment | None
    introduced: bool


def circumstances_of(
    episode: Episode, *, call: Call, lead: Lead | None, now: datetime
) -> Circumstances:
    """Read everything that the decision and the words depend on, now (aware UTC)."""
    # A lead of this very moment has no appointment, no texts and no consent on file,
    # and the claim looks at consent again.
    known = lead is not None and not lead.just_made
    visit = next_appointment(lead=lead, now=now) if lead and known else None
    texts = texts_so_far(episode) if known else TextsSoFar()
    facts = replace(
        facts_for(episode, call=call, lead=lead, now=now),
        opted_out=known
        and is_opted_out(business=episode.business, phone=episode.caller),
        has_appointment=visit is not None,
        last_text_back_at=texts.last_text_back_at,
        last_message_at=texts.last_message_at,
    )
    return Circumstances(facts, visit, texts.introduced)


def facts_for(
    episode: Episode, *, call: Call, lead: Lead | None, now: datetime
) -> Facts:
    """The facts about call, caller, line and business."""
    business, line = episode.business, call.line
    caller = read_caller(call.caller_raw, region=business.country)
    return Facts(
        now=now,
        missed_at=call.missed_at or call.started_at,
        outcome=call.outcome,
        choice=line.choice_for(call.outcome),
        hours_state=call.hours_state,
        withheld=not episode.caller and caller.reason == "withheld",
        textable=caller.textable and not (lead and lead.not_textable),
        own_number=_is_own_number(call, business=business),
        region=region_of(episode.caller) if episode.caller else None,
        allowed_regions=business.allowed_countries,
        line_on=line.texting != PhoneLine.Texting.OFF,
        registered=line.texting != PhoneLine.Texting.NOT_REGISTERED,
        do_not_text=bool(lead and lead.do_not_text),
        excused=bool(lead and lead.kind in _EXCUSED),
        customer=bool(lead and lead.kind == Lead.Kind.CUSTOMER),
        suppression=timedelta(hours=business.suppression_hours),
        conversation_window=timedelta(hours=business.conversation_hours),
        segments_left=_segments_left(business, now=now),
        answered_after=episode.answered_at is not None,
        with_desk_now=_with_desk_now(episode, call=call),
    )


def _is_own_number(call: Call, *, business: Business) -> bool:
    """A forwarder that shows its own number, or one of our lines, is no caller."""
    if not call.caller:
        return False
    forwarded = read_caller(call.forwarded_from, region=business.country).e164
    own = {call.line.number, business.phone, forwarded} - {None, ""}
    if call.caller in own:
        return True
    return is_a_line(call.caller)


def _with_desk_now(episode: Episode, *, call: Call) -> bool:
    """Whether another call of the same caller rings the desk or talks with it."""
    if not episode.caller:
        return False
    others = Call.objects.filter(
        business_id=episode.business_id, caller=episode.caller
    ).exclude(pk=call.pk)
    return others.with_desk().exists()


def texts_so_far(episode: Episode) -> TextsSoFar:
    """What was texted with this caller, outside the episode, in one query.

    A text-back counts when it reached the phone, may have, or is about to; other
    texts when a person wrote them, on either side.
    """
    if not episode.caller:
        return TextsSoFar()
    gone = Q(state__in=[Message.State.CANCELLED, Message.State.FAILED])
    text_back = Q(kind=Message.Kind.TEXT_BACK)
    by_people = Q(kind__in=[Message.Kind.STAFF, Message.Kind.CLIENT])
    reached = Q(state__in=[Message.State.SENT, Message.State.DELIVERED])
    undelivered = Q(state=Message.State.UNDELIVERED)
    found = (
        Message.objects.filter(business_id=episode.business_id, phone=episode.caller)
        .exclude(episode=episode)
        .aggregate(
            text_back_at=Max("created_at", filter=text_back & ~gone & ~undelivered),
            message_at=Max("created_at", filter=by_people & ~gone),
            introduced=Count("pk", filter=text_back & reached),
        )
    )
    return TextsSoFar(
        last_text_back_at=found["text_back_at"],
        last_message_at=found["message_at"],
        introduced=bool(found["introduced"]),
    )


def _segments_left(business: Business, *, now: datetime) -> int | None:
    """Segments left of this month's limit, in the business's calendar month."""
    if business.monthly_segments is None:
        return None
    month = now.astimezone(business.zone).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    used = (
        Message.objects.filter(
            business=business, kind=Message.Kind.TEXT_BACK, created_at__gte=month
        )
        .exclude(state=Message.State.CANCELLED)
        .aggregate(used=Sum("segments"))["used"]
    )
    return business.monthly_segments - (used or 0)
