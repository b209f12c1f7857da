"""The carrier Twilio, and whatever speaks like it, through the twilio SDK.

API: https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/voice/api/call-resource. Messages have no idempotency key
there, so nothing here repeats a request.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from twilio.rest import Client

from conversations.gateway.base import (
    Accepted,
    CarrierCall,
    CarrierError,
    CarrierMessage,
    OutboundText,
    Recording,
    Trouble,
)
from conversations.gateway.errors import UNREADABLE
from conversations.gateway.twilio_http import (
    CarrierHttp,
    NotFound,
    failures_told_apart,
)

API = "https://api.twilio.com"
PAGE_SIZE = 50
MAX_PAGES = 4
# The date filter is about the time of sending, which their clock tells, not ours.
CLOCK_MARGIN = timedelta(seconds=60)
_SENT_BY_US = ("outbound-api", "outbound-reply")


class TwilioCarrier:
    """Implements `conversations.gateway.base.Carrier`. Safe after a fork."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_base_url: str | None,
        name: str = "twilio",
        *,
        connect_timeout: float = 3.05,
        read_timeout: float = 10.0,
    ) -> None:
        """Time-outs in seconds. `api_base_url`: where to send everything instead."""
        self.name = name
        self._signed_in = (account_sid, auth_token)
        self._http = CarrierHttp(
            api_base_url=api_base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )
        self._client = Client(account_sid, auth_token, http_client=self._http)

    def warm(self) -> None:
        """Import the parts of the SDK that it loads when first used."""
        _ = self._client.messages, self._client.calls

    def send(self, text: OutboundText) -> Accepted:
        """Create the message, once.

        Raises CarrierError; `outcome_unknown` means that the text may be on its way.
        """
        with failures_told_apart():
            message = self._client.messages.create(**_create_fields(text))
            return Accepted(
                carrier_id=_required(message.sid),
                status=message.status or "",
                segments=_segments(message.num_segments),
            )

    def find_messages(
        self, *, to: str, sender: str, since: datetime
    ) -> list[CarrierMessage]:
        """Messages from `sender` to `to` created at or after `since`, newest first.

        Twilio filters by the time of sending, which a waiting message does not have
        yet. So both lists are read: the filtered one and the plain one.

        Raises CarrierError, also where the bounded number of pages does not reach
        back to `since`: "not seen" must never pass for "not there".
        """
        since = since.astimezone(UTC).replace(microsecond=0)
        pair = {"to": to} | _sender_fields(sender)
        with failures_told_apart():
            seen = [
                *self._listed(pair, since),
                # The SDK writes the clock reading as it is and calls it UTC.
                *self._listed(pair | {"date_sent_after": since - CLOCK_MARGIN}, since),
            ]
            found = {message.carrier_id: message for message in seen}
        return sorted(
            (m for m in found.values() if _is_ours_since(m, since)),
            key=lambda m: _moment(m) or since,
            reverse=True,
        )

    def fetch_message(self, carrier_id: str) -> CarrierMessage | None:
        """The message, or None where Twilio does not know it. Raises CarrierError."""
        try:
            with failures_told_apart():
                return _message(self._client.messages(carrier_id).fetch())
        except NotFound:
            return None

    def fetch_call(self, carrier_id: str) -> CarrierCall | None:
        """The call, or None where Twilio does not know it. Raises CarrierError."""
        try:
            with failures_told_apart():
                return _call(self._client.calls(carrier_id).fetch())
        except NotFound:
            return None

    def fetch_recording(self, carrier_id: str) -> Recording | None:
        """The sound as MP3, or None where Twilio does not have it (yet, any more).

        The address is made from the id alone: one that a webhook brought could lead
        anywhere. Raises CarrierError, also for what is no sound.
        """
        account, _token = self._signed_in
        path = f"{API}/2010-04-01/Accounts/{account}/Recordings/{carrier_id}.mp3"
        try:
            with failures_told_apart():
                sound, kind = self._http.download(path, auth=self._signed_in)
        except NotFound:
            return None
        if not kind.startswith("audio/"):
            raise CarrierError("This is no sound.", code=UNREADABLE)
        return Recording(sound=sound, content_type=kind)

    def _listed(
        self, filters: dict[str, Any], since: datetime
    ) -> Iterable[CarrierMessage]:
        """All records back to `since`, relying on the list being newest first."""
        messages, page = self._client.messages, None
        for _number in range(MAX_PAGES):
            page = (
                page.next_page()
                if page
                else messages.page(page_size=PAGE_SIZE, **filters)
            )
            records = [_message(record) for record in page]
            yield from records
            if records and (_moment(records[-1]) or since) < since:
                return
            if not page.next_page_url:
                return
        raise CarrierError(
            "more messages than expected", code=UNREADABLE, trouble=Trouble.UNKNOWN
        )


def _create_fields(text: OutboundText) -> dict[str, Any]:
    fields: dict[str, Any] = {"to": text.to, "status_callback": text.status_callback}
    if text.sender.startswith("MG"):
        fields["messaging_service_sid"] = text.sender
    else:
        fields["from_"] = text.sender
    if text.body:
        fields["body"] = text.body
    if text.validity_seconds is not None:
        fields["validity_period"] = text.validity_seconds
    if text.media_urls:
        fields["media_url"] = list(text.media_urls)
    return fields


def _sender_fields(sender: str) -> dict[str, str]:
    """A messaging service is no sender to filter by: it picks one of its numbers."""
    return {} if sender.startswith("MG") else {"from_": sender}


def _is_ours_since(message: CarrierMessage, since: datetime) -> bool:
    """A message without any time stays in: better looked at twice than sent twice."""
    moment = _moment(message)
    return message.direction in _SENT_BY_US and (moment is None or moment >= since)


def _moment(message: CarrierMessage) -> datetime | None:
    return message.created_at or message.sent_at


def _message(record: Any) -> CarrierMessage:
    return CarrierMessage(
        carrier_id=_required(record.sid),
        to=record.to or "",
        sender=record.from_ or "",
        body=record.body or "",
        status=record.status or "",
        error_code=str(record.error_code or ""),
        created_at=record.date_created,
        sent_at=record.date_sent,
        segments=_segments(record.num_segments),
        direction=record.direction or "",
        price=_price(record.price),
    )


def _call(record: Any) -> CarrierCall:
    return CarrierCall(
        carrier_id=_required(record.sid),
        status=record.status or "",
        started_at=record.start_time,
        ended_at=record.end_time,
        duration_seconds=_count(record.duration),
    )


def _required(sid: object) -> str:
    if not isinstance(sid, str) or not sid:
        raise ValueError("an answer without an id")
    return sid


def _segments(count: str | int | None) -> int | None:
    """Zero is what Twilio says before a messaging service has chosen a sender."""
    return _count(count) or None


def _count(number: str | int | None) -> int | None:
    """A detail that cannot be read must not cost us the answer it is in."""
    try:
        return None if number is None else int(number)
    except (TypeError, ValueError):
        return None


def _price(price: str | None) -> Decimal | None:
    try:
        return Decimal(price) if price else None
    except (InvalidOperation, TypeError, ValueError):
        return None
