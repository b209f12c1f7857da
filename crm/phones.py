"""Phone numbers: what a carrier says about a caller, and what people type in.

The numbering plans are those of libphonenumber. Sources of the other rules: Twilio's
pages on the `From` parameter and its change of 2022 about withheld callers; RFC 3323
(anonymous SIP callers); Twilio's test credentials (the numbers in +1 500 555).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
)


class PhoneReason(StrEnum):
    """Why a caller cannot be texted; a closed list."""

    WITHHELD = "withheld"
    INVALID = "invalid"
    SHORT_CODE = "short_code"
    EMERGENCY = "emergency"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    LANDLINE = "landline"
    SIP_OR_CLIENT = "sip_or_client"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called, as far as the carrier tells.

    `raw` is what it sent; `reason` is a `PhoneReason`, or empty when `textable`.
    `e164` is None unless the number exists in its numbering plan, so that a withheld
    caller never looks like a person.
    """

    raw: str
    e164: str | None
    textable: bool
    reason: str


_WITHHELD_WORDS = re.compile(
    "anonym|anonim|restricted|unavailable|unknown|private|privado|blocked|withheld"
    "|hidden|undisclosed|unidentified|desconocido|inconnu|nocallerid|nonumber"
    "|outofarea|notavailable|payphone"
)
_WITHHELD_ALONE = frozenset({"p", "o", "null", "none", "nil", "nan"})
# Some carriers spell the word on a keypad. RESTRICTED, 737 874 2833, is a number in
# Austin that exists: a text to it would reach one stranger for every withheld caller.
_KEYPAD_WORDS = (
    "266696687|7378742833|86282452253|8656696|2562533|7748283|94844353"
    # A caller without a number, as some networks fill it in.
    "|0000123456|0{10}"
)
_WITHHELD_DIGITS = re.compile(f"1?(?:{_KEYPAD_WORDS})|0+")
_NAMED = re.compile("<([^<>]*)>")
_SCHEME = re.compile(r"([a-z]{3,}):(?://)?(.*)", re.DOTALL | re.IGNORECASE)
_WITHHELD_HOST = re.compile(r"@[^@]*\.invalid\b", re.IGNORECASE)

_SHORTEST_NUMBER = 7
_EMERGENCY = frozenset({"911", "112"})
_KEPT_FOR_TESTS = re.compile(r"555\d{7}|500555\d{4}")
_KEPT_FOR_FICTION = re.compile(r"\d{3}55501\d{2}")
_NANP = 1

_TEXTABLE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_REASONS = {
    PhoneNumberType.UNKNOWN: PhoneReason.INVALID,
    PhoneNumberType.FIXED_LINE: PhoneReason.LANDLINE,
    PhoneNumberType.TOLL_FREE: PhoneReason.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: PhoneReason.PREMIUM,
    PhoneNumberType.SHARED_COST: PhoneReason.PREMIUM,
}


def read_caller(raw: str | None, *, region: str = "US") -> Caller:
    """Read a carrier's `From`; a number without a country code is one of `region`.

    North American geographic numbers are textable: only a paid look-up tells mobiles
    from landlines there. So are numbers kept for fiction and tests, which demos and
    carriers' test accounts use: 555-0100 to 555-0199 in any area code, area code 555,
    and +1 500 555. Whether texts to a country are wanted is decided elsewhere. Raises
    nothing: what cannot be read is a caller who cannot be texted.
    """
    given = raw or ""
    text = _plain(given)
    scheme, address = _split_scheme(text)
    if _is_withheld(address) or _WITHHELD_HOST.search(text):
        return _not_textable(given, PhoneReason.WITHHELD)
    caller = _read_number(given, address, region)
    if not scheme or (scheme in {"sip", "sips"} and caller.e164):
        return caller
    return _not_textable(given, PhoneReason.SIP_OR_CLIENT)


def to_e164(raw: str, *, region: str) -> str:
    """Return what a person typed as an E.164 number, such as +13125550123.

    Landlines and toll-free numbers are welcome: a business may have either. Raises
    ValueError with a sentence for that person when it is not one number that exists;
    a number without a country code is one of `region`.
    """
    shown = "".join(filter(str.isprintable, raw)).strip()[:40]
    if not shown:
        raise ValueError(_("Enter a phone number, such as +13125550123."))
    number = _parse(_plain(raw), region)
    if number is None or _kind(number) == PhoneNumberType.UNKNOWN:
        message = _(
            "“%(number)s” is not a phone number we know. Check the digits and write it"
            " with its country code, such as +13125550123."
        )
        raise ValueError(message % {"number": shown})
    if number.extension:
        message = _("Leave out the extension in “%(number)s”: texts cannot reach it.")
        raise ValueError(message % {"number": shown})
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def format_for_people(e164: str, *, region: str = "US") -> str:
    """Write a number as people in `region` do: theirs without the country code.

    What is not a number is returned as it is.
    """
    number = _parse(e164, None)
    if number is None:
        return e164
    at_home = _region(number) == region
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def region_of(e164: str) -> str | None:
    """Return the ISO 3166 country of a number, such as "US"; None if it has none.

    Numbers kept for tests count as "US" where they belong to no country.
    """
    number = _parse(e164, None)
    return _region(number) if number else None


def _plain(text: str) -> str:
    """Return the address in `"Name" <address>`, or the text, in ordinary characters."""
    text = unicodedata.normalize("NFKC", text)
    named = _NAMED.search(text)
    return (named[1] if named else text).strip()


def _split_scheme(text: str) -> tuple[str, str]:
    """Split `sip:user@host;x=y` into scheme and user; `tel:` counts as no scheme."""
    found = _SCHEME.fullmatch(text)
    if not found:
        return "", text
    scheme, rest = found[1].lower(), found[2]
    user = unquote(re.split("[@;:]", rest, maxsplit=1)[0])
    return ("" if scheme == "tel" else scheme), user


def _letters(address: str) -> str:
    return "".join(filter(str.isalpha, address.casefold()))


def _is_withheld(address: str) -> bool:
    letters = _letters(address)
    digits = phonenumbers.normalize_digits_only(address)
    if not letters:
        return not digits or bool(_WITHHELD_DIGITS.fullmatch(digits))
    if _WITHHELD_WORDS.search(letters):
        return True
    return not digits and letters in _WITHHELD_ALONE


def _read_number(raw: str, address: str, region: str) -> Caller:
    digits = phonenumbers.normalize_digits_only(address)
    if len(digits) < _SHORTEST_NUMBER and not _letters(address):
        return _not_textable(raw, _short_reason(digits, region))
    number = _parse(address, region)
    kind = _kind(number) if number else PhoneNumberType.UNKNOWN
    if number is None or kind == PhoneNumberType.UNKNOWN:
        return _not_textable(raw, PhoneReason.INVALID)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    reason = "" if kind in _TEXTABLE else _REASONS.get(kind, PhoneReason.OTHER)
    return Caller(raw, e164, textable=not reason, reason=reason)


def _short_reason(digits: str, region: str) -> PhoneReason:
    urgent = digits in _EMERGENCY or phonenumbers.is_emergency_number(digits, region)
    return PhoneReason.EMERGENCY if urgent else PhoneReason.SHORT_CODE


def _not_textable(raw: str, reason: PhoneReason) -> Caller:
    return Caller(raw, None, textable=False, reason=reason)


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _kind(number: PhoneNumber) -> int:
    """Return the `PhoneNumberType`; UNKNOWN is a number that does not exist."""
    if _is_for_tests(number):
        return PhoneNumberType.FIXED_LINE_OR_MOBILE
    return phonenumbers.number_type(number)


def _is_for_tests(number: PhoneNumber) -> bool:
    """Tell a number kept for fiction or tests that the plan gives no ordinary type."""
    if number.country_code != _NANP:
        return False
    national = phonenumbers.national_significant_number(number)
    if _KEPT_FOR_TESTS.fullmatch(national):
        return True
    assigned = phonenumbers.number_type(number) != PhoneNumberType.UNKNOWN
    in_an_area = phonenumbers.region_code_for_number(number) is not None
    return not assigned and in_an_area and bool(_KEPT_FOR_FICTION.fullmatch(national))


def _region(number: PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_number(number)
    if region is None and _is_for_tests(number):
        return "US"
    return None if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region
