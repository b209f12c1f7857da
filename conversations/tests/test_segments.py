"""How many texts a text is: the carrier's count, recorded and computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.alphabets import GSM_BASIC, GSM_EXTENDED, SMART
from conversations.graphemes import graphemes
from conversations.segments import Segments, as_sent, measure
from conversations.tests.segment_cases import run_case

# Recorded from Twilio's calculator (npm sms-segments-calculator 1.3.0): the text, then
# encoding and segments as it stands, then both with smart encoding.
RECORDED = [
    ("", "GSM-7", 1, "GSM-7", 1),
    ("a", "GSM-7", 1, "GSM-7", 1),
    ("a" * 160, "GSM-7", 1, "GSM-7", 1),
    ("a" * 161, "GSM-7", 2, "GSM-7", 2),
    ("a" * 306, "GSM-7", 2, "GSM-7", 2),
    ("a" * 307, "GSM-7", 3, "GSM-7", 3),
    ("a" * 459, "GSM-7", 3, "GSM-7", 3),
    ("a" * 460, "GSM-7", 4, "GSM-7", 4),
    ("a" * 159 + "€", "GSM-7", 2, "GSM-7", 2),
    ("a" * 158 + "€", "GSM-7", 1, "GSM-7", 1),
    ("€" * 80, "GSM-7", 1, "GSM-7", 1),
    ("€" * 81, "GSM-7", 2, "GSM-7", 2),
    ("a" * 152 + "€" + "a" * 153, "GSM-7", 3, "GSM-7", 3),
    ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, "GSM-7", 3),
    ("[]" * 160, "GSM-7", 5, "GSM-7", 5),
    ("\r\n" * 80, "GSM-7", 1, "GSM-7", 1),
    ("\r\n" * 81, "GSM-7", 2, "GSM-7", 2),
    ("\n\f|^{}~\\", "GSM-7", 1, "GSM-7", 1),
    ("@£$¥èéùìòÇØøÅåÆæßÉ", "GSM-7", 1, "GSM-7", 1),
    ("Ça va, à bientôt", "UCS-2", 1, "UCS-2", 1),
    ("ça va", "UCS-2", 1, "UCS-2", 1),
    ("María", "UCS-2", 1, "UCS-2", 1),
    ("Brand™", "UCS-2", 1, "UCS-2", 1),
    ("72°", "UCS-2", 1, "UCS-2", 1),
    ("tab\there", "UCS-2", 1, "GSM-7", 1),
    ("`tick`", "UCS-2", 1, "GSM-7", 1),
    ("\0", "UCS-2", 1, "GSM-7", 1),
    ("We\u2019ll text you back", "UCS-2", 1, "GSM-7", 1),
    ("We\u2019ll text you back. " * 7, "UCS-2", 3, "GSM-7", 1),
    ("“Hi” \u2013 see you…", "UCS-2", 1, "GSM-7", 1),
    ("½ off • today", "UCS-2", 1, "GSM-7", 1),
    ("\u00a0" * 40, "UCS-2", 1, "GSM-7", 1),
    ("\t" * 25, "UCS-2", 1, "GSM-7", 2),
    ("\uff33\uff41\uff4c\uff45 \uff33\uff21\uff2c\uff25", "UCS-2", 1, "UCS-2", 1),
    ("zero\u200bwidth", "UCS-2", 1, "GSM-7", 1),
    ("é" * 160, "GSM-7", 1, "GSM-7", 1),
    ("e\u0301", "UCS-2", 1, "UCS-2", 1),
    ("a\u0302b", "UCS-2", 1, "GSM-7", 1),
    ("漢" * 70, "UCS-2", 1, "UCS-2", 1),
    ("漢" * 71, "UCS-2", 2, "UCS-2", 2),
    ("漢" * 134, "UCS-2", 2, "UCS-2", 2),
    ("漢" * 135, "UCS-2", 3, "UCS-2", 3),
    ("😀" * 35, "UCS-2", 1, "UCS-2", 1),
    ("😀" * 36, "UCS-2", 2, "UCS-2", 2),
    ("😀" * 66, "UCS-2", 2, "UCS-2", 2),
    ("😀" * 67, "UCS-2", 3, "UCS-2", 3),
    ("a" * 66 + "😀" + "a" * 5, "UCS-2", 2, "UCS-2", 2),
    ("a" * 69 + "😀", "UCS-2", 2, "UCS-2", 2),
    ("漢" + "a" * 69, "UCS-2", 1, "UCS-2", 1),
    ("漢" + "a" * 70, "UCS-2", 2, "UCS-2", 2),
    ("漢" + "[" * 69, "UCS-2", 1, "UCS-2", 1),
    ("👩\u200d👩\u200d👧\u200d👦" * 6, "UCS-2", 1, "UCS-2", 1),
    ("👩\u200d👩\u200d👧\u200d👦" * 7, "UCS-2", 2, "UCS-2", 2),
    ("👩\u200d👩\u200d👧\u200d👦" * 13, "UCS-2", 3, "UCS-2", 3),
    ("👍🏽" * 17, "UCS-2", 1, "UCS-2", 1),
    ("👍🏽" * 18, "UCS-2", 2, "UCS-2", 2),
    ("🇺🇸" * 17, "UCS-2", 1, "UCS-2", 1),
    ("🇺🇸" * 18, "UCS-2", 2, "UCS-2", 2),
    ("🇺🇸\ufe0f\ufe0f" * 12, "UCS-2", 2, "UCS-2", 2),
    ("a" * 60 + "👩🏽\u200d❤\ufe0f\u200d👨🏿" * 2, "UCS-2", 2, "UCS-2", 2),
    ("a" * 65 + "1\ufe0f\u20e3" + "a" * 4, "UCS-2", 2, "UCS-2", 2),
    ("a" * 65 + "각" + "\u11a8" * 5, "UCS-2", 2, "UCS-2", 2),
    ("e" + "\u0301" * 69, "UCS-2", 1, "UCS-2", 1),
    ("e" + "\u0301" * 70, "UCS-2", 2, "UCS-2", 2),
    ("e" + "\u0301" * 140, "UCS-2", 2, "UCS-2", 2),
    ("a" * 10 + "e" + "\u0301" * 65 + "a" * 3, "UCS-2", 3, "UCS-2", 3),
    ("a" * 30 + ("e" + "\u0301" * 38) * 3, "UCS-2", 3, "UCS-2", 3),
    ("\ud83d", "UCS-2", 1, "UCS-2", 1),
    ("\ud83d\ude00" * 36, "UCS-2", 2, "UCS-2", 2),
    ("\ude00" * 71, "UCS-2", 2, "UCS-2", 2),
    ("🏴" + "\U000e0067\U000e0062\U000e007f" * 10, "UCS-2", 1, "UCS-2", 1),
    ("\u0600" * 3 + "a" * 66 + "\u0600b" * 3, "UCS-2", 2, "UCS-2", 2),
]


@pytest.mark.parametrize(("body", "plain", "count", "smart", "smart_count"), RECORDED)
def test_a_text_costs_what_twilios_calculator_says(
    body, plain, count, smart, smart_count
):
    assert run_case({"body": body}) == {"encoding": plain, "segments": count}
    assert run_case({"body": body, "smart": True}) == {
        "encoding": smart,
        "segments": smart_count,
    }


def test_an_empty_text_is_one_segment():
    assert measure("") == Segments("GSM-7", segments=1, units=0, remaining=160)


@pytest.mark.parametrize(
    ("body", "units", "remaining"),
    [
        ("Hi {name}", 11, 149),
        ("a" * 160, 160, 0),
        ("a" * 161, 161, 145),
        ("á", 1, 69),
        ("😀" * 36, 72, 61),
        ("e" + "\u0301" * 100, 101, 0),
    ],
)
def test_the_size_tells_the_room_left_in_the_last_segment(body, units, remaining):
    size = measure(body)

    assert (size.units, size.remaining) == (units, remaining)


def test_an_extension_character_is_never_cut_in_two():
    assert measure("a" * 152 + "€" + "a" * 152).units == 306
    assert measure("a" * 152 + "€" + "a" * 152).segments == 3


def test_smart_encoding_saves_two_texts_of_three():
    body = "We\u2019ll text you back. " * 7

    assert measure(body).segments == 3
    assert measure(body, smart=True).segments == 1


def test_smart_encoding_writes_look_alikes_and_leaves_letters():
    assert as_sent("“Hi” \u2013 we\u2019re open…") == '"Hi" - we\'re open...'
    assert as_sent("María ™ 72° ça") == "María ™ 72° ça"


def test_every_look_alike_becomes_plain_text():
    assert len(SMART) == 271
    assert all((GSM_BASIC | GSM_EXTENDED).issuperset(to) for to in SMART.values())


def test_the_alphabet_is_whole():
    assert (len(GSM_BASIC), len(GSM_EXTENDED)) == (127, 10)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("e\u0301a", ["e\u0301", "a"]),
        ("\r\n", ["\r", "\n"]),
        ("a\n\u0301", ["a", "\n", "\u0301"]),
        ("각\u11a8가\u11a8\u1100\u1161", ["각\u11a8", "가\u11a8", "\u1100\u1161"]),
        ("🇺🇸🇨🇦🇲", ["🇺🇸", "🇨🇦", "🇲"]),
        ("🇺🇸\ufe0f\ufe0f", ["🇺🇸\ufe0f", "\ufe0f"]),
        ("\u0600🇺🇸", ["\u0600🇺", "🇸"]),
        ("👍🏽a🏽", ["👍🏽", "a", "🏽"]),
        ("☝\ufe0f🏽", ["☝\ufe0f🏽"]),
        ("☝\ufe0f\ufe0f🏽", ["☝\ufe0f\ufe0f", "🏽"]),
        ("\u0301🏽", ["\u0301", "🏽"]),
        ("👩\u200d👩\u200d👧", ["👩\u200d👩\u200d👧"]),
        ("a\u200db", ["a\u200d", "b"]),
    ],
)
def test_a_text_is_cut_between_what_readers_call_characters(text, parts):
    assert graphemes(text) == parts


@given(st.text(max_size=300))
def test_cutting_loses_nothing(text):
    assert "".join(graphemes(text)) == text


@given(st.text(st.sampled_from(sorted(GSM_BASIC | GSM_EXTENDED)), max_size=500))
def test_gsm_characters_are_counted_in_septets(body):
    size = measure(body)

    assert size.encoding == "GSM-7"
    assert size.units == len(body) + sum(map(body.count, GSM_EXTENDED))


@given(st.text(max_size=300), st.booleans())
def test_no_text_is_free_and_its_segments_hold_it(body, smart):
    size = measure(body, smart=smart)
    alone = 160 if size.encoding == "GSM-7" else 70

    assert size.segments >= 1
    assert (size.segments == 1) == (size.units <= alone)
    assert 0 <= size.remaining <= alone
