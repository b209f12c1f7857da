"""The tick: find whatever is due and wake a worker for it.

Rows carry the moment at which somebody has to look at them again. Each is moved on
by a conditional UPDATE in the transaction that enqueues its task, so that several
machines may tick at once and a backlog never multiplies.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from conversations.background import run_later
from conversations.models import Call, Episode, Message

BATCH = 200
# A task that was lost is found again after this long.
AGAIN_AFTER = timedelta(seconds=15)
RECEIPT_AGAIN_AFTER = timedelta(minutes=30)

_TASKS = {
    Message.State.QUEUED: "conversations.tasks.deliver",
    Message.State.SENDING: "conversations.tasks.look_up",
    Message.State.SENT: "conversations.tasks.ask_for_receipt",
}


def run_due_work(now: datetime) -> None:
    """Enqueue everything that is due at ``now`` (aware); cheap when nothing is."""
    _wake(Episode, "next_check_at", lambda row: "conversations.tasks.answer", now=now)
    _wake(Call, "next_check_at", lambda row: "conversations.tasks.close_call", now=now)
    _wake(Message, "due_at", lambda row: _TASKS[row.state], now=now)


def _wake(
    model: type[models.Model], due: str, task: Callable[[Any], str], *, now: datetime
) -> None:
    rows = model._default_manager.filter(**{f"{due}__lte": now})
    if model is Message:
        rows = rows.filter(state__in=_TASKS)
    for row in rows.order_by(due, "pk")[:BATCH]:
        again = now + _pause(row)
        with transaction.atomic():
            mine = model._default_manager.filter(
                **{"pk": row.pk, due: getattr(row, due)}
            ).update(**{due: again})
            if mine:
                run_later(task(row), row.pk)


def _pause(row: models.Model) -> timedelta:
    if isinstance(row, Message) and row.state == Message.State.SENT:
        return RECEIPT_AGAIN_AFTER
    return AGAIN_AFTER
