"""Receipts: reports of the carrier about a text, in any order, any number of times."""

import logging
import uuid
from datetime import datetime

from conversations import delivery
from conversations.gateway.choice import carrier
from conversations.models import Message, Receipt
from crm.atomic import in_one_transaction

logger = logging.getLogger(__name__)

# Twilio's statuses (twilio.com/docs/messaging/api/message-resource) as our states.
_STATES = {
    "sent": Message.State.SENT,
    "delivered": Message.State.DELIVERED,
    "read": Message.State.DELIVERED,
    "undelivered": Message.State.UNDELIVERED,
    "failed": Message.State.FAILED,
    "canceled": Message.State.FAILED,
}
# The carrier has the text, and nothing more is known yet.
_ACCEPTED = frozenset({"accepted", "queued", "sending", "scheduled"})


@in_one_transaction
def apply_receipt(
    *, carrier_id: str, status: str, error_code: str, marker: str, now: datetime
) -> bool:
    """Move a message forward by a receipt; False for a message we do not know.

    ``marker`` is our own id from the call-back address: it finds a text whose
    carrier id we never learned, because we died or the answer was lost.
    """
    message = _find(carrier_id, marker)
    if message is None:
        return False
    if message.carrier_id and message.carrier_id != carrier_id:
        logger.error("Two carrier ids for %s: one text too many", message.ref)
        return True
    Receipt.objects.bulk_create(
        [
            Receipt(
                message=message,
                carrier_id=carrier_id,
                status=status[:24],
                error_code=error_code[:20],
                at=now,
            )
        ],
        ignore_conflicts=True,
    )
    _adopt(message, carrier_id=carrier_id, status=status, now=now)
    _advance(message, status=status, error_code=error_code, now=now)
    return True


def _find(carrier_id: str, marker: str) -> Message | None:
    rows = Message.objects.outbound().select_related("business", "conversation__lead")
    try:
        marked = rows.filter(public_id=uuid.UUID(marker)).first() if marker else None
    except ValueError:
        marked = None
    return marked or rows.filter(carrier=carrier().name, carrier_id=carrier_id).first()


def _adopt(message: Message, *, carrier_id: str, status: str, now: datetime) -> None:
    """Any report proves that the carrier has the text."""
    if status in _ACCEPTED or status in _STATES:
        delivery.accepted(message, carrier_id=carrier_id, now=now)


def _advance(message: Message, *, status: str, error_code: str, now: datetime) -> None:
    state = _STATES.get(status)
    if state == Message.State.DELIVERED:
        delivery.delivered(message, now=now)
    elif state in (Message.State.UNDELIVERED, Message.State.FAILED):
        delivery.not_delivered(message, state=state, code=error_code, now=now)
