from datetime import timedelta

import pytest

from conversations.gateway.simulator import live_call, wire
from conversations.gateway.simulator.persons import Deed, Moment, Scripted, Wish
from conversations.gateway.simulator.switchboard import (
    CannotCallError,
    Setting,
    connect,
    dial_up,
)
from conversations.gateway.simulator.switches import Switches
from conversations.models import Call, Episode, Message, PhoneLine, SimulatedCall
from conversations.tests import simulated
from conversations.tests.factories import RingTargetFactory
from conversations.tests.simulated import CALLER, QUICK

pytestmark = pytest.mark.django_db(transaction=True)
network = simulated.network


def at(moment, wish, seconds=0.0):
    return {moment: (seconds, wish)}


@pytest.fixture
def desk(ring_line):
    """The ringing line, impatient: it rings for a second."""
    ring_line.ring_seconds = 1
    ring_line.save()
    return ring_line


def test_a_call_that_rings_out_is_reported_leg_by_leg_and_answered_by_text(
    network, desk, run_tasks
):
    call = network.call(desk)
    assert call.outcome == "voicemail_empty"
    leg = ["initiated", "ringing", "no-answer"]
    assert network.statuses("/voice/status/") == [*leg, "completed"]
    ended = network.fields("/voice/ended/")
    assert ended["DialCallStatus"] == "no-answer"
    assert ended["DialBridged"] == "false"
    assert call.evidence["dial_status"] == "no-answer"
    run_tasks()
    assert Message.objects.get(episode=call.episode).phone == CALLER


def test_the_first_webhook_carries_what_twilio_sends(network, desk):
    network.call(desk)
    _url, first = network.posts[0]
    assert first["CallStatus"] == "ringing"
    assert first["Direction"] == "inbound"
    assert first["From"] == first["Caller"] == CALLER
    assert first["To"] == first["Called"] == desk.number
    assert first["FromCity"] == "CHICAGO"
    assert first["CallSid"].startswith("CA")
    assert len(first["CallSid"]) == 34


def test_a_caller_who_hangs_up_while_it_rings_is_canceled_and_never_answered(
    network, desk
):
    call = network.call(desk, at(Moment.RINGING, Wish.HANG_UP, 0.2))
    assert call.outcome == "cancelled"
    assert network.fields("/voice/ended/")["DialCallStatus"] == "canceled"
    assert network.statuses("/voice/status/")[-2:] == ["canceled", "no-answer"]
    assert network.fields("/voice/status/")["CallDuration"] == "0"


def test_pressing_1_joins_the_sides_and_makes_an_answered_call(network, desk):
    script = at(Moment.RINGING, Wish.ACCEPT) | at(Moment.TALKING, Wish.STAFF_HANG_UP)
    call = network.call(desk, script)
    assert call.outcome == "answered"
    assert call.evidence["accepted"] is True
    assert network.fields("/voice/accept/")["Digits"] == "1"
    ended = network.fields("/voice/ended/")
    assert (ended["DialCallStatus"], ended["DialBridged"]) == ("completed", "true")
    assert not Episode.objects.exists()


def test_a_caller_who_hangs_up_while_talking_was_answered(network, desk):
    script = at(Moment.RINGING, Wish.ACCEPT) | at(Moment.TALKING, Wish.HANG_UP, 0.1)
    assert network.call(desk, script).outcome == "answered"
    assert network.fields("/voice/ended/")["CallStatus"] == "completed"


def test_a_staff_voicemail_picks_up_and_is_no_answer(network, desk):
    call = network.call(desk, at(Moment.RINGING, Wish.STAFF_VOICEMAIL))
    assert call.evidence["dial_status"] == "completed"
    assert call.evidence["bridged"] is False
    assert network.statuses("/voice/screen/") == ["in-progress"]
    assert not network.statuses("/voice/accept/")
    assert call.episode is not None


@pytest.mark.parametrize(
    ("wish", "status"), [(Wish.DECLINE, "busy"), (Wish.UNREACHABLE, "failed")]
)
def test_a_phone_that_refuses_or_is_off_ends_the_ringing(network, desk, wish, status):
    call = network.call(desk, at(Moment.RINGING, wish))
    assert call.evidence["dial_status"] == status
    assert network.fields("/voice/ended/")["DialCallStatus"] == status


def test_a_screen_that_fails_is_no_answer(network, desk, monkeypatch):
    real = wire._post

    def broken(url, params):
        if "/screen/" in url:
            raise wire.NoAnswerError("HTTP 500")
        return real(url, params)

    monkeypatch.setattr(wire, "_post", broken)
    call = network.call(desk, at(Moment.RINGING, Wish.ACCEPT))
    assert call.evidence["bridged"] is False
    assert call.episode is not None


def test_a_button_of_a_phone_that_rings_no_more_does_nothing(network, desk):
    RingTargetFactory(line=desk, number="+17735550198", position=1)
    people = Presses([Deed(Wish.DECLINE, 0), Deed(Wish.ACCEPT, 0), Deed(Wish.DECLINE)])
    row = dial_up(CALLER, desk)
    connect(row, Setting(persons=people, pace=QUICK, switches=Switches()))
    assert network.fields("/voice/ended/")["DialCallStatus"] == "busy"
    assert not network.statuses("/voice/screen/")


class Presses:
    """Somebody who presses one button after the other."""

    def __init__(self, deeds):
        self.deeds = deeds

    def next_deed(self, moment, elapsed):
        return self.deeds.pop(0) if self.deeds else None


def test_a_long_call_says_that_it_still_goes_on(network, desk, monkeypatch):
    monkeypatch.setattr(live_call, "HEARTBEAT_SECONDS", 0)
    network.call(desk)
    rang = SimulatedCall.objects.get().log[1]
    assert rang["seen"] > rang["at"]


def test_two_phones_ring_and_the_second_may_answer(network, desk):
    RingTargetFactory(line=desk, number="+17735550198", position=1)
    script = at(Moment.RINGING, Wish.ACCEPT) | at(Moment.TALKING, Wish.STAFF_HANG_UP)
    call = network.call(desk, script)
    assert call.outcome == "answered"
    assert set(call.evidence["legs"].values()) == {"completed", "canceled"}


def test_phones_in_turn_ring_one_after_the_other(network, desk):
    PhoneLine.objects.update(ring_order="in_turn")
    RingTargetFactory(line=desk, number="+17735550198", position=1)
    call = network.call(desk, at(Moment.RINGING, Wish.DECLINE))
    assert network.statuses("/voice/status/")[:6] == [
        *("initiated", "ringing", "busy"),
        *("initiated", "ringing", "busy"),
    ]
    assert call.evidence["dial_status"] == "busy"


def test_a_message_after_the_beep_is_recorded_and_put_into_words(network, line):
    call = network.call(line, at(Moment.BEEP, Wish.LEAVE_VOICEMAIL))
    assert call.outcome == "voicemail"
    assert call.evidence["voicemail_seconds"] == 9
    assert call.recording_id.startswith("RE")
    assert "furnace" in call.transcript
    assert network.fields("/voice/recording/")["RecordingStatus"] == "completed"


def test_hanging_up_is_how_a_message_may_end(network, line):
    script = at(Moment.BEEP, Wish.LEAVE_VOICEMAIL)
    script |= at(Moment.RECORDING, Wish.HANG_UP_AT_GREETING)
    assert network.call(line, script).outcome == "voicemail"


def test_a_caller_in_spanish_gets_no_transcript(network, line, business):
    business.language = "es"
    business.save()
    call = network.call(line, at(Moment.BEEP, Wish.LEAVE_VOICEMAIL))
    assert (call.outcome, call.transcript) == ("voicemail", "")


def test_leaving_a_message_may_be_chosen_during_the_greeting(network, line):
    call = network.call(line, at(Moment.GREETING, Wish.LEAVE_VOICEMAIL))
    assert call.outcome == "voicemail"


@pytest.mark.parametrize("moment", [Moment.GREETING, Moment.BEEP])
def test_hanging_up_at_the_greeting_leaves_nothing(network, line, moment):
    call = network.call(line, at(moment, Wish.HANG_UP_AT_GREETING))
    assert call.outcome in ("no_answer", "voicemail_empty")
    assert call.evidence["final_status"] == "completed"
    assert call.episode is not None


def test_a_withheld_caller_stays_withheld(network, line):
    call = network.call(line, caller="anonymous")
    assert call.caller == ""
    assert call.evidence["withheld"] is True


def test_webhooks_that_come_twice_and_in_the_wrong_order_change_nothing(
    network, desk, run_tasks
):
    call = network.call(desk, duplicate_webhooks=True, reorder_webhooks=True)
    statuses = network.statuses("/voice/status/")
    assert statuses[0] == "completed"
    assert len(statuses) == 8
    assert call.outcome == "voicemail_empty"
    run_tasks()
    assert Message.objects.filter(episode=call.episode).count() == 1


def test_delayed_reports_come_when_their_time_has_come(network, desk):
    network.call(desk, at(Moment.RINGING, Wish.HANG_UP, 0.1), delay_seconds=1)
    assert network.statuses("/voice/status/") == [
        *("initiated", "ringing"),
        *("canceled", "no-answer"),
    ]


def test_a_server_that_refuses_ends_the_call_with_its_reason(network, line, settings):
    row = dial_up(CALLER, line)
    settings.SIMULATOR = False
    ended = connect(row, Setting(pace=QUICK, switches=Switches()))
    assert "403" in ended.trouble
    assert SimulatedCall.objects.get().status == "completed"
    assert not Call.objects.exists()


def test_an_answer_that_is_no_twiml_ends_the_call(network, line, settings, monkeypatch):
    monkeypatch.setattr(wire, "_post", lambda url, params: b"<html>oops</html>")
    ended = connect(dial_up(CALLER, line), Setting(pace=QUICK, switches=Switches()))
    assert "<Response>" in ended.trouble


def test_a_call_whose_process_died_leaves_the_phone_free(network, line):
    row = dial_up(CALLER, line)
    row.started_at -= timedelta(minutes=1)
    row.save()
    assert dial_up(CALLER, line).pk != row.pk
    row.refresh_from_db()
    assert row.status == "no-answer"


DOCUMENTS = {
    "empty": ("", "completed"),
    "busy": ('<Reject reason="busy"/>', "busy"),
    "refused": ("<Reject/>", "no-answer"),
    "keys": ("<Gather><Say>Press 1</Say></Gather><Pause/>", "completed"),
    "gone": ("<Play>a.mp3</Play><Hangup/>", "completed"),
    "unknown": ("<Fax/>", "completed"),
    "circle": ("<Redirect>/webhooks/twilio/voice/</Redirect>", "completed"),
    "plain number": ("<Dial>+17735550199</Dial>", "completed"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_other_instructions_than_ours_are_followed_as_well(
    network, line, monkeypatch, name
):
    inner, status = DOCUMENTS[name]
    document = f"<Response>{inner}</Response>".encode()
    monkeypatch.setattr(wire, "_post", lambda url, params: document)
    script = at(Moment.RINGING, Wish.ACCEPT) | at(Moment.TALKING, Wish.STAFF_HANG_UP)
    row = dial_up(CALLER, line)
    connect(row, Setting(persons=Scripted(script), pace=QUICK, switches=Switches()))
    assert SimulatedCall.objects.get().status == status


def test_one_phone_makes_one_call_at_a_time(network, line):
    dial_up(CALLER, line)
    with pytest.raises(CannotCallError, match="in a call already"):
        dial_up(CALLER, line)


def test_a_line_does_not_call_itself(network, line):
    with pytest.raises(CannotCallError, match="itself"):
        dial_up(line.number, line)
