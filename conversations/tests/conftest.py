"""A business with a line, a carrier on loopback, and a worker without a process."""

from datetime import time
from importlib import import_module

import pytest
from django.core.cache import caches
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from conversations.gateway.choice import carrier
from conversations.models import Message, PhoneLine
from conversations.outbox import GOOD_FOR, Draft, queue
from conversations.tests.carrier_double import running_stub
from conversations.tests.factories import (
    ConversationFactory,
    EpisodeFactory,
    PhoneLineFactory,
    RingTargetFactory,
)
from conversations.tests.signed_client import SignedClient
from crm.models import OpeningHours
from crm.tests.factories import (
    BusinessFactory,
    LeadFactory,
    LeadSourceFactory,
    OpeningHoursFactory,
)

LINE = "+13125550100"
RING_LINE = "+13125550101"
DESK_PHONE = "+17735550199"
CALLER = "+13125551234"
# More rounds than this means that tasks call each other for ever.
MOST_ROUNDS = 20


@pytest.fixture
def stub(settings):
    """A stateful carrier that the product talks to."""
    with running_stub() as server:
        settings.TWILIO_API_BASE_URL = server.url
        carrier.cache_clear()
        yield server
        carrier.cache_clear()


@pytest.fixture
def moments(settings):
    """What is known about lines is remembered as it is outside of tests."""
    settings.CACHES = {
        **settings.CACHES,
        "moments": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "moments of a test",
        },
    }
    memory = caches["moments"]
    memory.clear()
    yield memory
    memory.clear()


@pytest.fixture
def webhook(client):
    """Posts signed webhooks: `webhook.post("voice", call_params(...))`."""
    return SignedClient(client)


@pytest.fixture
def business(db):
    """Northside Heating in Chicago, open around the clock."""
    business = BusinessFactory(name="Northside Heating")
    for day in OpeningHours.Weekday.values:
        OpeningHoursFactory(
            business=business, weekday=day, opens=time(0), closes=time(0)
        )
    return business


@pytest.fixture
def line(business):
    """A forwarded line: every call that arrives is missed, and then a voicemail."""
    source = LeadSourceFactory(business=business, name="Van")
    return PhoneLineFactory(business=business, number=LINE, source=source)


@pytest.fixture
def ring_line(business):
    """A line that rings one phone at the desk first."""
    source = LeadSourceFactory(business=business, name="Search ad")
    line = PhoneLineFactory(
        business=business, number=RING_LINE, source=source, plan=PhoneLine.Plan.RING
    )
    RingTargetFactory(line=line, number=DESK_PHONE)
    return line


@pytest.fixture
def thread(business, line):
    """The empty thread of a lead with the forwarded line."""
    lead = LeadFactory(business=business, phone=CALLER)
    return ConversationFactory(business=business, lead=lead, line=line)


@pytest.fixture
def queued(thread, line):
    """Write a text to the thread that waits to be sent; returns its row."""

    def write(*, kind=Message.Kind.TEXT_BACK, now=None, good_for=GOOD_FOR, **more):
        episode = None
        if kind == Message.Kind.TEXT_BACK:
            episode = EpisodeFactory(
                business=thread.business, caller=CALLER, line=line, is_current=False
            )
        return queue(
            Draft(
                conversation=thread,
                line=line,
                kind=kind,
                body="Sorry we missed you.",
                episode=episode,
                good_for=good_for,
                **more,
            ),
            now=now or timezone.now(),
        )

    return write


@pytest.fixture
def run_tasks(db):
    """Do what workers would: run the stored tasks in order until none is left.

    Returns the names of the tasks that ran.
    """

    def run():
        ran = []
        for _round in range(MOST_ROUNDS):
            rows = list(OrmQ.objects.order_by("id"))
            if not rows:
                return ran
            ran += [_run(row) for row in rows]
        raise AssertionError(f"Tasks keep coming: {ran}")

    return run


def _run(row):
    task = SignedPackage.loads(row.payload)
    module, _, name = task["func"].rpartition(".")
    getattr(import_module(module), name)(*task["args"], **task["kwargs"])
    row.delete()
    return task["func"]
