"""Texts of unknown fate: what the carrier has is adopted, what it lacks sent again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import reconcile
from conversations.gateway.base import CarrierError, CarrierMessage
from conversations.gateway.choice import carrier
from conversations.models import Episode, Message
from conversations.outbox import Draft, deliver, queue
from conversations.reconcile import ask_for_receipt, look_up
from conversations.tests.factories import (
    EpisodeFactory,
    MessageFactory,
)
from crm.models import DeskTask

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
SECOND = timedelta(seconds=1)
SETTLE = timedelta(seconds=15)

pytestmark = pytest.mark.django_db


@pytest.fixture
def unconfirmed(stub, thread, line):
    """A text whose answer got lost in the way that ``fault`` names."""

    def send(fault, *, good_for=timedelta(hours=2)):
        message = queue(
            Draft(
                conversation=thread,
                line=line,
                kind=Message.Kind.TEXT_BACK,
                body="Sorry we missed you.",
                episode=EpisodeFactory(
                    business=thread.business, line=line, is_current=False
                ),
                good_for=good_for,
            ),
            now=timezone.now(),
        )
        stub.faults.append(fault)
        deliver(message.pk)
        message.refresh_from_db()
        assert message.state == Message.State.SENDING
        return message

    return send


def looked_up(message, *, after=SETTLE):
    look_up(message.pk, now=message.claimed_at + after)
    message.refresh_from_db()
    return message


def at_carrier(message, sid, *, at=None, body=None, to=MARIA, status="sent"):
    return CarrierMessage(
        carrier_id=sid,
        to=to,
        sender=message.line.number,
        body=message.body if body is None else body,
        status=status,
        created_at=at,
        direction="outbound-api",
    )


@pytest.fixture
def listed(monkeypatch):
    """Let the carrier's list hold these messages, or fail with an error."""

    def answer(result):
        def find(self, **_filters):
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(type(carrier()), "find_messages", find)

    return answer


def test_what_the_carrier_has_is_adopted_and_not_sent_again(stub, unconfirmed):
    message = looked_up(unconfirmed("lost_answer"))

    assert (message.state, message.carrier_id) == ("sent", stub.messages[0]["sid"])
    message.episode.refresh_from_db()
    assert message.episode.state == Episode.State.TEXTED
    assert len(stub.messages) == 1


@pytest.mark.parametrize(
    ("status", "state"), [("delivered", "delivered"), ("undelivered", "undelivered")]
)
def test_an_adopted_text_takes_the_carriers_word_on_its_fate(
    stub, unconfirmed, status, state
):
    message = unconfirmed("lost_answer")
    stub.messages[0]["status"] = status
    stub.messages[0]["error_code"] = 30003 if status == "undelivered" else None

    assert looked_up(message).state == state


def test_what_is_missing_twice_is_sent_again(stub, unconfirmed):
    message = looked_up(unconfirmed("drop"))
    assert (message.state, message.looks) == (Message.State.SENDING, 1)
    assert message.due_at == message.claimed_at + 2 * SETTLE

    looked_up(message, after=2 * SETTLE)
    assert message.state == Message.State.QUEUED
    assert message.due_at == message.claimed_at + 2 * SETTLE

    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempt, message.looks) == ("sent", 2, 0)
    assert len(stub.messages) == 1


def test_a_list_that_lags_behind_is_asked_a_second_time(stub, unconfirmed):
    message = unconfirmed("lost_answer")
    hidden = stub.messages[:]
    stub.messages.clear()
    looked_up(message)
    stub.messages.extend(hidden)

    assert looked_up(message, after=2 * SETTLE).state == "sent"
    assert len(stub.messages) == 1


def test_a_text_that_was_claimed_just_now_is_left_to_its_worker(stub, unconfirmed):
    message = unconfirmed("lost_answer")
    asked = stub.requests

    assert looked_up(message, after=SETTLE - SECOND).state == Message.State.SENDING

    assert (message.looks, stub.requests) == (0, asked)


def test_a_list_that_cannot_be_read_is_no_empty_list(stub, unconfirmed):
    message = unconfirmed("lost_answer")
    for tries in range(1, 4):
        stub.faults.append("500")
        looked_up(message, after=tries * SETTLE)

    assert (message.state, message.looks) == (Message.State.SENDING, 0)
    assert len(stub.messages) == 1


def test_after_an_hour_of_not_being_able_to_ask_a_person_has_to_look(
    unconfirmed, listed
):
    message = unconfirmed("lost_answer")
    listed(CarrierError(code="timeout"))

    looked_up(message, after=timedelta(hours=1))
    assert message.state == Message.State.SENDING

    looked_up(message, after=timedelta(hours=1) + SECOND)
    assert (message.state, message.due_at) == (Message.State.UNKNOWN, None)
    message.episode.refresh_from_db()
    assert message.episode.state == Episode.State.FAILED
    assert DeskTask.objects.get().ref == message.ref


def test_of_two_at_the_carrier_the_older_is_adopted_and_the_other_noticed(
    unconfirmed, listed, caplog
):
    message = unconfirmed("lost_answer")
    listed(
        [
            at_carrier(message, "SMnewer", at=NOW + SECOND),
            at_carrier(message, "SMolder", at=NOW),
            at_carrier(message, "SMundated"),
        ]
    )

    assert looked_up(message).carrier_id == "SMolder"
    assert f"3 texts for {message.ref}" in caplog.text
    assert MARIA not in caplog.text


def test_texts_without_a_date_can_be_adopted(unconfirmed, listed):
    message = unconfirmed("lost_answer")
    listed([at_carrier(message, "SMone"), at_carrier(message, "SMtwo")])

    assert looked_up(message).carrier_id == "SMone"


def test_a_text_that_another_row_owns_is_not_adopted(unconfirmed, listed, thread):
    message = unconfirmed("lost_answer")
    MessageFactory(conversation=thread, outbound=True, carrier_id="SMother")
    listed([at_carrier(message, "SMother", at=NOW)])

    assert looked_up(message).state == Message.State.SENDING
    assert message.looks == 1


WORDS = "We\u2019ll call you back \u2013 \u201csoon\u201d."
PLAIN = 'We\'ll call you back - "soon".'
TRIAL = "Sent from your Twilio trial account - "


@pytest.mark.parametrize("sent", [WORDS, PLAIN, TRIAL + WORDS, TRIAL + PLAIN])
def test_our_words_are_known_again_after_what_a_carrier_does_to_them(
    unconfirmed, listed, sent
):
    message = unconfirmed("lost_answer")
    Message.objects.update(body=WORDS)
    listed([at_carrier(message, "SMours", body=sent)])

    assert looked_up(message).carrier_id == "SMours"


@pytest.mark.parametrize(
    "sent", ["", "soon", PLAIN + " Bye!", PLAIN.upper(), "We'll call you back."]
)
def test_words_that_only_look_like_ours_are_others(unconfirmed, listed, sent):
    message = unconfirmed("lost_answer")
    Message.objects.update(body=WORDS)
    listed([at_carrier(message, "SMother", body=sent)])

    assert looked_up(message).carrier_id == ""
    assert message.looks == 1


def test_of_two_like_texts_in_flight_only_one_takes_what_the_carrier_has(
    unconfirmed, listed, thread, monkeypatch
):
    message = unconfirmed("lost_answer")
    listed([at_carrier(message, "SMone")])
    match = reconcile._match

    def and_the_other_adopts_it(*args):
        found = match(*args)
        MessageFactory(conversation=thread, outbound=True, carrier_id="SMone")
        return found

    monkeypatch.setattr(reconcile, "_match", and_the_other_adopts_it)
    looked_up(message)

    assert (message.state, message.carrier_id) == (Message.State.SENDING, "")
    assert (message.looks, message.receipts.count()) == (0, 0)
    # The next look finds nothing that is free.
    monkeypatch.setattr(reconcile, "_match", match)
    assert looked_up(message, after=2 * SETTLE).looks == 1


def test_an_id_of_another_carrier_does_not_stand_in_the_way(
    unconfirmed, listed, thread
):
    message = unconfirmed("lost_answer")
    MessageFactory(
        conversation=thread, outbound=True, carrier="simulator", carrier_id="SMone"
    )
    listed([at_carrier(message, "SMone")])

    assert looked_up(message).carrier_id == "SMone"


def test_adopting_takes_turns_on_the_line(unconfirmed, listed):
    message = unconfirmed("lost_answer")
    listed([at_carrier(message, "SMone")])

    with CaptureQueriesContext(connection) as queries:
        looked_up(message)

    asked = [query["sql"] for query in queries]
    lines = [
        n for n, sql in enumerate(asked) if 'FROM "conversations_phoneline"' in sql
    ]
    owners = [n for n, sql in enumerate(asked) if "SMone" in sql]
    # Once before we look for the row in turn, and then for certain.
    assert owners[0] < lines[0] < owners[1]
    assert connection.features.has_select_for_update == (
        "FOR UPDATE" in asked[lines[0]]
    )


@pytest.mark.parametrize(
    "other", [{"body": "See you at five."}, {"to": "+13125559999"}]
)
def test_other_words_and_other_people_are_no_match(unconfirmed, listed, other):
    message = unconfirmed("lost_answer")
    listed([at_carrier(message, "SMother", at=NOW, **other)])

    assert looked_up(message).looks == 1


def test_a_receipt_that_came_first_leaves_nothing_to_look_up(stub, unconfirmed):
    message = unconfirmed("lost_answer")
    Message.objects.update(state=Message.State.SENT, carrier_id="SMknown")
    asked = stub.requests

    assert looked_up(message).carrier_id == "SMknown"
    assert stub.requests == asked


def test_an_answer_that_comes_while_we_look_is_not_queued_again(
    unconfirmed, monkeypatch
):
    message = unconfirmed("lost_answer")

    def find(self, **_filters):
        Message.objects.update(state=Message.State.SENT, carrier_id="SMjust")
        return []

    monkeypatch.setattr(type(carrier()), "find_messages", find)
    Message.objects.update(looks=1)

    assert looked_up(message).state == "sent"


def test_a_text_that_is_gone_or_was_never_claimed_is_left_alone(stub, thread):
    never = MessageFactory(
        conversation=thread, outbound=True, state=Message.State.SENDING
    )

    look_up(never.pk, now=NOW)
    look_up(never.pk + 1, now=NOW)

    never.refresh_from_db()
    assert never.looks == 0


def test_a_text_that_is_too_old_to_send_again_is_given_up(stub, unconfirmed):
    message = unconfirmed("drop", good_for=timedelta(seconds=20))
    looked_up(message)
    looked_up(message, after=2 * SETTLE)

    deliver(message.pk, now=message.claimed_at + 2 * SETTLE)

    message.refresh_from_db()
    assert (message.state, message.error_code) == ("failed", "too_late")
    assert not stub.messages


# --- The watch-dog for receipts ---


@pytest.fixture
def sent(stub, thread, line):
    """A text that the carrier has, and no receipt since."""
    message = queue(
        Draft(conversation=thread, line=line, kind=Message.Kind.STAFF, body="Hello"),
        now=timezone.now(),
    )
    deliver(message.pk)
    message.refresh_from_db()
    return message


def asked(message, *, after=timedelta(minutes=15)):
    ask_for_receipt(message.pk, now=message.sent_at + after)
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(
    ("status", "state"), [("delivered", "delivered"), ("sent", "sent")]
)
def test_the_carrier_is_asked_for_a_receipt_that_never_came(stub, sent, status, state):
    stub.messages[0]["status"] = status

    assert asked(sent).state == state


def test_a_failure_told_on_asking_becomes_a_task(stub, sent):
    stub.messages[0].update(status="undelivered", error_code=30006)

    assert asked(sent).state == "undelivered"
    assert sent.error_code == "30006"
    assert DeskTask.objects.count() == 1


def test_a_carrier_that_does_not_know_the_text_or_does_not_answer_is_asked_later(
    stub, sent, monkeypatch
):
    stub.messages.clear()
    assert (asked(sent).state, sent.due_at is None) == ("sent", False)

    def fail(self, carrier_id):
        raise CarrierError(code="timeout")

    monkeypatch.setattr(type(carrier()), "fetch_message", fail)
    assert (asked(sent).state, sent.due_at is None) == ("sent", False)


def test_after_a_day_nobody_asks_any_more(stub, sent):
    before = stub.requests

    assert asked(sent, after=timedelta(hours=24, seconds=1)).due_at is None
    assert (sent.state, stub.requests) == ("sent", before)


def test_a_text_without_a_date_is_not_asked_about_for_ever(stub, sent):
    Message.objects.update(sent_at=None)

    ask_for_receipt(sent.pk, now=NOW)

    sent.refresh_from_db()
    assert sent.due_at is None


def test_a_delivered_text_needs_no_receipt(stub, sent):
    Message.objects.update(state=Message.State.DELIVERED)
    stub.messages[0]["status"] = "failed"

    assert asked(sent).state == "delivered"


def test_two_looks_are_taken_before_a_text_is_sent_again():
    assert reconcile.LOOKS == 2
