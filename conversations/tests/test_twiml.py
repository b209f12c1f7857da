from xml.etree import ElementTree

import pytest

from conversations.gateway import twiml

URLS = {
    "action_url": "https://text.example.com/webhooks/twilio/voice/ended/?a=1&b=2",
    "screen_url": "https://text.example.com/screen/",
    "leg_status_url": "https://text.example.com/leg/",
}
RECORD = {
    "action_url": "https://text.example.com/voicemail/",
    "recording_status_url": "https://text.example.com/recording/",
}


def read(xml):
    assert xml.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    response = ElementTree.fromstring(xml)
    assert response.tag == "Response"
    return response


def tags(xml):
    return [verb.tag for verb in read(xml)]


def ring(**changes):
    plan = {"targets": ["+15125550188"], "timeout_seconds": 20, "in_turn": False}
    return twiml.ring(**plan | URLS | changes)


def test_ringing_keeps_the_caller_ringing_and_comes_back_with_the_result():
    (dial,) = read(ring())
    assert dial.attrib == {
        "answerOnBridge": "true",
        "timeout": "20",
        "action": URLS["action_url"],
        "method": "POST",
    }


def test_every_phone_is_screened_and_followed():
    numbers = read(ring(targets=["+15125550188", "+15125550189"])).findall(".//Number")
    assert [number.text for number in numbers] == ["+15125550188", "+15125550189"]
    for number in numbers:
        assert number.get("url") == URLS["screen_url"]
        assert number.get("statusCallback") == URLS["leg_status_url"]
        assert number.get("statusCallbackEvent") == (
            "initiated ringing answered completed"
        )


def test_phones_ring_in_turn_only_when_told_so():
    assert read(ring(in_turn=True)).find("Dial").get("sequential") == "true"
    assert read(ring(in_turn=False)).find("Dial").get("sequential") is None


def test_no_more_phones_ring_than_the_carrier_takes():
    many = [f"+1512555{number:04}" for number in range(12)]
    numbers = read(ring(targets=many)).findall(".//Number")
    assert [number.text for number in numbers] == many[:10]


def test_ringing_nobody_is_a_mistake():
    with pytest.raises(ValueError, match="no phone"):
        ring(targets=[])


def test_accepting_takes_one_key_within_six_seconds_or_ends_that_side():
    xml = twiml.ask_to_accept(
        prompt="Call for Acme & Sons. Press 1.", accept_url="/a/?x=1&y=2", language="en"
    )
    assert tags(xml) == ["Gather", "Hangup"]
    gather = read(xml)[0]
    assert gather.attrib == {
        "numDigits": "1",
        "timeout": "6",
        "action": "/a/?x=1&y=2",
        "method": "POST",
    }
    assert gather[0].text == "Call for Acme & Sons. Press 1."


@pytest.mark.parametrize(
    ("answer", "verbs"),
    [
        (twiml.bridge(), []),
        (twiml.empty(), []),
        (twiml.hang_up(), ["Hangup"]),
        (twiml.reject(), ["Reject"]),
    ],
)
def test_the_short_answers_say_just_that(answer, verbs):
    assert tags(answer) == verbs


def test_a_rejected_caller_hears_a_busy_line():
    assert read(twiml.reject())[0].get("reason") == "busy"


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "en-US"),
        ("es", "es-US"),
        ("ES-mx", "es-US"),
        ("fr", "en-US"),
        ("", "en-US"),
    ],
)
def test_the_greeting_is_spoken_in_a_voice_of_its_language(language, voice):
    xml = twiml.greet_and_hang_up(greeting="Hola", language=language)
    assert tags(xml) == ["Say", "Hangup"]
    assert read(xml)[0].get("language") == voice


def test_words_cannot_break_the_document():
    words = "Tom's <Dial>&amp;\x00\x08 \ud800\ufffe ok ñ 😀"
    (say, _hangup) = read(twiml.greet_and_hang_up(greeting=words, language="en"))
    assert say.text == "Tom's <Dial>&amp;  ok ñ 😀"


def test_nothing_to_say_says_nothing():
    assert tags(twiml.greet_and_hang_up(greeting=" \x00", language="en")) == ["Hangup"]


def test_a_very_long_greeting_is_cut():
    say = read(twiml.greet_and_hang_up(greeting="a" * 9999, language="en"))[0]
    assert len(say.text) == twiml.MAX_SPOKEN


def test_a_voicemail_is_recorded_after_the_greeting_and_never_loops():
    xml = twiml.greet_and_record(
        greeting="Leave a message.", language="en", transcript_url=None, **RECORD
    )
    assert tags(xml) == ["Say", "Record", "Hangup"]
    record = read(xml)[1]
    assert record.get("action") == RECORD["action_url"]
    assert record.get("recordingStatusCallback") == RECORD["recording_status_url"]
    assert record.get("maxLength") == "120"
    assert record.get("transcribe") is None
    assert record.get("transcribeCallback") is None


@pytest.mark.parametrize(
    ("transcript_url", "asked", "got"),
    [(None, 300, "300"), ("https://x/t", 300, "120"), ("https://x/t", 60, "60")],
)
def test_what_is_to_be_transcribed_is_kept_short_enough(transcript_url, asked, got):
    xml = twiml.greet_and_record(
        greeting="Hi",
        language="en",
        transcript_url=transcript_url,
        max_seconds=asked,
        **RECORD,
    )
    record = read(xml)[1]
    assert record.get("maxLength") == got
    assert record.get("transcribe") == (transcript_url and "true")
    assert record.get("transcribeCallback") == transcript_url
