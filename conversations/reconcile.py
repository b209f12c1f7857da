"""Texts whose fate we do not know: ask the carrier, never send blindly again.

A worker killed between the carrier's "accepted" and our note of it, a time-out, a
broken connection: the row says ``sending``. The carrier's own list is asked by
number, time and words; what it has is adopted, what it lacks twice is sent again.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from conversations import delivery
from conversations.gateway.base import CarrierError, CarrierMessage
from conversations.gateway.choice import carrier
from conversations.models import Message, PhoneLine
from conversations.receipts import apply_receipt
from conversations.segments import as_sent
from crm.atomic import in_one_transaction

logger = logging.getLogger(__name__)

# The carrier's clock may differ from ours by so much.
CLOCK_SLACK = timedelta(seconds=5)
# A list may lag behind an accepted text: only a second empty look is believed.
LOOKS = 2
# Asking about the carrier's list goes on for so long before a person has to look.
ASK_FOR = timedelta(hours=1)
# A receipt that did not come within a day will not come.
ASK_FOR_RECEIPT = timedelta(hours=24)


def look_up(message_id: int, *, now: datetime) -> None:
    """Settle one text that was claimed and never confirmed."""
    message = _stale(message_id, now=now)
    if message is None or message.claimed_at is None:
        return
    try:
        found = carrier().find_messages(
            to=message.phone,
            sender=message.line.number,
            since=message.claimed_at - CLOCK_SLACK,
        )
    except CarrierError as error:
        _look_failed(message, error, now=now)
        return
    match = _match(message, found)
    if match is not None:
        _adopt(message, match, now=now)
    else:
        _not_there(message, now=now)


def _stale(message_id: int, *, now: datetime) -> Message | None:
    settled = now - timedelta(seconds=settings.OUTBOX_SETTLE_SECONDS)
    return (
        Message.objects.select_related("line", "business", "conversation__lead")
        .filter(pk=message_id, state=Message.State.SENDING, claimed_at__lte=settled)
        .first()
    )


def _match(message: Message, found: list[CarrierMessage]) -> CarrierMessage | None:
    """The oldest text with these words that no other row of ours owns."""
    same = [m for m in found if m.to == message.phone and _says(m.body, message.body)]
    owned = set(
        Message.objects.filter(
            carrier=message.carrier, carrier_id__in=[m.carrier_id for m in same]
        ).values_list("carrier_id", flat=True)
    )
    free = [m for m in same if m.carrier_id not in owned]
    if len(free) > 1:
        logger.error("The carrier has %s texts for %s", len(free), message.ref)
    return min(free, key=lambda m: (m.created_at is None, m.created_at), default=None)


def _says(sent: str, written: str) -> bool:
    """Whether the carrier's words are ours: as written, or with a trial account's
    words in front, or with characters replaced to save segments ("smart encoding").
    """
    return as_sent(sent).endswith(as_sent(written))


@in_one_transaction
def _adopt(message: Message, match: CarrierMessage, *, now: datetime) -> None:
    # Two like texts in flight on one line must not take the same one for theirs.
    PhoneLine.objects.select_for_update().get(pk=message.line_id)
    taken = Message.objects.filter(carrier=message.carrier, carrier_id=match.carrier_id)
    if taken.exists():
        return
    logger.info("Found %s at the carrier", message.ref)
    apply_receipt(
        carrier_id=match.carrier_id,
        status=match.status,
        error_code=match.error_code,
        marker=str(message.public_id),
        now=now,
    )


def _not_there(message: Message, *, now: datetime) -> None:
    """After the second empty look the text goes back into the queue."""
    settle = timedelta(seconds=settings.OUTBOX_SETTLE_SECONDS)
    rows = Message.objects.filter(
        pk=message.pk,
        state=Message.State.SENDING,
        attempt=message.attempt,
        looks=message.looks,
    )
    if message.looks + 1 < LOOKS:
        rows.update(looks=message.looks + 1, due_at=now + settle)
    else:
        rows.update(state=Message.State.QUEUED, due_at=now)


def _look_failed(message: Message, error: CarrierError, *, now: datetime) -> None:
    """The list could not be read: that is no "not there". Ask again later."""
    logger.warning("Could not look up %s: %s", message.ref, error.code)
    if message.claimed_at is not None and now - message.claimed_at > ASK_FOR:
        delivery.unclear(message, now=now)


def ask_for_receipt(message_id: int, *, now: datetime) -> None:
    """A sent text without a final receipt: ask the carrier what became of it."""
    message = Message.objects.filter(pk=message_id, state=Message.State.SENT).first()
    if message is None:
        return
    if message.sent_at is None or now - message.sent_at > ASK_FOR_RECEIPT:
        Message.objects.filter(pk=message.pk).update(due_at=None)
        return
    try:
        known = carrier().fetch_message(message.carrier_id)
    except CarrierError as error:
        logger.warning("Could not ask about %s: %s", message.ref, error.code)
        return
    if known is None:
        return
    apply_receipt(
        carrier_id=known.carrier_id,
        status=known.status,
        error_code=known.error_code,
        marker="",
        now=now,
    )
