"""Every end of a text: its row, its episode, the timeline, the desk."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations import delivery
from conversations.gateway.base import CarrierError
from conversations.models import Episode, Message, PhoneLine
from conversations.reasons import Reason
from conversations.tests.factories import (
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
)
from crm.consent import is_opted_out, record
from crm.models import ConsentEvent, DeskTask, LeadEvent
from crm.tests.factories import LeadFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"

pytestmark = pytest.mark.django_db


@pytest.fixture
def text(business, line):
    """A text-back to Maria in a state; ``kind`` for another sort of text."""

    lead = LeadFactory(business=business, phone=MARIA)
    thread = ConversationFactory(business=business, lead=lead, line=line)

    def write(state=Message.State.SENDING, *, kind=Message.Kind.TEXT_BACK):
        is_answer = kind == Message.Kind.TEXT_BACK
        return MessageFactory(
            conversation=thread,
            outbound=True,
            kind=kind,
            episode=EpisodeFactory(business=business, line=line) if is_answer else None,
            state=state,
            carrier_id="",
            due_at=NOW,
        )

    return write


def seen(row):
    row.refresh_from_db()
    return row


def steps():
    return list(LeadEvent.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize("state", ["queued", "sending", "unknown"])
def test_an_accepted_text_is_sent_whatever_we_thought_before(text, state):
    message = text(state)

    assert delivery.accepted(message, carrier_id="SM1", now=NOW)

    seen(message)
    assert (message.state, message.carrier_id, message.sent_at) == ("sent", "SM1", NOW)
    assert message.due_at == NOW + timedelta(minutes=15)
    assert seen(message.episode).state == Episode.State.TEXTED
    assert steps() == [LeadEvent.Kind.TEXT_BACK_SENT]


@pytest.mark.parametrize("state", ["sent", "delivered", "failed", "cancelled"])
def test_accepting_again_or_too_late_changes_nothing(text, state):
    message = text(state)

    assert not delivery.accepted(message, carrier_id="SM2", now=NOW)

    seen(message)
    assert (message.state, message.carrier_id) == (state, "")
    assert not steps()


def test_a_reply_by_hand_settles_no_episode(text):
    message = text(kind=Message.Kind.STAFF)

    delivery.accepted(message, carrier_id="SM1", now=NOW)
    delivery.delivered(message, now=NOW)

    assert steps() == [LeadEvent.Kind.TEXT_SENT, LeadEvent.Kind.TEXT_DELIVERED]
    assert not Episode.objects.exists()


def test_a_delivered_text_needs_no_more_looking_at(text):
    message = text("sent")

    delivery.delivered(message, now=NOW)
    delivery.delivered(message, now=NOW + timedelta(hours=1))

    seen(message)
    assert (message.state, message.delivered_at) == ("delivered", NOW)
    assert message.due_at is None
    assert steps() == [LeadEvent.Kind.TEXT_DELIVERED]


@pytest.mark.parametrize("state", ["failed", "undelivered"])
def test_a_text_that_did_not_arrive_becomes_a_task_once(text, state):
    message = text("sent")

    for _repeat in range(2):
        delivery.not_delivered(message, state=state, code="30003", now=NOW)

    seen(message)
    assert (message.state, message.error_code) == (state, "30003")
    assert seen(message.episode).state == Episode.State.FAILED
    task = DeskTask.objects.get()
    assert (task.kind, task.priority, task.ref) == ("text_failed", 2, message.ref)
    assert task.detail == "The phone could not be reached. It may be off."
    assert steps() == [LeadEvent.Kind.TEXT_BACK_FAILED]


def test_a_failure_without_a_code_is_still_a_failure(text):
    message = text("sent", kind=Message.Kind.STAFF)

    delivery.not_delivered(message, state="failed", code="", now=NOW)

    assert seen(message).state == "failed"
    assert steps() == [LeadEvent.Kind.TEXT_FAILED]


def test_a_code_longer_than_any_we_know_is_cut_to_fit(text):
    message = text("sent")

    delivery.not_delivered(message, state="failed", code="9" * 64, now=NOW)

    assert seen(message).error_code == "9" * 20


def test_a_landline_found_out_late_is_remembered(text):
    message = text("sent")

    delivery.not_delivered(message, state="undelivered", code="30006", now=NOW)

    assert seen(message.conversation.lead).not_textable == "not_textable"


def test_a_repeated_receipt_does_not_undo_a_later_opt_in(text, business):
    message = text("sent")
    delivery.not_delivered(message, state="failed", code="21610", now=NOW)
    assert is_opted_out(business=business, phone=MARIA)
    record(ConsentEvent(business=business, phone=MARIA, kind="opt_in", how="keyword"))

    delivery.not_delivered(message, state="failed", code="21610", now=NOW)

    assert not is_opted_out(business=business, phone=MARIA)


@pytest.mark.parametrize(
    ("code", "texting"),
    [
        ("30034", PhoneLine.Texting.NOT_REGISTERED),
        ("30032", PhoneLine.Texting.NOT_REGISTERED),
        ("30035", PhoneLine.Texting.NOT_REGISTERED),
        ("21606", PhoneLine.Texting.ON),
        ("20003", PhoneLine.Texting.ON),
    ],
)
def test_what_is_wrong_with_the_line_or_account_asks_for_settings(text, code, texting):
    message = text()

    delivery.refused(message, CarrierError(code=code), now=NOW)

    assert seen(message).state == "failed"
    assert seen(message.line).texting == texting
    setup = DeskTask.objects.get(kind=DeskTask.Kind.SETUP)
    assert (setup.priority, setup.ref) == (5, f"line:{message.line_id}:{code}")
    assert setup.lead is None


def test_a_line_switched_off_by_hand_stays_off(text):
    message = text()
    PhoneLine.objects.update(texting=PhoneLine.Texting.OFF)

    delivery.refused(message, CarrierError(code="30034"), now=NOW)

    assert seen(message.line).texting == PhoneLine.Texting.OFF


def test_many_refusals_for_one_setting_are_one_task(business, line):
    for number in range(3):
        lead = LeadFactory(business=business, phone=f"+1312555200{number}")
        thread = ConversationFactory(business=business, lead=lead, line=line)
        message = MessageFactory(
            conversation=thread, outbound=True, state=Message.State.SENDING
        )
        delivery.refused(message, CarrierError(code="20003"), now=NOW)

    assert DeskTask.objects.filter(kind=DeskTask.Kind.SETUP).count() == 1


@pytest.mark.parametrize("code", ["21211", "30005"])
def test_a_number_that_does_not_exist_is_not_tried_again(text, code):
    message = text()

    delivery.refused(message, CarrierError(code=code), now=NOW)

    assert seen(message.conversation.lead).not_textable == "invalid_number"
    assert not ConsentEvent.objects.exists()


def test_a_refusal_after_the_end_changes_nothing(text):
    message = text("delivered")

    delivery.refused(message, CarrierError(code="21610"), now=NOW)

    assert seen(message).state == "delivered"
    assert not DeskTask.objects.exists()
    assert not ConsentEvent.objects.exists()


def test_only_a_text_that_nobody_took_is_given_up(text):
    waiting, leaving = text("queued"), text("sending", kind=Message.Kind.STAFF)

    for message in (waiting, leaving):
        delivery.give_up(message, now=NOW)

    assert (seen(waiting).state, waiting.error_code) == ("failed", "too_late")
    assert seen(waiting.episode).state == Episode.State.FAILED
    assert seen(leaving).state == "sending"
    assert DeskTask.objects.get().ref == waiting.ref


def test_a_text_of_unknown_fate_is_for_a_person_to_look_at(text):
    message = text()

    for _repeat in range(2):
        delivery.unclear(message, now=NOW)

    seen(message)
    assert (message.state, message.due_at) == (Message.State.UNKNOWN, None)
    assert seen(message.episode).state == Episode.State.FAILED
    assert DeskTask.objects.count() == 1


def test_a_receipt_may_still_clear_up_an_unknown_fate(text):
    message = text()
    delivery.unclear(message, now=NOW)

    delivery.accepted(message, carrier_id="SM1", now=NOW)

    assert seen(message.episode).state == Episode.State.TEXTED


def test_only_a_text_that_nobody_took_is_cancelled(text):
    message = text("sending")

    delivery.cancel(message, reason=Reason.OPTED_OUT, now=NOW)

    assert seen(message).state == "sending"
    assert seen(message.episode).state == Episode.State.PENDING


def test_a_cancelled_text_back_gives_its_reason_to_the_episode(text):
    message = text("queued")

    for _repeat in range(2):
        delivery.cancel(message, reason=Reason.OPTED_OUT, now=NOW)

    assert seen(message).state == "cancelled"
    episode = seen(message.episode)
    assert (episode.state, episode.reason) == ("not_texted", "opted_out")
    assert steps() == [LeadEvent.Kind.TEXT_BACK_SKIPPED]


def test_a_cancelled_reply_by_hand_has_no_episode_to_explain(text):
    message = text("queued", kind=Message.Kind.STAFF)

    delivery.cancel(message, reason=Reason.OPTED_OUT, now=NOW)

    assert seen(message).state == "cancelled"
    assert not steps()
