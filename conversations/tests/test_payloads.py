from datetime import UTC, datetime
from pathlib import Path

import pytest

from conversations.gateway.payloads import (
    CallProgress,
    CallStarted,
    DialEnded,
    KeyPressed,
    Media,
    Receipt,
    RecordingReady,
    TextReceived,
    Transcribed,
    VoicemailLeft,
)
from conversations.gateway.signatures import FORM, form_pairs

CALL = "CA5b0e9c2d7f4a4e1b8c3d6f0a9e2b7d14"
LEG = "CA91c7e3a0b5d24f6e8a1f0c4d7b9e2a63"
RECORDING = "RE2c4e6a8b0d1f3e5c7a9b1d3f5e7c9a0b"
ACCOUNT = "AC8f1d6c0b7a3e4d2f9b5a1c7e0d3f6a92"
CALLER, LINE, DESK = "+15122345678", "+15125550123", "+15125550188"


def recorded(name):
    path = Path(__file__).parent / "payloads" / f"{name}.txt"
    return dict(form_pairs(path.read_bytes(), FORM))


def test_a_starting_call_names_caller_line_and_account():
    assert CallStarted.from_params(recorded("call_started")) == CallStarted(
        call_id=CALL,
        caller_raw=CALLER,
        called=LINE,
        forwarded_from="",
        caller_name="",
        status="ringing",
        account_id=ACCOUNT,
        stir="TN-Validation-Passed-A",
    )


def test_a_forwarded_call_says_from_where_and_who():
    call = CallStarted.from_params(recorded("call_started_forwarded"))
    assert (call.forwarded_from, call.caller_name) == (DESK, "MARIA LOPEZ")


def test_a_withheld_caller_is_kept_as_the_carrier_wrote_it():
    call = CallStarted.from_params(recorded("call_started_withheld"))
    assert (call.caller_raw, call.stir) == ("+17378742833", "No-TN-Validation")


@pytest.mark.parametrize(
    ("name", "status", "bridged", "seconds", "call_status"),
    [
        ("dial_no_answer", "no-answer", False, None, "in-progress"),
        ("dial_canceled", "canceled", False, None, "completed"),
        ("dial_completed", "completed", True, 94, "in-progress"),
    ],
)
def test_the_end_of_ringing_says_how_it_ended(
    name, status, bridged, seconds, call_status
):
    assert DialEnded.from_params(recorded(name)) == DialEnded(
        call_id=CALL,
        dial_status=status,
        dial_call_id=LEG,
        bridged=bridged,
        duration_seconds=seconds,
        call_status=call_status,
    )


@pytest.mark.parametrize("said", ["", "maybe", "1"])
def test_a_bridge_that_is_not_stated_is_neither_yes_nor_no(said):
    ended = DialEnded.from_params({"CallSid": CALL, "DialBridged": said})
    assert ended.bridged is None
    assert DialEnded.from_params({"CallSid": CALL}).bridged is None


def test_the_final_status_of_the_call_itself_has_no_leg():
    assert CallProgress.from_params(recorded("call_completed")) == CallProgress(
        call_id=CALL,
        leg_id="",
        status="completed",
        duration_seconds=27,
        answered_by="",
        caller_raw=CALLER,
        called=LINE,
        forwarded_from="",
        at=datetime(2026, 11, 24, 15, 4, 31, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("name", "status", "seconds", "answered_by"),
    [
        ("leg_ringing", "ringing", None, ""),
        ("leg_no_answer", "no-answer", 0, ""),
        ("leg_answered", "in-progress", None, "human"),
    ],
)
def test_a_rung_phone_reports_under_the_call_it_belongs_to(
    name, status, seconds, answered_by
):
    leg = CallProgress.from_params(recorded(name))
    assert (leg.call_id, leg.leg_id, leg.called) == (CALL, LEG, DESK)
    assert (leg.status, leg.duration_seconds) == (status, seconds)
    assert leg.answered_by == answered_by


def test_a_call_that_is_its_own_parent_has_no_leg():
    own = {"CallSid": CALL, "ParentCallSid": CALL}
    assert CallProgress.from_params(own).leg_id == ""


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("Tue, 24 Nov 2026 10:04:31 -0500", datetime(2026, 11, 24, 15, 4, 31)),
        ("Tue, 24 Nov 2026 15:04:31 -0000", datetime(2026, 11, 24, 15, 4, 31)),
        ("yesterday", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("", None),
    ],
)
def test_moments_are_utc_or_unknown(said, at):
    read = CallProgress.from_params({"CallSid": CALL, "Timestamp": said}).at
    assert read == (at and at.replace(tzinfo=UTC))


def test_a_pressed_key_belongs_to_the_call_and_the_phone():
    assert KeyPressed.from_params(recorded("key_pressed")) == KeyPressed(
        call_id=CALL, leg_id=LEG, digits="1"
    )


def test_a_voicemail_says_how_long_and_who_ended_it():
    left = VoicemailLeft.from_params(recorded("voicemail_left"))
    assert (left.call_id, left.recording_id) == (CALL, RECORDING)
    assert left.recording_url.endswith(f"/Recordings/{RECORDING}")
    assert (left.seconds, left.hung_up) == (12, True)


@pytest.mark.parametrize(
    ("address", "recording"),
    [
        (f"https://api.twilio.com/x/Recordings/{RECORDING}", RECORDING),
        (f"https://api.twilio.com/x/Recordings/{RECORDING}.mp3?a=b/c", RECORDING),
        ("https://api.twilio.com/x/", ""),
        ("https://api.twilio.com/a%20b", ""),
        ("", ""),
    ],
)
def test_a_recording_without_a_name_is_named_by_its_address(address, recording):
    left = VoicemailLeft.from_params({"CallSid": CALL, "RecordingUrl": address})
    assert (left.recording_id, left.recording_url) == (recording, address)
    assert (left.seconds, left.hung_up) == (None, False)


def test_a_recording_that_can_be_fetched_is_announced():
    ready = RecordingReady.from_params(recorded("recording_ready"))
    assert (ready.call_id, ready.recording_id) == (CALL, RECORDING)
    assert (ready.status, ready.seconds) == ("completed", 12)
    assert ready.recording_url.startswith("https://api.twilio.com/")


def test_a_transcript_comes_with_its_words():
    assert Transcribed.from_params(recorded("transcribed")) == Transcribed(
        call_id=CALL,
        recording_id=RECORDING,
        text="Hi, my furnace is out. Please call me back.",
        status="completed",
    )


def test_a_text_is_kept_letter_by_letter():
    assert TextReceived.from_params(recorded("sms_in")) == TextReceived(
        message_id="SM3e7a1c9d5b0f4826a4c8e0d2f6b1a795",
        sender_raw=CALLER,
        called=LINE,
        body="Yes please, the AC is out \u2013 can you come today? \U0001f975",
        media=(),
        opt_out_type=None,
        account_id=ACCOUNT,
    )


def test_an_opt_out_that_the_carrier_answered_says_so():
    text = TextReceived.from_params(recorded("sms_in_stop"))
    assert (text.body, text.opt_out_type) == (" Stop ", "STOP")


def test_pictures_are_kept_as_references():
    text = TextReceived.from_params(recorded("sms_in_picture"))
    assert text.body == ""
    assert [media.content_type for media in text.media] == ["image/jpeg", "video/3gpp"]
    assert all("/Media/ME" in media.url for media in text.media)


@pytest.mark.parametrize("count", ["3000000000", "-1", "two", "", "²"])
def test_a_wild_number_of_pictures_is_harmless(count):
    params = {"MessageSid": "SM1", "NumMedia": count, "MediaUrl0": "https://x/1"}
    assert TextReceived.from_params(params).media == ()


def test_only_pictures_with_an_address_and_at_most_ten_are_kept():
    params = {f"MediaUrl{place}": f"https://x/{place}" for place in range(1, 20)}
    text = TextReceived.from_params(params | {"MessageSid": "SM1", "NumMedia": "20"})
    assert text.media[0] == Media(url="https://x/1", content_type="")
    assert len(text.media) == 9


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("receipt_sent", "sent", ""),
        ("receipt_delivered", "delivered", ""),
        ("receipt_failed_30006", "undelivered", "30006"),
    ],
)
def test_a_receipt_says_what_became_of_the_text(name, status, code):
    assert Receipt.from_params(recorded(name)) == Receipt(
        message_id="SM7d2f9b4e6a1c4e3085f7b9d1c3a5e0f2",
        status=status,
        error_code=code,
        to=CALLER,
        sender=LINE,
    )


def test_older_names_of_id_and_status_are_understood():
    old = {"SmsSid": "SM1", "SmsStatus": "sent", "ErrorCode": "0"}
    receipt = Receipt.from_params(old)
    assert (receipt.message_id, receipt.status) == ("SM1", "sent")
    assert receipt.error_code == ""
