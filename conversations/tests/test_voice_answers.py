"""Somebody takes the call, or the caller talks to the voicemail."""

import pytest

from conversations.call_records import LONGEST_TALK, LONGEST_VOICEMAIL
from conversations.models import Call, Episode, PhoneLine
from conversations.reasons import Reason
from conversations.tests.phone import MARIA, NOW, SECOND, Phone
from conversations.verdict import Choice, Outcome
from crm.models import DeskTask, Lead, LeadEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(ring_line):
    """Maria rings a line that rings the desk first."""
    return Phone(ring_line)


@pytest.fixture
def forwarded(line):
    """Maria's call was forwarded to us because nobody answered."""
    return Phone(line)


def call():
    return Call.objects.get()


# --- Answered ---


def test_pressing_one_answers_the_call(maria):
    maria.rings()

    assert maria.key("1")

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.ANSWERED, Call.Phase.TALKING)
    assert stored.next_check_at == NOW + 8 * SECOND + LONGEST_TALK
    event = LeadEvent.objects.get(kind=LeadEvent.Kind.CALL_ANSWERED)
    assert event.lead.phone == MARIA


def test_an_answered_call_ends_without_an_episode(maria):
    maria.rings()
    maria.key("1")
    maria.desk_rang("completed", DialBridged="true", DialCallDuration="41")
    maria.is_over()

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.ANSWERED, Call.Phase.ENDED)
    assert (stored.missed_at, stored.next_check_at) == (None, None)
    assert stored.evidence["dial_seconds"] == 41
    assert not Episode.objects.exists()
    assert LeadEvent.objects.filter(kind="call_answered").count() == 1


@pytest.mark.parametrize("digits", ["2", "", "11", "*"])
def test_another_key_takes_no_call_and_is_kept_as_evidence(maria, digits):
    maria.rings()

    assert not maria.key(digits)

    assert call().outcome == ""
    assert call().evidence.get("key", "") == digits


def test_a_key_pressed_after_the_caller_has_gone_takes_no_call(maria):
    maria.rings()
    maria.is_over()

    assert not maria.key("1")

    assert call().outcome == Outcome.CANCELLED


def test_a_key_pressed_after_ringing_was_over_takes_no_call(maria):
    maria.rings()
    maria.desk_rang("no-answer")

    assert not maria.key("1", at=NOW + 21 * SECOND)

    assert call().outcome == Outcome.NO_ANSWER


def test_a_key_about_an_unknown_call_takes_no_call(maria):
    assert not maria.key("1")


def test_a_caller_gone_while_one_was_pressed_is_missed_after_all(maria):
    maria.rings()
    maria.key("1")
    maria.desk_rang("completed", DialBridged="false")

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.CANCELLED, Call.Phase.GREETING)
    assert stored.episode is not None


def test_a_voicemail_of_a_staff_phone_is_no_answer(maria):
    maria.rings()
    maria.leg("in-progress", AnsweredBy="machine_start")
    maria.desk_rang("completed", DialBridged="false")

    assert call().outcome == Outcome.MACHINE


def test_an_answer_on_a_second_call_drops_the_first_ones_text(maria, ring_line):
    maria.rings()
    maria.desk_rang("no-answer")
    maria.is_over()
    Call.objects.update(carrier_id="CA" + "3" * 32)

    maria.rings(at=NOW + 40 * SECOND)
    maria.key("1", at=NOW + 45 * SECOND)

    assert Episode.objects.get().reason == Reason.ANSWERED_MEANWHILE


def test_a_withheld_caller_can_be_answered_and_makes_no_lead(ring_line):
    hidden = Phone(ring_line, "anonymous")
    hidden.rings()

    assert hidden.key("1")

    assert LeadEvent.objects.get().lead is None
    assert not Lead.objects.exists()


# --- Voicemail ---

RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/RE1"


def test_a_voicemail_becomes_a_task_and_stays_one(forwarded):
    forwarded.rings()
    for _repeat in range(2):
        forwarded.leaves_voicemail("12", RecordingUrl=RECORDING, RecordingSid="RE1")
        forwarded.recording("completed", RecordingDuration="13", RecordingSid="RE1")

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.VOICEMAIL, Call.Phase.ENDED)
    assert (stored.recording_id, stored.recording_url) == ("RE1", RECORDING)
    assert stored.evidence["voicemail_seconds"] == 13
    task = DeskTask.objects.get()
    assert (task.kind, task.ref, task.priority) == ("voicemail", stored.ref, 2)
    assert task.detail == "(312) 555-1234: 12 s"
    event = LeadEvent.objects.get(kind=LeadEvent.Kind.VOICEMAIL)
    assert event.data == {"seconds": 12}
    assert stored.episode.calls_count == 1


@pytest.mark.parametrize("seconds", ["0", "1", ""])
def test_hanging_up_at_the_tone_leaves_no_message(forwarded, seconds):
    forwarded.rings()
    forwarded.leaves_voicemail(seconds)

    assert call().outcome == Outcome.VOICEMAIL_EMPTY
    assert not DeskTask.objects.exists()


def test_an_absent_recording_leaves_no_message(forwarded):
    forwarded.rings()
    forwarded.recording("absent")

    assert (call().outcome, call().phase) == (
        Outcome.VOICEMAIL_EMPTY,
        Call.Phase.GREETING,
    )


def test_a_withheld_caller_can_leave_a_message(line):
    hidden = Phone(line, "anonymous")
    hidden.rings()
    hidden.leaves_voicemail("9")

    assert call().outcome == Outcome.VOICEMAIL
    task = DeskTask.objects.get(kind=DeskTask.Kind.VOICEMAIL)
    assert (task.lead, task.detail) == (None, "Withheld number: 9 s")


def test_a_voicemail_settles_a_call_whose_other_reports_got_lost(maria):
    maria.rings()
    maria.leaves_voicemail("5")

    assert (call().outcome, call().phase) == (Outcome.VOICEMAIL, Call.Phase.ENDED)
    assert call().episode is not None


def test_the_voicemail_in_words_is_kept_when_it_comes(forwarded):
    forwarded.rings()
    forwarded.leaves_voicemail("9")
    forwarded.transcript("")
    forwarded.transcript("My furnace is out.")
    forwarded.transcript("Something else.")

    assert call().transcript == "My furnace is out."


def test_recordings_and_words_of_unknown_calls_change_nothing(forwarded):
    forwarded.leaves_voicemail("9")
    forwarded.recording("completed")
    forwarded.transcript("Hello?")

    assert not Call.objects.exists()
    assert not DeskTask.objects.exists()


def test_a_very_long_address_of_a_recording_is_cut_to_fit(forwarded):
    forwarded.rings()
    forwarded.leaves_voicemail("9", RecordingUrl="https://x.example/" + "a" * 900)

    assert len(call().recording_url) == 400


# --- When the text is decided about ---


def waits(**line):
    """Whether a miss on such a line waits for the end of the call."""
    PhoneLine.objects.update(**line)
    phone = Phone(PhoneLine.objects.get())
    phone.rings()
    return call().episode is None


@pytest.mark.parametrize(
    ("after_miss", "timing", "wait"),
    [
        ("voicemail", "at_once", False),
        ("greeting", "at_once", False),
        ("hang_up", "at_once", False),
        ("voicemail", "after_call", True),
        ("greeting", "after_call", True),
        ("hang_up", "after_call", True),
    ],
)
def test_the_line_says_when_the_text_goes(line, after_miss, timing, wait):
    assert waits(after_miss=after_miss, text_timing=timing) is wait


@pytest.mark.parametrize("choice", [Choice.NOTIFY, Choice.IGNORE])
@pytest.mark.parametrize("outcome", [Outcome.VOICEMAIL, Outcome.VOICEMAIL_EMPTY])
def test_a_text_that_depends_on_the_voicemail_waits_for_it(line, outcome, choice):
    assert waits(outcome_choices={outcome: choice})


def test_a_line_that_takes_no_voicemail_does_not_wait_for_one(line):
    choices = {Outcome.VOICEMAIL: Choice.NOTIFY}
    assert not waits(outcome_choices=choices, after_miss="greeting")


def test_a_text_that_waited_is_decided_about_when_the_call_is_over(line):
    assert waits(text_timing="after_call")

    Phone(line).is_over()

    assert call().episode is not None
    assert call().missed_at == NOW


def test_the_check_after_the_greeting_is_not_put_off_by_more_reports(forwarded):
    forwarded.rings()
    forwarded.rings(at=NOW + 60 * SECOND)

    assert call().next_check_at == NOW + LONGEST_VOICEMAIL
