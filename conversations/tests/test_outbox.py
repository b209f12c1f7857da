"""A queued text leaves once, or its end is written down."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import delivery, outbox
from conversations.gateway.choice import carrier
from conversations.models import Call, Conversation, Episode, Message
from conversations.outbox import (
    RINGS_AGAIN_AFTER,
    SWEEP_AFTER,
    OptedOutError,
    deliver,
    send_now,
)
from conversations.reasons import Reason
from conversations.tests.factories import CallFactory, PhoneLineFactory
from crm.consent import record
from crm.models import ConsentEvent, LeadEvent
from crm.tests.factories import UserFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def opt(thread, kind):
    record(
        ConsentEvent(
            business=thread.business, phone=MARIA, kind=kind, how="keyword", at=NOW
        )
    )


def seen(message):
    message.refresh_from_db()
    return message


def refuses(stub, *codes):
    stub.faults.extend(codes)


# --- Writing ---


def test_a_written_text_waits_and_is_looked_after_by_the_sweep(queued, thread, line):
    message = queued(now=NOW, good_for=timedelta(minutes=10))

    assert (message.state, message.direction) == ("queued", "out")
    assert (message.phone, message.line, message.business) == (
        MARIA,
        line,
        thread.business,
    )
    assert (message.segments, message.attempt) == (1, 0)
    assert message.due_at == NOW + SWEEP_AFTER
    assert message.send_before == NOW + timedelta(minutes=10)
    assert Conversation.objects.get().last_message_at == NOW


def test_a_text_remembers_who_wrote_it(queued):
    ana = UserFactory()

    assert queued(kind=Message.Kind.STAFF, author=ana).author == ana


def test_the_threads_clock_is_set_by_the_text_and_not_set_twice(queued, thread):
    queued(kind=Message.Kind.STAFF, now=NOW)
    assert seen(thread).last_message_at == NOW

    with CaptureQueriesContext(connection) as queries:
        queued(kind=Message.Kind.STAFF, now=NOW)
    assert not [q for q in queries if q["sql"].startswith("UPDATE")]

    queued(kind=Message.Kind.STAFF, now=NOW + SECOND)
    assert seen(thread).last_message_at == NOW + SECOND


@pytest.mark.parametrize("kind", ["staff", "help", "opt_in_confirmation"])
def test_nothing_is_written_to_a_number_that_stopped(queued, thread, kind):
    opt(thread, "opt_out")

    with pytest.raises(OptedOutError):
        queued(kind=kind)

    assert not Message.objects.exists()


def test_only_the_confirmation_is_written_to_a_number_that_stopped(queued, thread):
    opt(thread, "opt_out")

    assert queued(kind=Message.Kind.OPT_OUT_CONFIRMATION).state == "queued"


def test_a_text_back_that_was_decided_is_written_and_stopped_by_its_claim(
    stub, queued, thread
):
    # The decision looks at consent; whoever stopped since is caught at the door.
    opt(thread, "opt_out")
    message = queued()
    assert message.state == "queued"

    send_now(message, now=timezone.now())

    assert not stub.requests
    assert seen(message).state == Message.State.CANCELLED
    assert seen(message.episode).reason == Reason.OPTED_OUT


# --- Sending ---


def test_a_queued_text_is_sent_once_and_its_episode_is_texted(stub, queued):
    message = queued()

    deliver(message.pk)
    deliver(message.pk)

    [sent] = stub.messages
    assert (sent["to"], sent["from"], sent["body"]) == (
        MARIA,
        message.line.number,
        message.body,
    )
    seen(message)
    assert (message.state, message.carrier_id) == ("sent", sent["sid"])
    assert (message.attempt, message.carrier) == (1, "twilio")
    assert message.due_at == message.sent_at + delivery.RECEIPT_EXPECTED_WITHIN
    episode = seen(message.episode)
    assert (episode.state, episode.next_check_at) == (Episode.State.TEXTED, None)
    assert LeadEvent.objects.get().kind == LeadEvent.Kind.TEXT_BACK_SENT


def test_a_text_at_hand_is_sent_without_being_read_again(stub, queued):
    message = queued()

    with CaptureQueriesContext(connection) as queries:
        send_now(message, now=timezone.now())

    [sent] = stub.messages
    assert (sent["to"], sent["body"]) == (MARIA, message.body)
    assert (seen(message).state, message.attempt) == ("sent", 1)
    assert seen(message.episode).state == Episode.State.TEXTED
    asked = [q["sql"] for q in queries if q["sql"].startswith("SELECT")]
    assert not [sql for sql in asked if 'FROM "conversations_message"' in sql]


@pytest.mark.parametrize("state", sorted(set(Message.State) - {"queued"}))
def test_a_text_at_hand_that_is_no_longer_queued_is_not_sent(stub, queued, state):
    message = queued()
    Message.objects.update(state=state)

    send_now(message, now=timezone.now())

    assert not stub.requests
    assert seen(message).state == state


def test_our_own_id_travels_with_the_text_and_it_dies_in_time(stub, queued):
    message = queued()

    deliver(message.pk)

    [sent] = stub.messages
    assert sent["status_callback"] == (
        f"https://text.example.com/webhooks/twilio/sms/status/?m={message.public_id}"
        "#rc=3&rp=5xx,ct,rt"
    )
    assert 600 <= int(sent["validity"]) <= 3600


def test_a_text_by_hand_is_sent_and_told_apart_on_the_timeline(stub, queued):
    message = queued(kind=Message.Kind.STAFF)

    deliver(message.pk)

    assert seen(message).state == "sent"
    assert LeadEvent.objects.get().kind == LeadEvent.Kind.TEXT_SENT


@pytest.mark.parametrize("state", sorted(set(Message.State) - {"queued"}))
def test_only_a_queued_text_is_sent(stub, queued, state):
    message = queued()
    Message.objects.update(state=state)

    deliver(message.pk)

    assert not stub.messages
    assert seen(message).state == state


def test_a_text_that_is_gone_is_nothing_to_send(stub):
    deliver(4711)

    assert not stub.requests


def test_the_claim_is_exclusive(stub, queued, monkeypatch):
    message = queued()
    claim = outbox._claim

    def after_somebody_else(mine, *, now):
        other = Message.objects.select_related("line", "business").get(pk=mine.pk)
        assert claim(other, now=now)
        return claim(mine, now=now)

    monkeypatch.setattr(outbox, "_claim", after_somebody_else)

    deliver(message.pk)

    assert not stub.messages
    assert seen(message).state == Message.State.SENDING
    assert message.attempt == 1


def test_the_claim_is_stored_before_the_carrier_is_asked(queued, monkeypatch):
    message = queued()
    states = []

    def look(self, text):
        states.append(Message.objects.get().state)
        raise SystemExit

    monkeypatch.setattr(type(carrier()), "send", look)

    with pytest.raises(SystemExit):
        deliver(message.pk)

    assert states == [Message.State.SENDING]
    seen(message)
    assert message.due_at - message.claimed_at == 15 * SECOND


# --- Stop ---


def test_a_stop_between_writing_and_sending_cancels_the_text(stub, queued, thread):
    message = queued()
    opt(thread, "opt_out")

    deliver(message.pk)

    assert not stub.requests
    seen(message)
    assert (message.state, message.due_at) == (Message.State.CANCELLED, None)
    episode = seen(message.episode)
    assert (episode.state, episode.reason) == ("not_texted", Reason.OPTED_OUT)
    event = LeadEvent.objects.get(kind=LeadEvent.Kind.TEXT_BACK_SKIPPED)
    assert event.data == {"reason": "opted_out"}
    assert event.ref == episode.ref


def test_a_stop_cancels_a_text_by_hand_too(stub, queued, thread):
    message = queued(kind=Message.Kind.STAFF)
    opt(thread, "opt_out")

    deliver(message.pk)

    assert not stub.requests
    assert seen(message).state == Message.State.CANCELLED


def test_who_opted_in_again_gets_texts_again(stub, queued, thread):
    opt(thread, "opt_out")
    opt(thread, "opt_in")

    deliver(queued().pk)

    assert len(stub.messages) == 1


def test_the_confirmation_itself_passes_after_a_stop(stub, queued, thread):
    opt(thread, "opt_out")
    message = queued(kind=Message.Kind.OPT_OUT_CONFIRMATION)

    deliver(message.pk)

    assert seen(message).state == "sent"


@pytest.mark.parametrize("kind", ["text_back", "opt_out_confirmation"])
def test_losing_the_claim_after_a_stop_does_not_cancel_what_is_being_sent(
    stub, queued, thread, kind
):
    message = queued(kind=kind)
    mine = Message.objects.select_related("line", "business").get()
    assert outbox._claim(
        Message.objects.select_related("line", "business").get(), now=NOW
    )
    opt(thread, "opt_out")

    assert not outbox._claim(mine, now=NOW)

    assert seen(message).state == Message.State.SENDING


def test_losing_the_claim_does_not_cancel_a_confirmation_that_waits_again(
    stub, queued, thread, monkeypatch
):
    opt(thread, "opt_out")
    message = queued(kind=Message.Kind.OPT_OUT_CONFIRMATION)
    mine = Message.objects.select_related("line", "business").get()
    Message.objects.update(state=Message.State.SENDING)
    rows = type(Message.objects.all())
    update = rows.update

    def and_then_it_waits_again(self, **values):
        monkeypatch.setattr(rows, "update", update)
        changed = self.update(**values)
        Message.objects.update(state=Message.State.QUEUED)
        return changed

    monkeypatch.setattr(rows, "update", and_then_it_waits_again)

    assert not outbox._claim(mine, now=NOW)

    assert seen(message).state == Message.State.QUEUED


# --- The caller rings again ---


@pytest.fixture
def rings_again(thread, line):
    """Maria's other call, in a phase."""

    def call(phase=Call.Phase.RINGING, **more):
        whose = {"business": thread.business, "line": line, "caller": MARIA, **more}
        return CallFactory(**whose, phase=phase)

    return call


@pytest.mark.parametrize("phase", [Call.Phase.RINGING, Call.Phase.TALKING])
def test_a_waiting_text_back_waits_while_the_caller_is_with_the_desk(
    stub, queued, rings_again, phase
):
    message = queued(now=NOW)
    call = rings_again(phase)

    deliver(message.pk, now=NOW + SECOND)

    assert not stub.requests
    seen(message)
    assert (message.state, message.attempt) == ("queued", 0)
    assert message.due_at == NOW + SECOND + RINGS_AGAIN_AFTER
    assert not LeadEvent.objects.exists()

    call.phase = Call.Phase.ENDED
    call.save()
    deliver(message.pk, now=message.due_at)
    assert seen(message).state == "sent"


def test_a_text_back_that_waited_too_long_is_given_up_though_the_caller_talks(
    stub, queued, rings_again
):
    message = queued(now=NOW)
    rings_again(Call.Phase.TALKING)

    deliver(message.pk, now=message.send_before)

    assert seen(message).state == "failed"
    assert not stub.requests


@pytest.mark.parametrize("phase", [Call.Phase.GREETING, Call.Phase.ENDED])
def test_a_call_that_nobody_takes_holds_no_text_back(stub, queued, rings_again, phase):
    rings_again(phase)

    deliver(queued().pk)

    assert len(stub.messages) == 1


def test_calls_of_others_hold_no_text_back(stub, queued, rings_again):
    rings_again(caller="+13125559999")
    other = PhoneLineFactory()
    rings_again(business=other.business, line=other)

    deliver(queued().pk)

    assert len(stub.messages) == 1


def test_a_text_by_hand_does_not_wait_for_a_call_to_end(stub, queued, rings_again):
    rings_again(Call.Phase.TALKING)

    deliver(queued(kind=Message.Kind.STAFF).pk)

    assert len(stub.messages) == 1


def test_a_text_that_somebody_claims_meanwhile_is_not_put_off(
    stub, queued, rings_again, monkeypatch
):
    message = queued()
    rings_again()
    due_at = NOW + timedelta(minutes=1)
    looks = outbox._rings_again

    def while_another_claims(mine):
        Message.objects.update(state=Message.State.SENDING, due_at=due_at)
        return looks(mine)

    monkeypatch.setattr(outbox, "_rings_again", while_another_claims)

    deliver(message.pk)

    assert (seen(message).state, message.due_at) == (Message.State.SENDING, due_at)


def test_a_caller_who_got_through_gets_no_text_that_waited_for_another_try(
    stub, queued
):
    message = queued()
    Episode.objects.update(answered_at=NOW)

    deliver(message.pk)

    assert not stub.requests
    assert seen(message).state == Message.State.CANCELLED
    assert seen(message.episode).reason == Reason.ANSWERED_MEANWHILE
