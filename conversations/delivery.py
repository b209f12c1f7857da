"""What an answer or a receipt of the carrier means for us.

Every end of an outbound text goes through here: the message's state moves forward,
the episode gets its end, the timeline a line and, when a person has to act, the desk
a task.
"""

from datetime import datetime, timedelta
from typing import Any

from conversations.episodes import settle
from conversations.gateway.base import CarrierError, Trouble, trouble_for
from conversations.gateway.errors import TOO_LATE, UNCLEAR, explain
from conversations.models import Episode, Message, PhoneLine
from conversations.reasons import Reason
from crm import consent
from crm.atomic import in_one_transaction
from crm.desk import open_task
from crm.models import ConsentEvent, DeskTask, Lead, LeadEvent
from crm.timeline import log

# A sent text without a final receipt is asked about after this long.
RECEIPT_EXPECTED_WITHIN = timedelta(minutes=15)

_SETUP = frozenset({Trouble.SENDER, Trouble.ACCOUNT})
_NO_TEXTS = frozenset({Trouble.NOT_TEXTABLE, Trouble.INVALID_NUMBER})
# Twilio: 10DLC or toll-free registration missing, nothing will be delivered.
_REGISTRATION_CODES = frozenset({"30032", "30034", "30035"})


@in_one_transaction
def accepted(message: Message, *, carrier_id: str, now: datetime) -> bool:
    """The carrier took the text. False when a receipt had said so already."""
    moved = Message.objects.advance(
        message.pk,
        state=Message.State.SENT,
        carrier_id=carrier_id,
        sent_at=now,
        due_at=now + RECEIPT_EXPECTED_WITHIN,
        error_code="",
    )
    if not moved:
        return False
    _tell(message, "sent", now=now)
    _end_episode(message, Episode.State.TEXTED)
    return True


@in_one_transaction
def delivered(message: Message, *, now: datetime) -> None:
    """The final receipt says that the phone has it, whatever was said before."""
    moved = Message.objects.advance(
        message.pk,
        state=Message.State.DELIVERED,
        delivered_at=now,
        due_at=None,
        error_code="",
    )
    if not moved:
        return
    _tell(message, "delivered", now=now)
    _end_episode(message, Episode.State.TEXTED)


@in_one_transaction
def not_delivered(message: Message, *, state: str, code: str, now: datetime) -> None:
    """A receipt says that the text did not arrive (``state``: failed, undelivered).

    What it teaches about the number is learned once: a repeat must not undo what the
    person has said since.
    """
    moved = Message.objects.advance(
        message.pk, state=state, error_code=code[:20], due_at=None
    )
    if moved:
        if code:
            _learn(message, trouble=trouble_for(code), code=code, now=now)
        _failed(message, code=code, now=now)


@in_one_transaction
def refused(message: Message, error: CarrierError, *, now: datetime) -> None:
    """The carrier said no for good."""
    moved = Message.objects.advance(
        message.pk, state=Message.State.FAILED, error_code=error.code, due_at=None
    )
    if moved:
        _learn(message, trouble=error.trouble, code=error.code, now=now)
        _failed(message, code=error.code, now=now)


@in_one_transaction
def give_up(message: Message, *, now: datetime) -> None:
    """Too old to be sent: the desk takes over."""
    if _leave_queue(message, state=Message.State.FAILED, error_code=TOO_LATE):
        _failed(message, code=TOO_LATE, now=now)


@in_one_transaction
def unclear(message: Message, *, now: datetime) -> None:
    """Nobody can say whether the carrier took it: never again blindly, ask a person."""
    moved = Message.objects.advance(
        message.pk, state=Message.State.UNKNOWN, error_code=UNCLEAR, due_at=None
    )
    if moved:
        _failed(message, code=UNCLEAR, now=now)


@in_one_transaction
def cancel(message: Message, *, reason: Reason, now: datetime) -> None:
    """It may no longer leave, because of ``reason``; one that has left stays."""
    cancelled = _leave_queue(message, state=Message.State.CANCELLED)
    if cancelled and message.kind == Message.Kind.TEXT_BACK:
        _end_episode(message, Episode.State.NOT_TEXTED, reason=reason)
        _tell(message, "cancelled", now=now, data={"reason": reason.value})


def _end_episode(message: Message, state: str, *, reason: str = "") -> None:
    """What became of a text-back is what became of its episode."""
    if message.kind == Message.Kind.TEXT_BACK and message.episode_id is not None:
        settle(message.episode_id, state, reason=reason)


def _leave_queue(message: Message, **values: Any) -> bool:
    """End a text that nobody has claimed. A claimed one may be on its way already."""
    queued = Message.objects.filter(pk=message.pk, state=Message.State.QUEUED)
    return bool(queued.update(due_at=None, **values))


def _lead(message: Message) -> Lead:
    return message.conversation.lead


def _tell(
    message: Message, step: str, *, now: datetime, data: dict[str, str] | None = None
) -> None:
    is_answer = message.kind == Message.Kind.TEXT_BACK
    kinds = {
        "sent": LeadEvent.Kind.TEXT_BACK_SENT
        if is_answer
        else LeadEvent.Kind.TEXT_SENT,
        "delivered": LeadEvent.Kind.TEXT_DELIVERED,
        "failed": LeadEvent.Kind.TEXT_BACK_FAILED
        if is_answer
        else LeadEvent.Kind.TEXT_FAILED,
        "cancelled": LeadEvent.Kind.TEXT_BACK_SKIPPED,
    }
    log(
        LeadEvent(
            kind=kinds[step],
            business=message.business,
            lead=_lead(message),
            key=f"{message.ref}:{step}",
            at=now,
            ref=f"episode:{message.episode_id}" if message.episode_id else message.ref,
            data=data or {},
        )
    )


def _failed(message: Message, *, code: str, now: datetime) -> None:
    _tell(message, "failed", now=now)
    _end_episode(message, Episode.State.FAILED)
    open_task(
        DeskTask.Kind.TEXT_FAILED,
        business=message.business,
        lead=_lead(message),
        ref=message.ref,
        detail=str(explain(code)),
        now=now,
        priority=2,
    )


def _learn(message: Message, *, trouble: Trouble, code: str, now: datetime) -> None:
    if trouble == Trouble.OPTED_OUT:
        consent.record(
            ConsentEvent(
                kind=ConsentEvent.Kind.OPT_OUT,
                business=message.business,
                phone=message.phone,
                how=ConsentEvent.How.CARRIER,
                at=now,
                text=code,
                ref=message.ref,
            )
        )
    if trouble in _NO_TEXTS:
        Lead.objects.filter(pk=_lead(message).pk).update(not_textable=trouble.value)
    if code in _REGISTRATION_CODES:
        # A manager's "off" stays.
        PhoneLine.objects.filter(
            pk=message.line_id, texting=PhoneLine.Texting.ON
        ).update(texting=PhoneLine.Texting.NOT_REGISTERED)
    if trouble in _SETUP:
        open_task(
            DeskTask.Kind.SETUP,
            business=message.business,
            ref=f"line:{message.line_id}:{code}",
            detail=str(explain(code)),
            now=now,
            priority=5,
        )
