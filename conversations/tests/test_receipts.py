"""Receipts come in any order, any number of times, and for texts we never knew."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from conversations.models import Episode, Message, Receipt
from conversations.receipts import apply_receipt
from conversations.tests.factories import (
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
)
from conversations.tests.signed_client import ACCOUNT, new_sid
from crm.models import DeskTask, LeadEvent
from crm.tests.factories import LeadFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
SID = "SM" + "1" * 32

pytestmark = pytest.mark.django_db

UNKNOWN = "0b5f6f0e-6c0a-4a7e-9d53-3f1a1c6f2f10"


@pytest.fixture
def message(business, line):
    """The text-back to Maria; we died before we learned the carrier's id."""
    lead = LeadFactory(business=business, phone="+13125551234")
    return MessageFactory(
        conversation=ConversationFactory(business=business, lead=lead, line=line),
        outbound=True,
        kind=Message.Kind.TEXT_BACK,
        episode=EpisodeFactory(business=business, line=line),
        state=Message.State.SENDING,
        carrier_id="",
        sent_at=None,
    )


def receipt(status, *, code="", sid=SID, marker="", at=NOW):
    return apply_receipt(
        carrier_id=sid, status=status, error_code=code, marker=marker, now=at
    )


def orders(statuses):
    """Every order, and each with every repeat of one of them."""
    once = list(itertools.permutations(statuses))
    repeated = {
        (*order[:place], again, *order[place:])
        for order in once
        for place, again in itertools.product(range(len(order) + 1), statuses)
    }
    return [*once, *sorted(repeated)]


@pytest.mark.parametrize("order", orders(["queued", "sent", "delivered"]))
def test_a_text_that_arrived_ends_delivered_in_any_order(message, order):
    for status in order:
        assert receipt(status, marker=str(message.public_id))

    message.refresh_from_db()
    message.episode.refresh_from_db()
    assert (message.state, message.carrier_id) == ("delivered", SID)
    assert (message.sent_at, message.delivered_at) == (NOW, NOW)
    assert message.episode.state == Episode.State.TEXTED
    assert set(LeadEvent.objects.values_list("kind", flat=True)) == {
        "text_back_sent",
        "text_delivered",
    }
    assert Receipt.objects.count() == 3
    assert not DeskTask.objects.exists()


@pytest.mark.parametrize("final", ["undelivered", "failed"])
@pytest.mark.parametrize("order", orders(["queued", "sent", "final"]))
def test_a_text_that_did_not_arrive_ends_so_in_any_order(message, order, final):
    for status in order:
        name = final if status == "final" else status
        code = "30003" if status == "final" else ""
        receipt(name, code=code, marker=str(message.public_id))

    message.refresh_from_db()
    message.episode.refresh_from_db()
    assert (message.state, message.error_code) == (final, "30003")
    assert message.episode.state == Episode.State.FAILED
    assert LeadEvent.objects.filter(kind="text_back_failed").count() == 1
    assert DeskTask.objects.count() == 1


CODES = {"undelivered": "30003", "failed": "30008"}


@pytest.mark.parametrize(
    "order", orders(["sent", "delivered", "undelivered", "failed"])
)
def test_a_text_that_some_report_says_arrived_has_arrived_in_any_order(message, order):
    for status in order:
        code = CODES.get(status, "")
        assert receipt(status, code=code, marker=str(message.public_id))

    message.refresh_from_db()
    message.episode.refresh_from_db()
    assert (message.state, message.error_code) == ("delivered", "")
    assert (message.carrier_id, message.due_at) == (SID, None)
    assert (message.sent_at, message.delivered_at) == (NOW, NOW)
    assert (message.episode.state, message.episode.reason) == ("texted", "")
    assert Receipt.objects.count() == 4
    assert LeadEvent.objects.filter(kind="text_delivered").count() == 1
    assert DeskTask.objects.count() <= 1


@pytest.mark.parametrize("order", orders(["sent", "undelivered", "failed"]))
def test_two_kinds_of_failure_end_the_same_in_any_order(message, order):
    for status in order:
        code = CODES.get(status, "")
        receipt(status, code=code, marker=str(message.public_id))

    message.refresh_from_db()
    message.episode.refresh_from_db()
    assert (message.state, message.error_code) == ("undelivered", "30003")
    assert (message.due_at, message.delivered_at) == (None, None)
    assert message.episode.state == Episode.State.FAILED
    assert LeadEvent.objects.filter(kind="text_back_failed").count() == 1
    assert DeskTask.objects.count() == 1


@pytest.mark.parametrize("status", ["sent", "delivered", "undelivered", "failed"])
def test_a_cancelled_text_stays_cancelled_whatever_is_reported(message, status):
    Message.objects.update(state=Message.State.CANCELLED)

    assert receipt(status, marker=str(message.public_id))

    message.refresh_from_db()
    assert message.state == Message.State.CANCELLED


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", "sent"),
        ("scheduled", "sent"),
        ("queued", "sent"),
        ("sending", "sent"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "undelivered"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("melted", "sending"),
        ("", "sending"),
    ],
)
def test_each_status_of_the_carrier_has_its_state_here(message, status, state):
    assert receipt(status, marker=str(message.public_id))

    message.refresh_from_db()
    assert message.state == state


def test_our_marker_finds_a_text_whose_id_we_never_learned(message):
    assert receipt("sent", marker=str(message.public_id))

    message.refresh_from_db()
    assert (message.state, message.carrier_id) == ("sent", SID)


def test_a_receipt_brings_back_a_text_that_was_about_to_be_sent_again(message):
    Message.objects.update(state=Message.State.QUEUED)

    receipt("queued", marker=str(message.public_id))

    message.refresh_from_db()
    assert message.state == "sent"


@pytest.mark.parametrize("marker", ["", "no-uuid", UNKNOWN, "\0"])
def test_without_a_useful_marker_the_carriers_id_finds_the_text(message, marker):
    Message.objects.update(carrier_id=SID)

    assert receipt("delivered", marker=marker)

    message.refresh_from_db()
    assert message.state == "delivered"


@pytest.mark.parametrize("marker", ["", "no-uuid", UNKNOWN])
def test_a_receipt_for_an_unknown_text_changes_nothing(message, marker):
    assert not receipt("delivered", marker=marker)

    message.refresh_from_db()
    assert message.state == "sending"
    assert not Receipt.objects.exists()


def test_an_id_of_another_carrier_is_not_ours(message):
    Message.objects.update(carrier_id=SID, carrier="simulator")

    assert not receipt("delivered")


def test_a_received_text_has_no_receipts(message):
    incoming = MessageFactory(conversation=message.conversation, carrier_id=SID)

    assert not receipt("delivered", marker=str(incoming.public_id))


def test_a_second_text_for_one_row_is_noticed_and_not_taken_over(message, caplog):
    Message.objects.update(carrier_id=SID, state="sent")

    assert receipt("failed", sid=new_sid("SM"), marker=str(message.public_id))

    message.refresh_from_db()
    assert (message.state, message.carrier_id) == ("sent", SID)
    assert "one text too many" in caplog.text
    assert message.phone not in caplog.text


def test_the_time_of_the_first_report_is_kept(message):
    receipt("delivered", marker=str(message.public_id))
    receipt("delivered", marker=str(message.public_id), at=NOW + timedelta(hours=1))

    message.refresh_from_db()
    assert message.delivered_at == NOW


def test_a_landline_told_by_receipt_is_not_texted_again(message):
    receipt("undelivered", code="30006", marker=str(message.public_id))

    message.conversation.lead.refresh_from_db()
    assert message.conversation.lead.not_textable == "not_textable"


def params(status, sid=SID, **more):
    return {
        "AccountSid": ACCOUNT,
        "MessageSid": sid,
        "MessageStatus": status,
        "To": "+13125551234",
        "From": "+13125550100",
        **more,
    }


def test_the_webhook_reads_the_marker_from_its_address(message, webhook):
    answer = webhook.post(
        "receipt", params("delivered"), query=f"?m={message.public_id}"
    )

    assert (answer.status_code, answer.content) == (204, b"")
    message.refresh_from_db()
    assert message.state == "delivered"


@pytest.mark.parametrize("query", ["", "?m=", "?m=%00", "?m=nonsense&m=1"])
def test_the_webhook_answers_an_unknown_id_with_2xx(message, webhook, query):
    answer = webhook.post("receipt", params("sent", new_sid("SM")), query=query)

    assert (answer.status_code, answer.content) == (204, b"")
    message.refresh_from_db()
    assert message.state == "sending"


def test_words_longer_than_the_carrier_uses_are_cut_to_fit(message, webhook):
    answer = webhook.post(
        "receipt",
        params("failed", ErrorCode="9" * 60),
        query=f"?m={message.public_id}",
    )
    odd = webhook.post("receipt", params("x" * 60), query=f"?m={message.public_id}")

    assert (answer.status_code, odd.status_code) == (204, 204)
    assert {r.status for r in Receipt.objects.all()} == {"failed", "x" * 24}


def test_a_receipt_without_an_id_is_a_bad_request(webhook, db):
    answer = webhook.post("receipt", {"MessageStatus": "sent"})

    assert answer.status_code == 400
    assert b"MessageSid is missing." in answer.content
