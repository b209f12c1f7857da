"""What we ask of any carrier, in our own words. Names no carrier."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from conversations.gateway.errors import Trouble, trouble_for

__all__ = [
    "Accepted",
    "Carrier",
    "CarrierCall",
    "CarrierError",
    "CarrierMessage",
    "OutboundText",
    "Recording",
    "Trouble",
    "trouble_for",
]


@dataclass(frozen=True, kw_only=True)
class OutboundText:
    """One text to hand to the carrier.

    `to` and `sender` are E.164. `status_callback` is the full address for receipts.
    `validity_seconds`: how long it may wait at the carrier before it is dropped.
    """

    to: str
    sender: str
    body: str
    status_callback: str
    validity_seconds: int | None = None
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The carrier took the text. `segments` is None while it has not counted them."""

    carrier_id: str
    status: str
    segments: int | None = None


@dataclass(frozen=True, kw_only=True)
class CarrierMessage:
    """A message as the carrier keeps it. Times are aware UTC, to the second.

    `price` is as the carrier states it: at Twilio a charge is negative.
    """

    carrier_id: str
    to: str
    sender: str
    body: str
    status: str
    error_code: str = ""
    created_at: datetime | None = None
    sent_at: datetime | None = None
    segments: int | None = None
    direction: str = ""
    price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class CarrierCall:
    """A call as the carrier keeps it. Times are aware UTC, to the second."""

    carrier_id: str
    status: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A voicemail's sound, whole: a few minutes are a few megabytes at most."""

    sound: bytes
    content_type: str


class CarrierError(Exception):
    """The carrier refused a request, or we do not know what became of it.

    `code` is the carrier's own, an HTTP status, or one of the words in
    `conversations.gateway.errors`. `retry_after` is in seconds, where the carrier
    asked for a pause. `detail` is for the log and holds no secret and no number.
    """

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "",
        trouble: Trouble | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Without `trouble` the code decides."""
        super().__init__(detail or code)
        self.code = code
        self.trouble = trouble_for(code) if trouble is None else trouble
        self.retry_after = retry_after
        self.detail = detail

    @property
    def outcome_unknown(self) -> bool:
        """The carrier may have done it: ask what it has before doing it again."""
        return self.trouble is Trouble.UNKNOWN

    @property
    def permanent(self) -> bool:
        """Trying again cannot help (as opposed to: later, or after a look)."""
        return self.trouble not in (Trouble.TRANSIENT, Trouble.UNKNOWN)


class Carrier(Protocol):
    """Sends texts and answers what became of them. Every failure: `CarrierError`."""

    name: str

    def warm(self) -> None:
        """Do what only the first request would have to wait for; sends nothing."""
        ...

    def send(self, text: OutboundText) -> Accepted:
        """Hand over one text, once: never repeats by itself."""
        ...

    def find_messages(
        self, *, to: str, sender: str, since: datetime
    ) -> list[CarrierMessage]:
        """Outbound messages of one pair of numbers, newest first.

        `since` is aware; carriers keep whole seconds, so its fraction is ignored. An
        empty list means that the carrier has none: not being able to tell raises.
        """
        ...

    def fetch_message(self, carrier_id: str) -> CarrierMessage | None:
        """One message, or None where the carrier does not know it."""
        ...

    def fetch_call(self, carrier_id: str) -> CarrierCall | None:
        """One call, or None where the carrier does not know it."""
        ...

    def fetch_recording(self, carrier_id: str) -> Recording | None:
        """A recording's sound, or None where the carrier does not have it."""
        ...
