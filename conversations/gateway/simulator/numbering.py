"""Numbers on the simulated network: ids, places, ready callers, and their fates."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.gateway.choice import SIMULATED_ACCOUNT

API_VERSION = "2010-04-01"
# What a caller who withheld the number looks like to the person who is called.
WITHHELD = "anonymous"

# Where some area codes are; Twilio tells the place of both numbers of a call.
_PLACES = {
    "212": ("NEW YORK", "NY", "10001"),
    "213": ("LOS ANGELES", "CA", "90012"),
    "312": ("CHICAGO", "IL", "60601"),
    "415": ("SAN FRANCISCO", "CA", "94103"),
    "512": ("AUSTIN", "TX", "78701"),
    "773": ("CHICAGO", "IL", "60614"),
}


@dataclass(frozen=True)
class Person:
    """A caller to choose on the page; `message` is what they say after the beep."""

    name: str | Promise
    number: str
    message: str


PEOPLE = (
    Person(
        "Maria Lopez",
        "+13125550142",
        "Hi, this is Maria. Our furnace is out. Please call me back.",
    ),
    Person(
        "Sam Carter",
        "+17735550164",
        "Hello, Sam here. I would like an appointment this week, if you have one.",
    ),
    Person(
        "Dana Kim",
        "+15125550117",
        "Hi, it's Dana. Nothing urgent, call me when you can. Thank you.",
    ),
    Person(
        _("Withheld number"),
        WITHHELD,
        "Hello, please call me back at 312 555 0188. Thank you.",
    ),
    Person(
        _("A landline (no texts)"),
        "+13125550006",
        "Hi, you can reach me on this number all day.",
    ),
)

# Twilio's own test numbers (twilio.com/docs/iam/test-credentials) and, for any other
# number, its last four digits: the request is refused with this code.
_REFUSED = {
    "+15005550001": "21211",
    "+15005550002": "21612",
    "+15005550003": "21408",
    "+15005550004": "21610",
    "+15005550009": "21614",
}
_REFUSED_ENDINGS = {"0001": "21211", "0009": "21614"}
# The text is taken, and the receipt says later that it did not arrive.
_LOST_ENDINGS = {"0003": "30003", "0006": "30006", "0007": "30007"}
_ALWAYS_FINE = frozenset({"+15005550006"})

# What the page tells about them.
SPECIAL_ENDINGS: tuple[tuple[str, Promise], ...] = (
    ("0001", _("no such number: the carrier refuses the text at once (21211)")),
    ("0003", _("phone is off: the receipt says “not delivered” (30003)")),
    ("0006", _("landline: the receipt says “not delivered” (30006)")),
    ("0007", _("taken for spam: the receipt says “not delivered” (30007)")),
    ("0009", _("cannot get texts: refused at once (21614)")),
)


def new_id(prefix: str) -> str:
    """An id as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


def refused_code(number: str) -> str:
    """The error code with which a text to `number` is refused; empty when it is not."""
    if number in _ALWAYS_FINE:
        return ""
    return _REFUSED.get(number) or _REFUSED_ENDINGS.get(number[-4:], "")


def lost_code(number: str) -> str:
    """The error code of the receipt for a text to `number`; empty: it arrives."""
    if number in _ALWAYS_FINE or number in _REFUSED:
        return ""
    return _LOST_ENDINGS.get(number[-4:], "")


def message_of(caller: str) -> str:
    """What this caller says after the beep."""
    found = (person.message for person in PEOPLE if person.number == caller)
    return next(found, "Hi, I missed you just now. Please call me back. Thank you.")


def place_fields(side: str, number: str) -> Mapping[str, str]:
    """`FromCity`, `FromState` ... of a number; `side` is From, To, Caller or Called."""
    if not number.startswith("+1"):
        return {}
    city, state, code = _PLACES.get(number[2:5], ("", "", ""))
    values = {"City": city, "State": state, "Zip": code, "Country": "US"}
    return {f"{side}{name}": value for name, value in values.items()}


def pair_fields(caller: str, called: str) -> dict[str, str]:
    """The fields about the two numbers that every voice webhook carries."""
    return {
        "From": caller,
        "Caller": caller,
        "To": called,
        "Called": called,
        **place_fields("From", caller),
        **place_fields("Caller", caller),
        **place_fields("To", called),
        **place_fields("Called", called),
        "AccountSid": SIMULATED_ACCOUNT,
        "ApiVersion": API_VERSION,
    }
