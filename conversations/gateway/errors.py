"""What a carrier's error code means for us, and how we say it to staff.

Codes: https://www.twilio.com/docs/api/errors. Twilio changes its error texts without
notice, so only the numbers are matched.
"""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Trouble(StrEnum):
    """Why a text did not go through, as far as our next step depends on it."""

    TRANSIENT = "transient"  # certainly not processed: trying again cannot double
    UNKNOWN = "unknown"  # may have been processed: look it up, never repeat blindly
    OPTED_OUT = "opted_out"
    NOT_TEXTABLE = "not_textable"
    INVALID_NUMBER = "invalid_number"
    REGION = "region"
    SENDER = "sender"
    ACCOUNT = "account"
    CONTENT = "content"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"
    OTHER = "other"  # refused for a reason this table does not know: not repeated


# Our own words, used as codes where the carrier gave none.
TIMEOUT = "timeout"
DROPPED = "dropped"
OFFLINE = "offline"
UNREADABLE = "unreadable"
# And where we gave up ourselves.
TOO_LATE = "too_late"
UNCLEAR = "unclear"

_CODES: dict[Trouble, tuple[str, ...]] = {
    Trouble.TRANSIENT: (
        *("429", "20429", "21611", "30001", "30017", "30022", "30023", "30027"),
        OFFLINE,
    ),
    Trouble.UNKNOWN: (
        *("408", "20500", "20503", "30410", TIMEOUT, DROPPED, UNREADABLE, UNCLEAR),
    ),
    Trouble.OPTED_OUT: ("21610",),
    Trouble.NOT_TEXTABLE: ("21614", "21635", "30006"),
    Trouble.INVALID_NUMBER: (
        *("13223", "13224", "21211", "21217", "21401", "21421", "21604"),
        "30005",
    ),
    Trouble.REGION: ("21408", "21612"),
    Trouble.SENDER: (
        *("21212", "21601", "21603", "21606", "21607", "21616", "21621", "21657"),
        *("21659", "21660", "21661", "21701", "21702", "21703", "21704", "21705"),
        *("21711", "21712", "21715", "30018", "30024", "30032", "30033", "30034"),
        *("30035", "30440", "30441", "30442", "30443", "30444", "30445", "30446"),
        *("30447", "30448", "30449"),
    ),
    Trouble.ACCOUNT: (
        *("401", "403", "404", "10001", "20003", "20005", "20006", "20008", "20403"),
        *("20404", "21219", "21608", "21609", "21622", "30002", "30010", "63038"),
    ),
    Trouble.CONTENT: (
        *("21602", "21605", "21617", "21618", "21619", "21620", "21623", "30007"),
        *("30011", "30019"),
    ),
    Trouble.BLOCKED: ("14107", "30004", "30450", "30610", "30640"),
    Trouble.EXPIRED: ("30036", TOO_LATE),
    Trouble.UNREACHABLE: ("21214", "30003", "30008"),
}
_TROUBLES = {code: trouble for trouble, codes in _CODES.items() for code in codes}

_IN_GENERAL: dict[Trouble, Promise] = {
    Trouble.TRANSIENT: _("The phone network is busy. The text is tried again."),
    Trouble.UNKNOWN: _("The phone network did not say whether it took the text."),
    Trouble.OPTED_OUT: _("This person asked not to get texts from you."),
    Trouble.NOT_TEXTABLE: _("This number cannot get texts (it is a landline)."),
    Trouble.INVALID_NUMBER: _("This is not a working phone number."),
    Trouble.REGION: _("Your account may not text numbers in this region."),
    Trouble.SENDER: _("Your line is not set up to send texts at the carrier."),
    Trouble.ACCOUNT: _("The carrier refused your account. Check its settings."),
    Trouble.CONTENT: _("The carrier refused the words or pictures of this text."),
    Trouble.BLOCKED: _("The phone network blocked this text."),
    Trouble.EXPIRED: _("The text waited too long and was dropped."),
    Trouble.UNREACHABLE: _("The phone could not be reached. It may be off."),
    Trouble.OTHER: _("The carrier refused this text."),
}
_IN_PARTICULAR: dict[str, Promise] = {
    "14107": _("Two numbers answered each other too fast, so the carrier stopped it."),
    "20003": _("The carrier did not accept your account name and token."),
    "20005": _("Your carrier account is closed or out of money."),
    "21608": _("A trial account can only text numbers that you verified there."),
    "21609": _("The carrier refused our address for delivery reports. Check SITE_URL."),
    "21612": _("This number cannot be reached from your line."),
    "21617": _("The text is longer than 1,600 characters."),
    "30002": _("Your carrier account was suspended."),
    "30005": _("This number does not exist or was disconnected."),
    "30007": _("The phone network took this text for spam. Reword it."),
    "30032": _("Your toll-free line is not verified for texting yet."),
    "30034": _("Your line is not registered for business texting (10DLC) yet."),
    "30035": _("Your line is still being registered for business texting (10DLC)."),
    "63038": _("Your account reached its daily number of texts."),
    TOO_LATE: _("The text could not leave in time, so it was not sent. Please call."),
    UNCLEAR: _("Nobody knows whether this text went out. Please call."),
    OFFLINE: _("The carrier could not be reached. The text is tried again."),
}


def trouble_for(code: str) -> Trouble:
    """Sort a carrier's error code, synchronous or from a delivery receipt.

    `code` is Twilio's number, an HTTP status (three digits) where the answer carried
    no number, or one of the words above. An HTTP 3xx or 5xx says nothing about
    whether the request was processed. A code this table does not know is `OTHER`:
    permanent, because sending again what the carrier refused could double a text.
    """
    if len(code) == 3 and code[0] in "35" and code.isdecimal():
        return Trouble.UNKNOWN
    return _TROUBLES.get(code, Trouble.OTHER)


def explain(code: str) -> str:
    """One sentence for staff, in the active language, for any code or none."""
    trouble = trouble_for(code)
    if trouble is Trouble.OTHER and code:
        return gettext("The carrier refused this text (code %(code)s).") % {
            "code": code
        }
    return str(_IN_PARTICULAR.get(code, _IN_GENERAL[trouble]))
