"""What a carrier tells us, read out of its form fields.

Field names: https://www.twilio.com/docs/voice/twiml#request-parameters,
https://www.twilio.com/docs/voice/twiml/number and
https://www.twilio.com/docs/messaging/guides/webhook-request. Unknown fields are
ignored, since the set grows without notice. Only after `signatures.is_genuine`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from conversations.gateway import fields
from conversations.gateway.fields import PayloadError

__all__ = [
    "CallProgress",
    "CallStarted",
    "DialEnded",
    "KeyPressed",
    "Media",
    "PayloadError",
    "Receipt",
    "RecordingReady",
    "TextReceived",
    "Transcribed",
    "VoicemailLeft",
]

MAX_MEDIA = 10
MAX_BODY = 4_000
MAX_TRANSCRIPT = 10_000
MAX_URL = 2_000
MAX_ADDRESS = 255


@dataclass(frozen=True)
class CallStarted:
    """Somebody rings one of our numbers. `stir`: the caller ID's attestation."""

    call_id: str
    caller_raw: str
    called: str
    forwarded_from: str
    caller_name: str
    status: str
    account_id: str
    stir: str

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a CallSid."""
        return cls(
            call_id=fields.required_id(params, "CallSid"),
            caller_raw=fields.text(params, "From", MAX_ADDRESS),
            called=fields.text(params, "To", MAX_ADDRESS),
            forwarded_from=fields.text(params, "ForwardedFrom", MAX_ADDRESS),
            caller_name=fields.text(params, "CallerName", MAX_ADDRESS),
            status=fields.word(params, "CallStatus"),
            account_id=fields.optional_id(params, "AccountSid"),
            stir=fields.text(params, "StirVerstat", fields.MAX_WORD),
        )


@dataclass(frozen=True)
class DialEnded:
    """Ringing the desk is over. `bridged` is None where the carrier does not say."""

    call_id: str
    dial_status: str
    dial_call_id: str
    bridged: bool | None
    duration_seconds: int | None
    call_status: str

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a CallSid."""
        bridged = fields.word(params, "DialBridged")
        return cls(
            call_id=fields.required_id(params, "CallSid"),
            dial_status=fields.word(params, "DialCallStatus"),
            dial_call_id=fields.optional_id(params, "DialCallSid"),
            bridged={"true": True, "false": False}.get(bridged),
            duration_seconds=fields.number(params, "DialCallDuration"),
            call_status=fields.word(params, "CallStatus"),
        )


@dataclass(frozen=True)
class CallProgress:
    """A status of the call itself (`leg_id` is empty) or of one phone it rings.

    `at` is aware UTC. Reports keep no order. The carrier's `Duration` counts minutes
    for its bill; only `CallDuration` counts seconds.
    """

    call_id: str
    leg_id: str
    status: str
    duration_seconds: int | None
    answered_by: str
    caller_raw: str
    called: str
    forwarded_from: str
    at: datetime | None

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a CallSid."""
        call_id, leg_id = fields.call_and_leg(params)
        return cls(
            call_id=call_id,
            leg_id=leg_id,
            status=fields.word(params, "CallStatus"),
            duration_seconds=fields.number(params, "CallDuration"),
            answered_by=fields.word(params, "AnsweredBy"),
            caller_raw=fields.text(params, "From", MAX_ADDRESS),
            called=fields.text(params, "To", MAX_ADDRESS),
            forwarded_from=fields.text(params, "ForwardedFrom", MAX_ADDRESS),
            at=fields.moment(params, "Timestamp"),
        )


@dataclass(frozen=True)
class KeyPressed:
    """Whoever picked up a staff phone pressed keys before being connected."""

    call_id: str
    leg_id: str
    digits: str

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a CallSid."""
        call_id, leg_id = fields.call_and_leg(params)
        return cls(
            call_id=call_id,
            leg_id=leg_id,
            digits=fields.text(params, "Digits", fields.MAX_WORD),
        )


@dataclass(frozen=True)
class VoicemailLeft:
    """The caller finished speaking. The file may not exist yet."""

    call_id: str
    recording_id: str
    recording_url: str
    seconds: int | None
    hung_up: bool

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a CallSid."""
        return cls(
            call_id=fields.required_id(params, "CallSid"),
            recording_id=fields.recording_id(params),
            recording_url=fields.text(params, "RecordingUrl", MAX_URL),
            seconds=fields.number(params, "RecordingDuration"),
            hung_up=fields.word(params, "Digits") == "hangup",
        )


@dataclass(frozen=True)
class RecordingReady:
    """A recording can be fetched, or there is none (`status` absent)."""

    call_id: str
    recording_id: str
    recording_url: str
    status: str
    seconds: int | None

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a CallSid."""
        return cls(
            call_id=fields.required_id(params, "CallSid"),
            recording_id=fields.recording_id(params),
            recording_url=fields.text(params, "RecordingUrl", MAX_URL),
            status=fields.word(params, "RecordingStatus"),
            seconds=fields.number(params, "RecordingDuration"),
        )


@dataclass(frozen=True)
class Transcribed:
    """A recording in words; `status` is completed or failed."""

    call_id: str
    recording_id: str
    text: str
    status: str

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a CallSid."""
        return cls(
            call_id=fields.required_id(params, "CallSid"),
            recording_id=fields.recording_id(params),
            text=fields.text(params, "TranscriptionText", MAX_TRANSCRIPT),
            status=fields.word(params, "TranscriptionStatus"),
        )


@dataclass(frozen=True)
class Media:
    """A picture or file that came with a text: only where it lies, never fetched."""

    url: str
    content_type: str


@dataclass(frozen=True)
class TextReceived:
    """A text to one of our numbers.

    `opt_out_type` is STOP, START or HELP where the carrier has answered it itself.
    """

    message_id: str
    sender_raw: str
    called: str
    body: str
    media: tuple[Media, ...]
    opt_out_type: str | None
    account_id: str

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a MessageSid."""
        return cls(
            message_id=fields.required_id(params, "MessageSid", "SmsSid"),
            sender_raw=fields.text(params, "From", MAX_ADDRESS),
            called=fields.text(params, "To", MAX_ADDRESS),
            body=fields.text(params, "Body", MAX_BODY),
            media=_media(params),
            opt_out_type=fields.word(params, "OptOutType").upper() or None,
            account_id=fields.optional_id(params, "AccountSid"),
        )


@dataclass(frozen=True)
class Receipt:
    """What became of a text we sent. Receipts keep no order and may repeat."""

    message_id: str
    status: str
    error_code: str
    to: str
    sender: str

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Self:
        """Raises PayloadError without a MessageSid."""
        code = fields.word(params, "ErrorCode")
        return cls(
            message_id=fields.required_id(params, "MessageSid", "SmsSid"),
            status=fields.word(params, "MessageStatus")
            or fields.word(params, "SmsStatus"),
            error_code="" if code == "0" else code,
            to=fields.text(params, "To", MAX_ADDRESS),
            sender=fields.text(params, "From", MAX_ADDRESS),
        )


def _media(params: Mapping[str, str]) -> tuple[Media, ...]:
    count = min(fields.number(params, "NumMedia") or 0, MAX_MEDIA)
    found = (
        Media(
            url=fields.text(params, f"MediaUrl{place}", MAX_URL),
            content_type=fields.text(params, f"MediaContentType{place}", MAX_ADDRESS),
        )
        for place in range(count)
    )
    return tuple(media for media in found if media.url)
