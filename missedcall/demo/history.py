"""A few days of calls and texts, told to the product as the carrier would.

Everything goes through the use cases, with moments in the past and with a carrier
that took and delivered each text, so that what staff see is what they would see.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from booking.callbacks import Request, ask_for_call_back
from booking.models import BookingLink
from conversations import answering, delivery, inbox, receipts, voice
from conversations.gateway.payloads import (
    CallProgress,
    CallStarted,
    DialEnded,
    KeyPressed,
    TextReceived,
    VoicemailLeft,
)
from conversations.models import Call, Message, PhoneLine
from crm.models import Lead, LeadEvent

_RING = timedelta(seconds=20)
_numbers = count(1)


def _next_id(kind: str) -> str:
    return f"{kind}{next(_numbers):032x}"


@dataclass(frozen=True)
class Caller:
    """Somebody on the phone with one line of a business."""

    line: PhoneLine
    number: str
    name: str = ""

    def misses(self, at: datetime) -> Call:
        """Nobody takes the call; the text goes and arrives."""
        event, call = self._rings(at)
        if call.line.plan == PhoneLine.Plan.RING:
            voice.dial_ended(event, _dial(event, "no-answer"), now=at + _RING)
        self._hangs_up(event, at + 2 * _RING)
        return self._is_texted(call, at + _RING)

    def leaves_voicemail(self, at: datetime, *, seconds: int, words: str) -> Call:
        """Nobody takes the call, and the caller speaks for `seconds`."""
        event, call = self._rings(at)
        voice.voicemail_left(
            VoicemailLeft(
                call_id=event.call_id,
                recording_id=_next_id("RE"),
                recording_url="",
                seconds=seconds,
                hung_up=True,
            ),
            now=at + _RING + timedelta(seconds=seconds),
        )
        Call.objects.filter(pk=call.pk).update(transcript=words)
        self._hangs_up(event, at + _RING + timedelta(seconds=seconds + 1))
        return self._is_texted(call, at + _RING + timedelta(seconds=seconds))

    def is_answered(self, at: datetime) -> Call:
        """Somebody at the desk presses 1 and talks for two minutes."""
        event, call = self._rings(at)
        leg = _next_id("CA")
        pressed = KeyPressed(call_id=event.call_id, leg_id=leg, digits="1")
        voice.key_pressed(pressed, now=at + timedelta(seconds=6))
        voice.dial_ended(
            event,
            _dial(event, "completed", bridged=True),
            now=at + timedelta(minutes=2),
        )
        self._hangs_up(event, at + timedelta(minutes=2, seconds=1))
        self._introduce()
        _date_leads(call, at=at)
        return call

    def texts(self, at: datetime, words: str) -> Message:
        """A text from the caller's phone arrives."""
        received = inbox.receive(
            TextReceived(
                message_id=_next_id("SM"),
                sender_raw=self.number,
                called=self.line.number,
                body=words,
                media=(),
                opt_out_type=None,
                account_id="",
            ),
            now=at,
        )
        assert received is not None  # noqa: S101 - the line is ours, the id is new
        for waiting in Message.objects.filter(
            conversation=received.conversation, state=Message.State.QUEUED
        ):
            _arrives(waiting, at=at)
        return received

    def asks_for_call_back(self, at: datetime, *, preferred_time: str) -> None:
        """The caller opens the link in the text and fills in the form."""
        link = BookingLink.objects.select_related("business", "lead").get(
            business=self.line.business, lead__phone=self.number
        )
        asked = Request(
            name=self.name, phone=self.number, preferred_time=preferred_time
        )
        ask_for_call_back(link, asked, now=at)

    def gets_reply(self, at: datetime, words: str, *, author: object) -> None:
        """Somebody at the desk writes back."""
        thread = self.line.conversations.get(phone=self.number)
        _arrives(inbox.reply(thread, body=words, author=author, now=at), at=at)

    def _rings(self, at: datetime) -> tuple[CallStarted, Call]:
        event = CallStarted(
            call_id=_next_id("CA"),
            caller_raw=self.number or "anonymous",
            called=self.line.number,
            forwarded_from=self.line.business.phone,
            caller_name="",
            status="ringing",
            account_id="",
            stir="",
        )
        call, _plan = voice.call_started(event, now=at)
        return event, call

    def _hangs_up(self, event: CallStarted, at: datetime) -> None:
        over = CallProgress(
            call_id=event.call_id,
            leg_id="",
            status="completed",
            duration_seconds=40,
            answered_by="",
            caller_raw=event.caller_raw,
            called=event.called,
            forwarded_from="",
            at=None,
        )
        voice.call_progressed(event, over, now=at)

    def _is_texted(self, call: Call, at: datetime) -> Call:
        """What the worker does with a missed call, done here and at that moment."""
        call.refresh_from_db()
        if call.episode_id is not None:
            message = answering.answer_episode(call.episode_id, now=at)
            if message is not None:
                _arrives(message, at=at)
        self._introduce()
        _date_leads(call, at=at)
        return call

    def _introduce(self) -> None:
        """The desk knows the caller's name by now."""
        Lead.objects.filter(
            business=self.line.business, phone=self.number, name=""
        ).update(name=self.name)


def _dial(event: CallStarted, status: str, *, bridged: bool | None = None) -> DialEnded:
    return DialEnded(
        call_id=event.call_id,
        dial_status=status,
        dial_call_id=_next_id("CA"),
        bridged=bridged,
        duration_seconds=110 if bridged else None,
        call_status="in-progress",
    )


def _arrives(message: Message, *, at: datetime) -> None:
    """The carrier takes a text within a second and the phone has it two later."""
    carrier_id = _next_id("SM")
    delivery.accepted(
        message, carrier_id=carrier_id, now=at + timedelta(milliseconds=700)
    )
    receipts.apply_receipt(
        carrier_id=carrier_id,
        status="delivered",
        error_code="",
        marker=str(message.public_id),
        now=at + timedelta(seconds=3),
    )


def _date_leads(call: Call, *, at: datetime) -> None:
    """A lead is as old as its first entry, not as the demo."""
    first = LeadEvent.objects.filter(
        business=call.business, lead__phone=call.caller
    ).order_by("at")
    oldest = first.select_related("lead").first()
    if oldest is not None and oldest.lead is not None:
        Lead.objects.filter(pk=oldest.lead.pk).update(created_at=min(oldest.at, at))
