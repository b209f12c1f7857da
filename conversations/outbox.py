"""The one door through which texts leave.

A message row is the truth and the queue only a wake-up. ``deliver`` claims the row
with a conditional UPDATE, asks the carrier, and writes down the answer. Whoever dies
in between leaves a row that the sweep finds: ``queued`` is delivered again,
``sending`` is first looked up at the carrier (conversations.reconcile), because no
carrier offers an idempotency key for texts.
"""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from conversations import delivery
from conversations.gateway.base import Accepted, CarrierError, OutboundText, Trouble
from conversations.gateway.choice import carrier
from conversations.models import Call, Conversation, Episode, Message, PhoneLine
from conversations.pacing import hold_line, next_slot, take_slot
from conversations.reasons import Reason
from conversations.segments import measure
from crm.consent import is_opted_out, latest_answer
from crm.models import ConsentEvent

logger = logging.getLogger(__name__)

# A worker delivers at once; the sweep looks after this in case the wake-up was lost.
SWEEP_AFTER = timedelta(seconds=5)
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 60.0
GOOD_FOR = timedelta(hours=1)
RINGS_AGAIN_AFTER = timedelta(seconds=5)

# The one answer that a person who stopped may get, and the only texts that pass.
_AFTER_OPT_OUT = frozenset({Message.Kind.OPT_OUT_CONFIRMATION})
# Consent is looked at by the decision itself, in the same transaction.
_DECIDED = frozenset({Message.Kind.TEXT_BACK})

# What sending and noting the answer needs to have at hand.
NEEDED = ("line", "business", "episode", "conversation__lead")


class OptedOutError(Exception):
    """The number asked for no more texts."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A text to be written. After ``good_for`` an unsent one is given up."""

    conversation: Conversation
    line: PhoneLine
    kind: str
    body: str
    episode: Episode | None = None
    author: Any = None
    good_for: timedelta = GOOD_FOR


def queue(draft: Draft, *, now: datetime) -> Message:
    """Write a text to be sent; call inside a transaction, then wake ``deliver``.

    Raises ``OptedOutError`` for a number that stopped.
    """
    conversation = draft.conversation
    business = conversation.business
    heeds_stop = draft.kind not in _AFTER_OPT_OUT | _DECIDED
    if heeds_stop and is_opted_out(business=business, phone=conversation.phone):
        raise OptedOutError(conversation.phone)
    message = Message.objects.create(
        business=business,
        conversation=conversation,
        line=draft.line,
        episode=draft.episode,
        direction=Message.Direction.OUT,
        kind=draft.kind,
        phone=conversation.phone,
        body=draft.body,
        state=Message.State.QUEUED,
        author=draft.author,
        segments=measure(draft.body).segments,
        due_at=now + SWEEP_AFTER,
        send_before=now + draft.good_for,
        created_at=now,
    )
    if conversation.last_message_at != now:
        Conversation.objects.filter(pk=conversation.pk).update(last_message_at=now)
    return message


def deliver(message_id: int, *, now: datetime | None = None) -> None:
    """Send one queued text if its turn has come; safe to call any number of times.

    Must not run inside a transaction: the claim has to be visible to others, and
    survive us, before the carrier is asked.
    """
    now = now or timezone.now()
    message = (
        Message.objects.select_related(*NEEDED)
        .filter(pk=message_id, state=Message.State.QUEUED)
        .first()
    )
    if message is None:
        return
    if not _is_too_old(message, now=now) and _rings_again(message):
        # Dropped when that call is answered, sent when it is not.
        _postpone(message, until=now + RINGS_AGAIN_AFTER)
    else:
        send_now(message, now=now)


def send_now(message: Message, *, now: datetime) -> None:
    """Send a queued text that was read or written a moment ago, as ``deliver`` does."""
    if _is_too_old(message, now=now):
        delivery.give_up(message, now=now)
    elif message.episode is not None and message.episode.answered_at is not None:
        # The caller got through while this waited for another try.
        delivery.cancel(message, reason=Reason.ANSWERED_MEANWHILE, now=now)
    elif _may_go(message, now=now) and _claim(message, now=now):
        _send(message)


def _is_too_old(message: Message, *, now: datetime) -> bool:
    return message.send_before is not None and now >= message.send_before


def _rings_again(message: Message) -> bool:
    """Whether the caller of a waiting text-back is ringing or talking right now."""
    if message.kind != Message.Kind.TEXT_BACK:
        return False
    calls = Call.objects.filter(business_id=message.business_id, caller=message.phone)
    return calls.with_desk().exists()


def _postpone(message: Message, *, until: datetime) -> None:
    Message.objects.filter(pk=message.pk, state=Message.State.QUEUED).update(
        due_at=until
    )


def _may_go(message: Message, *, now: datetime) -> bool:
    if take_slot(message.line, now=now):
        return True
    ahead = Message.objects.filter(
        line_id=message.line_id, state=Message.State.QUEUED, pk__lt=message.pk
    ).count()
    _postpone(message, until=next_slot(message.line, now=now, ahead=ahead))
    return False


def _claim(message: Message, *, now: datetime) -> bool:
    """Take the row, unless somebody else did or the person has stopped texts."""
    open_rows = Message.objects.filter(pk=message.pk, state=Message.State.QUEUED)
    allowed = open_rows
    heeds_stop = message.kind not in _AFTER_OPT_OUT
    if heeds_stop:
        allowed = open_rows.annotate(answer=latest_answer_for_message()).exclude(
            answer=ConsentEvent.Kind.OPT_OUT
        )
    message.attempt += 1
    claimed = allowed.update(
        state=Message.State.SENDING,
        attempt=message.attempt,
        claimed_at=now,
        looks=0,
        carrier=carrier().name,
        due_at=now + timedelta(seconds=settings.OUTBOX_SETTLE_SECONDS),
    )
    if claimed:
        return True
    if heeds_stop and is_opted_out(business=message.business, phone=message.phone):
        delivery.cancel(message, reason=Reason.OPTED_OUT, now=now)
    return False


def latest_answer_for_message() -> Any:
    """The number's last consent answer, as a subquery on messages."""
    return latest_answer(business="business_id", phone="phone")


def _send(message: Message) -> None:
    text = OutboundText(
        to=message.phone,
        sender=message.line.number,
        body=message.body,
        status_callback=status_callback(message),
        validity_seconds=settings.TEXT_VALIDITY_SECONDS,
    )
    try:
        accepted = carrier().send(text)
    except CarrierError as error:
        _refused(message, error, now=timezone.now())
    else:
        confirm(message, accepted, now=timezone.now())


def status_callback(message: Message) -> str:
    """Where receipts go. Our id travels along: Twilio has no field for it.

    ``#rc`` asks Twilio to repeat a receipt after 5xx and time-outs; the fragment is
    neither sent nor signed: twilio.com/docs/usage/webhooks, connection overrides.
    """
    path = reverse("twilio-sms-status")
    return f"{settings.SITE_URL}{path}?m={message.public_id}#rc=3&rp=5xx,ct,rt"


def confirm(message: Message, accepted: Accepted, *, now: datetime) -> None:
    """Write down that the carrier has the text, unless a receipt already did."""
    delivery.accepted(message, carrier_id=accepted.carrier_id, now=now)


def _refused(message: Message, error: CarrierError, *, now: datetime) -> None:
    if error.outcome_unknown:
        # Still "sending": the sweep asks the carrier before anything is sent again.
        logger.warning("No clear answer for %s: %s", message.ref, error.code)
    elif error.trouble == Trouble.TRANSIENT:
        _try_again(message, error, now=now)
    else:
        delivery.refused(message, error, now=now)


def _try_again(message: Message, error: CarrierError, *, now: datetime) -> None:
    """The carrier surely did not take it: back into the queue, later."""
    wait = error.retry_after or backoff_seconds(message.attempt)
    later = now + timedelta(seconds=wait)
    if error.retry_after:
        hold_line(message.line, until=later)
    if message.send_before is not None:
        # No try comes after it, and the desk must not wait for one.
        later = min(later, message.send_before)
    Message.objects.filter(
        pk=message.pk, state=Message.State.SENDING, attempt=message.attempt
    ).update(state=Message.State.QUEUED, due_at=later, error_code=error.code)


def backoff_seconds(attempt: int) -> float:
    """1, 2, 4 ... 60 seconds, each between half and full ("jitter")."""
    longest = min(FIRST_BACKOFF_SECONDS * 2.0 ** (attempt - 1), LONGEST_BACKOFF_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
