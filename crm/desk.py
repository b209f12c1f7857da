"""Tasks for the front desk: opened by events, closed only by people."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest

from crm.models import Business, DeskTask, Lead, LeadEvent
from crm.timeline import log


def open_task(
    kind: str,
    *,
    business: Business,
    ref: str,
    now: datetime,
    lead: Lead | None = None,
    detail: str = "",
    **more: Any,
) -> DeskTask:
    """Open a task about ``ref``, or bring back the one that is there.

    One task per kind and thing: what comes again raises the priority and reopens a
    task that somebody had closed. ``more``: ``priority``, ``preferred_time``.
    """
    task = DeskTask(
        business=business,
        kind=kind,
        ref=ref,
        lead=lead,
        detail=detail[:400],
        created_at=now,
        **more,
    )
    known = DeskTask.objects.filter(business=business, kind=kind, ref=ref)
    DeskTask.objects.bulk_create([task], ignore_conflicts=True)
    known.exclude(created_at=now).update(
        state=DeskTask.State.OPEN,
        done_at=None,
        done_by=None,
        detail=detail[:400],
        priority=Greatest(F("priority"), more.get("priority", 1)),
    )
    return known.get()


def finish_task(task: DeskTask, *, user: Any, now: datetime) -> bool:
    """Mark a task done by ``user``; False when somebody already had."""
    done = DeskTask.objects.filter(pk=task.pk, state=DeskTask.State.OPEN).update(
        state=DeskTask.State.DONE, done_at=now, done_by=user
    )
    if done:
        log(
            LeadEvent(
                kind=LeadEvent.Kind.TASK_DONE,
                business=task.business,
                lead=task.lead,
                key=f"task:{task.pk}:done:{now.isoformat()}",
                at=now,
                ref=task.ref,
                data={"task": task.kind},
            )
        )
    return bool(done)
