"""A queued text leaves once, or its end is written down."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations import delivery, outbox
from conversations.gateway.choice import carrier
from conversations.models import Conversation, Episode, Message
from conversations.outbox import (
    SWEEP_AFTER,
    OptedOutError,
    deliver,
)
from conversations.reasons import Reason
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


@pytest.mark.parametrize(
    "kind",
    [
        Message.Kind.TEXT_BACK,
        Message.Kind.STAFF,
        Message.Kind.HELP,
        "opt_in_confirmation",
    ],
)
def test_nothing_is_written_to_a_number_that_stopped(queued, thread, kind):
    opt(thread, "opt_out")

    with pytest.raises(OptedOutError):
        queued(kind=kind)

    assert not Message.objects.exists()


def test_only_the_confirmation_is_written_to_a_number_that_stopped(queued, thread):
    opt(thread, "opt_out")

    assert queued(kind=Message.Kind.OPT_OUT_CONFIRMATION).state == "queued"


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


def test_a_caller_who_got_through_gets_no_text_that_waited_for_another_try(
    stub, queued
):
    message = queued()
    Episode.objects.update(answered_at=NOW)

    deliver(message.pk)

    assert not stub.requests
    assert seen(message).state == Message.State.CANCELLED
    assert seen(message.episode).reason == Reason.ANSWERED_MEANWHILE
