"""Requests to send a text: what must hold, with the codes that Twilio refuses with.

https://www.twilio.com/docs/messaging/api/message-resource and .../docs/api/errors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from conversations.gateway.simulator.numbering import refused_code
from conversations.gateway.simulator.wire import is_reachable
from conversations.models import PhoneLine
from crm.phones import to_e164

MAX_CHARACTERS = 1600
MAX_VALIDITY_SECONDS = 36_000

_SENTENCES = {
    "21211": "The 'To' number is not a valid phone number.",
    "21408": "Permission to send to the region of the 'To' number is not enabled.",
    "21602": "A message body is required to send a message.",
    "21603": "A 'From' number is required to send a message.",
    "21604": "A 'To' number is required to send a message.",
    "21606": "The 'From' number is not a line of this network.",
    "21609": "The 'StatusCallback' address cannot be reached from this network.",
    "21610": "The recipient sent STOP to this number and gets no messages from it.",
    "21612": "The 'To' number cannot be reached from the 'From' number.",
    "21614": "The 'To' number cannot get text messages.",
    "21617": "The message body is longer than 1600 characters.",
    "21626": "The 'ValidityPeriod' must be 1 to 36000 seconds.",
}


class RefusedError(Exception):
    """The network does not take this text; `code` is Twilio's."""

    def __init__(self, code: str) -> None:
        """`code`: Twilio's number, as a string."""
        super().__init__(_SENTENCES.get(code, "The request was refused."))
        self.code = code


@dataclass(frozen=True, kw_only=True)
class TextOrder:
    """A text that the network is asked to send."""

    sender: str
    to: str
    body: str
    status_callback: str
    validity: str

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> Self:
        """Read the fields as they came."""
        return cls(
            sender=form.get("From", "").strip(),
            to=form.get("To", "").strip(),
            body=form.get("Body", "").replace("\0", ""),
            status_callback=form.get("StatusCallback", ""),
            validity=form.get("ValidityPeriod", ""),
        )


def check(order: TextOrder, *, has_stopped: Callable[[str, str], bool]) -> None:
    """Raise RefusedError for what Twilio would refuse."""
    _check_fields(order)
    if not PhoneLine.objects.filter(number=order.sender).exists():
        raise RefusedError("21606")
    if not _is_number(order.to):
        raise RefusedError("21211")
    if code := refused_code(order.to):
        raise RefusedError(code)
    if has_stopped(order.to, order.sender):
        raise RefusedError("21610")


def _check_fields(order: TextOrder) -> None:
    rules = (
        (not order.to, "21604"),
        (not order.sender, "21603"),
        (not order.body.strip(), "21602"),
        (len(order.body) > MAX_CHARACTERS, "21617"),
        (not _is_validity(order.validity), "21626"),
        (not _is_callback(order.status_callback), "21609"),
    )
    for broken, code in rules:
        if broken:
            raise RefusedError(code)


def _is_validity(seconds: str) -> bool:
    if not seconds:
        return True
    return seconds.isdecimal() and 1 <= int(seconds[:9]) <= MAX_VALIDITY_SECONDS


def _is_callback(url: str) -> bool:
    return not url or (len(url) <= 400 and is_reachable(url))


def _is_number(to: str) -> bool:
    try:
        return to.startswith("+") and to_e164(to, region="US") == to
    except ValueError:
        return False
