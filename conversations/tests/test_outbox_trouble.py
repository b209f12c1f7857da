"""The carrier refuses a text, says nothing, or time runs out."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from conversations import outbox
from conversations.gateway.choice import carrier
from conversations.models import Episode, Message, PhoneLine
from conversations.outbox import (
    FIRST_BACKOFF_SECONDS,
    LONGEST_BACKOFF_SECONDS,
    backoff_seconds,
    deliver,
)
from conversations.pacing import BURST, SHORTEST_WAIT
from conversations.tests.factories import MessageFactory, PhoneLineFactory
from crm.consent import is_opted_out
from crm.models import ConsentEvent, DeskTask

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def seen(message):
    message.refresh_from_db()
    return message


def refuses(stub, *codes):
    stub.faults.extend(codes)


# --- The carrier says no, or nothing ---


def test_too_many_requests_wait_as_long_as_the_carrier_asks(stub, queued):
    refuses(stub, "429")
    message = queued()
    before = timezone.now()

    deliver(message.pk)

    seen(message)
    assert (message.state, message.error_code) == ("queued", "20429")
    assert before + SECOND <= message.due_at <= timezone.now() + SECOND
    line = seen(message.line)
    assert line.paced_until > before + SECOND
    assert seen(message.episode).state == Episode.State.PENDING
    assert not DeskTask.objects.exists()


def test_nothing_else_leaves_on_a_line_while_the_carrier_wants_a_pause(stub, queued):
    refuses(stub, "429")
    deliver(queued().pk)
    other = queued()

    deliver(other.pk)

    assert stub.requests == 1
    assert seen(other).state == "queued"


def test_a_text_is_sent_after_the_pause(stub, queued):
    refuses(stub, "429")
    message = queued()
    deliver(message.pk)

    deliver(message.pk, now=seen(message).due_at)

    seen(message)
    assert (message.state, message.attempt, message.error_code) == ("sent", 2, "")


def test_a_refused_connection_puts_the_text_back_into_the_queue(queued, settings):
    # Nobody listens there, so nothing can have been processed.
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    carrier.cache_clear()
    message = queued()
    before = timezone.now()

    deliver(message.pk)

    carrier.cache_clear()
    seen(message)
    assert (message.state, message.error_code) == ("queued", "offline")
    assert before + 0.5 * SECOND <= message.due_at <= timezone.now() + SECOND


@pytest.mark.parametrize("fault", ["500", "drop", "lost_answer"])
def test_an_unclear_answer_leaves_the_text_with_the_sweep(stub, queued, fault):
    refuses(stub, fault)
    message = queued()

    deliver(message.pk)
    deliver(message.pk)

    assert stub.requests == 1
    seen(message)
    assert (message.state, message.carrier_id) == (Message.State.SENDING, "")
    assert message.due_at - message.claimed_at == 15 * SECOND
    assert seen(message.episode).state == Episode.State.PENDING


def test_a_back_off_never_outlives_the_text(queued, monkeypatch, stub):
    refuses(stub, "429")
    message = queued(good_for=timedelta(seconds=0.3))

    deliver(message.pk)

    seen(message)
    assert message.due_at == message.send_before


def test_an_answer_for_an_older_try_does_not_queue_the_newer_one(queued, stub):
    message = queued()
    Message.objects.update(state=Message.State.SENDING, attempt=2)
    message.attempt = 1
    refuses(stub, "429")

    outbox._send(message)

    assert seen(message).state == Message.State.SENDING


def test_a_number_that_stopped_at_the_carrier_is_opted_out_here(stub, queued, thread):
    refuses(stub, "21610")
    message = queued()

    deliver(message.pk)

    seen(message)
    assert (message.state, message.error_code) == ("failed", "21610")
    assert message.due_at is None
    assert is_opted_out(business=thread.business, phone=MARIA)
    consent = ConsentEvent.objects.get()
    assert (consent.how, consent.ref) == (ConsentEvent.How.CARRIER, message.ref)
    assert seen(message.episode).state == Episode.State.FAILED
    task = DeskTask.objects.get()
    assert (task.kind, task.ref, task.lead) == (
        DeskTask.Kind.TEXT_FAILED,
        message.ref,
        thread.lead,
    )
    assert "asked not to get texts" in task.detail


def test_a_landline_is_remembered_on_the_lead(stub, queued, thread):
    refuses(stub, "21614")
    message = queued()

    deliver(message.pk)

    assert seen(message).state == "failed"
    assert seen(thread.lead).not_textable == "not_textable"
    assert "landline" in DeskTask.objects.get().detail


def test_an_unregistered_line_stops_texting_and_asks_for_its_setup(stub, queued):
    refuses(stub, "30034")
    message = queued()

    deliver(message.pk)

    assert seen(message.line).texting == PhoneLine.Texting.NOT_REGISTERED
    kinds = DeskTask.objects.values_list("kind", flat=True)
    assert set(kinds) == {DeskTask.Kind.TEXT_FAILED, DeskTask.Kind.SETUP}


# --- Time ---


@pytest.mark.parametrize(
    ("late", "state"),
    [(-SECOND, "sent"), (0 * SECOND, "failed"), (SECOND, "failed")],
)
def test_a_text_that_comes_too_late_is_given_up_with_a_task(stub, queued, late, state):
    message = queued(good_for=timedelta(minutes=10))

    deliver(message.pk, now=message.send_before + late)

    assert seen(message).state == state
    assert len(stub.messages) == (state == "sent")
    if state == "failed":
        assert (message.error_code, message.due_at) == ("too_late", None)
        assert seen(message.episode).state == Episode.State.FAILED
        assert DeskTask.objects.get().ref == message.ref


def test_a_text_without_a_last_moment_may_go_at_any_time(stub, queued):
    message = queued()
    Message.objects.update(send_before=None)

    deliver(message.pk, now=message.created_at + timedelta(days=9))

    assert seen(message).state == "sent"


def test_the_back_off_of_a_text_without_a_last_moment_is_not_cut(stub, queued):
    refuses(stub, "429")
    message = queued()
    Message.objects.update(send_before=None)

    deliver(message.pk)

    assert seen(message).due_at > timezone.now()


def test_a_line_over_its_rate_holds_the_text_without_using_up_a_try(stub, queued):
    message = queued()
    now = timezone.now()
    ahead = BURST * SECOND / 10 + SECOND
    PhoneLine.objects.update(paced_until=now + ahead)

    deliver(message.pk, now=now)

    assert not stub.requests
    seen(message)
    assert (message.state, message.attempt) == ("queued", 0)
    assert now < message.due_at <= now + ahead


def test_texts_that_a_line_holds_come_back_one_after_the_other(stub, queued):
    messages = [queued(kind=Message.Kind.STAFF) for _text in range(12)]
    now = timezone.now()
    interval = SECOND / messages[0].line.texts_per_second
    PhoneLine.objects.update(paced_until=now + BURST * interval + SECOND)

    for message in reversed(messages):
        deliver(message.pk, now=now)

    assert not stub.requests
    first, *_between, last = waits = [seen(m).due_at - now for m in messages]
    # Ordered as they were written, whoever asked first.
    assert waits == sorted(waits)
    assert (first, last) == (SECOND + SHORTEST_WAIT, SECOND + 11 * interval)


def test_only_what_waits_on_the_same_line_comes_before_a_held_text(
    stub, queued, thread, business
):
    sent = queued(kind=Message.Kind.STAFF)
    Message.objects.update(state=Message.State.SENT)
    elsewhere = PhoneLineFactory(business=business)
    for _text in range(9):
        MessageFactory(
            conversation=thread, outbound=True, state="queued", line=elsewhere
        )
    message = queued(kind=Message.Kind.STAFF)
    now = timezone.now()
    PhoneLine.objects.update(
        paced_until=now + BURST * SECOND / sent.line.texts_per_second + SECOND
    )

    deliver(message.pk, now=now)

    assert seen(message).due_at == now + SECOND + SHORTEST_WAIT


def test_the_back_off_doubles_up_to_a_minute_with_jitter():
    for attempt, longest in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (200, 60)]:
        waits = [backoff_seconds(attempt) for _ in range(50)]
        assert all(longest / 2 <= wait <= longest for wait in waits)
        assert len(set(waits)) > 1
    assert (FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS) == (1, 60)


@pytest.mark.django_db(transaction=True)
def test_the_carrier_is_never_asked_inside_a_transaction(queued, monkeypatch):
    message = queued()
    inside = []

    def look(self, text):
        inside.append(connection.in_atomic_block)
        raise SystemExit

    monkeypatch.setattr(type(carrier()), "send", look)

    with pytest.raises(SystemExit):
        deliver(message.pk)

    assert inside == [False]
