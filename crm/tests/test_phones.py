"""What a carrier's `From` means, and what people may type as a number."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.phones import (
    PhoneReason,
    format_for_people,
    read_caller,
    region_of,
    to_e164,
)
from crm.tests.phone_cases import run_case

CHICAGO = "+13125550123"
WITHHELD_WORDS = ["anonymous", "restricted", "unavailable", "unknown", "private"]
KEYPAD_SPELLINGS = [
    "266696687",
    "7378742833",
    "86282452253",
    "8656696",
    "2562533",
    "7748283",
    "94844353",
    "0000123456",
]


@pytest.mark.parametrize(
    "raw",
    [
        *WITHHELD_WORDS,
        *("Blocked", "WITHHELD", "Private Number", "No Caller ID", "Out-of-Area"),
        *("Anonymous.", "+1 RESTRICTED", "+unknown", "PRIVATENUMBER", "Número privado"),
        *(None, "", "   ", "+", "-", "P", "null", "0", "+0", "0000000000"),
        "+10000000000",
        *("client:Anonymous", "client:", "sip:anonymous@anonymous.invalid"),
        *("SIP:Anonymous@10.0.0.1", "sips:unavailable@carrier.example:5061"),
        *("sip:anonymous.invalid", f"sip:{CHICAGO}@anonymous.invalid"),
        *("sip:+266696687@carrier.example", "sip:7378742833@carrier.example"),
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=9f',
    ],
)
def test_a_withheld_caller_is_nobody(raw):
    assert run_case({"from": raw}) == {
        "e164": None,
        "textable": False,
        "reason": "withheld",
    }


@pytest.mark.parametrize("lead", ["", "+", "1", "+1", "+1 "])
@pytest.mark.parametrize("digits", KEYPAD_SPELLINGS)
def test_a_withheld_word_spelled_on_a_keypad_is_nobody(lead, digits):
    caller = read_caller(lead + digits)

    assert (caller.e164, caller.reason) == (None, PhoneReason.WITHHELD)


@given(
    word=st.sampled_from(WITHHELD_WORDS),
    upper=st.lists(st.booleans(), min_size=11, max_size=11),
    around=st.text(" .,-_+\"'()[]*#", max_size=4),
)
def test_a_withheld_word_counts_in_any_case_and_punctuation(word, upper, around):
    word = "".join(c.upper() if up else c for c, up in zip(word, upper, strict=False))

    assert read_caller(around + word + around).reason == PhoneReason.WITHHELD


@pytest.mark.parametrize(
    "raw",
    [
        CHICAGO,
        "13125550123",
        "3125550123",
        "(312) 555-0123",
        "312-555-0123",
        "  +1 (312) 555.0123 ",
        "\uff0b\uff11 312 555 0123",
        "tel:+13125550123",
        "tel:+1-312-555-0123;phone-context=example.com",
        "sip:+13125550123@carrier.example",
        "sip:+13125550123;npdi=yes@carrier.example;transport=tls",
        "sips:3125550123@carrier.example",
        "sip:%2B13125550123@carrier.example",
        '"Ann Lee" <sip:+13125550123@carrier.example>;tag=9f',
        "+13125550123 ext. 5",
    ],
)
def test_a_number_is_read_however_it_is_written(raw):
    caller = read_caller(raw)

    assert (caller.raw, caller.e164) == (raw, CHICAGO)
    assert (caller.textable, caller.reason) == (True, "")


def test_a_number_without_country_code_belongs_to_the_region():
    assert read_caller("07911 123456", region="GB").e164 == "+447911123456"
    assert read_caller("07911 123456", region="US").reason == PhoneReason.INVALID
    assert read_caller("07911 123456", region="Nowhere").reason == PhoneReason.INVALID


@pytest.mark.parametrize(
    ("raw", "e164", "reason"),
    [
        ("911", None, "emergency"),
        ("+911", None, "emergency"),
        ("112", None, "emergency"),
        ("12345", None, "short_code"),
        ("+692632", None, "short_code"),
        ("988", None, "short_code"),
        ("+18005550199", "+18005550199", "toll_free"),
        ("1-800-FLOWERS", "+18003569377", "toll_free"),
        ("+19005550123", "+19005550123", "premium"),
        ("+448435551234", "+448435551234", "premium"),
        ("+442079460123", "+442079460123", "landline"),
        ("+443001234567", "+443001234567", "other"),
        ("+15002345678", "+15002345678", "other"),
        ("+883510012345", "+883510012345", "other"),
        ("5550123", None, "invalid"),
        ("+13120001234", None, "invalid"),
        ("+17105550123", None, "invalid"),
        ("+999123456789", None, "invalid"),
        ("Acme Heating", None, "invalid"),
        ("1" * 300, None, "invalid"),
        ("client:front-desk", None, "sip_or_client"),
        (f"client:{CHICAGO}", None, "sip_or_client"),
        ("sip:1001@pbx.example", None, "sip_or_client"),
        ("sip:ann@pbx.example", None, "sip_or_client"),
        (f"whatsapp:{CHICAGO}", None, "sip_or_client"),
    ],
)
def test_a_caller_who_cannot_be_texted_comes_with_the_reason(raw, e164, reason):
    assert run_case({"from": raw}) == {
        "e164": e164,
        "textable": False,
        "reason": reason,
    }


def test_an_emergency_number_of_the_region_is_known():
    assert read_caller("999", region="GB").reason == PhoneReason.EMERGENCY
    assert read_caller("999", region="US").reason == PhoneReason.SHORT_CODE


@pytest.mark.parametrize(
    "raw",
    [
        "+12125550100",
        "+19175550199",
        "+14165550123",
        "+15551234567",
        "+15555550123",
        "+15005550006",
        "+15005550009",
        "+12645550123",
    ],
)
def test_numbers_kept_for_fiction_and_tests_are_textable(raw):
    caller = read_caller(raw)

    assert (caller.e164, caller.textable) == (raw, True)


def test_a_foreign_mobile_is_textable_as_far_as_the_number_goes():
    assert read_caller("+33612345678").textable
    assert read_caller("+18765550123").textable


@given(raw=st.none() | st.text(max_size=40) | st.text("+0123456789 ()-.", max_size=20))
@example(raw="\ud83d")
@example(raw="sip:%FF@")
@example(raw="<>")
def test_any_from_is_answered_and_only_a_textable_one_lacks_a_reason(raw):
    caller = read_caller(raw)

    assert caller.raw == (raw or "")
    assert caller.textable == (caller.reason == "")
    assert caller.e164 is not None or not caller.textable
    assert caller.reason == "" or caller.reason in set(PhoneReason)


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("(312) 555-0123", "US", CHICAGO),
        ("+1 312 555 0123", "GB", CHICAGO),
        (" 020 7946 0123 ", "GB", "+442079460123"),
        ("1-800-555-0199", "US", "+18005550199"),
        ("+15551234567", "US", "+15551234567"),
        ("(737) 874-2833", "US", "+17378742833"),
    ],
)
def test_a_typed_number_becomes_e164(typed, region, e164):
    assert to_e164(typed, region=region) == e164


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter a phone number"),
        (" \t", "Enter a phone number"),
        ("ann@example.com", "“ann@example.com” is not a phone number we know."),
        ("911", "“911” is not a phone number we know."),
        ("555-0123", "“555-0123” is not a phone number we know."),
        ("+1 312 000 1234", "“+1 312 000 1234” is not a phone number we know."),
        ("anonymous", "“anonymous” is not a phone number we know."),
        ("9" * 300, f"“{'9' * 40}” is not a phone number we know."),
        ("3125550123\ud83d0", "“31255501230” is not a phone number we know."),
        ("312-555-0123 x5", "Leave out the extension in “312-555-0123 x5”"),
    ],
)
def test_a_number_that_cannot_be_used_gets_one_clear_sentence(typed, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}.*$"):
        to_e164(typed, region="US")


@pytest.mark.parametrize(
    ("e164", "region", "shown"),
    [
        (CHICAGO, "US", "(312) 555-0123"),
        (CHICAGO, "GB", "+1 312-555-0123"),
        ("+14165550123", "US", "+1 416-555-0123"),
        ("+15551234567", "US", "(555) 123-4567"),
        ("+442079460123", "US", "+44 20 7946 0123"),
        ("+442079460123", "GB", "020 7946 0123"),
        ("", "US", ""),
        ("somebody", "US", "somebody"),
    ],
)
def test_people_read_numbers_as_they_write_them(e164, region, shown):
    assert format_for_people(e164, region=region) == shown


@pytest.mark.parametrize(
    ("e164", "region"),
    [
        (CHICAGO, "US"),
        ("+14165550123", "CA"),
        ("+15551234567", "US"),
        ("+15005550006", "US"),
        ("+18765550123", "JM"),
        ("+33612345678", "FR"),
        ("+80012345678", None),
        ("+13120001234", None),
        ("3125550123", None),
        ("", None),
    ],
)
def test_a_number_belongs_to_one_country_or_to_none(e164, region):
    assert region_of(e164) == region
