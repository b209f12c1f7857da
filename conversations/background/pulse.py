"""Signs of life of the workers, and the state of the queue for `/readyz`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_q.conf import Conf
from django_q.models import OrmQ

from conversations.models.pulse import WorkerPulse

# A supervisor that has not renewed its rows for this long is gone.
GONE_AFTER = timedelta(seconds=10)
# Working clusters do something every second; see `watch.STALL_SECONDS`.
STALLED_AFTER = timedelta(seconds=5)
SLOW_SECONDS = 30.0
# Rows of supervisors that were killed and never came back.
FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class QueueState:
    """Whether the work behind the web gets done."""

    alive: bool  # a supervisor is running somewhere
    stalled: bool  # none of the running ones has workers that work
    waiting: int  # tasks that are due and not taken
    oldest_waiting_seconds: float  # how long the oldest of them is due, 0.0 if none
    last_pulse_seconds: float | None  # since a worker last did something
    problem: str  # one sentence, "" if there is none


def beat() -> None:
    """The task that an idle cluster gives itself to show that it works."""


def renew(
    name: str, *, state: WorkerPulse.State, worked_at: datetime | None, now: datetime
) -> None:
    """Store both rows of the supervisor `name` in one statement.

    Raises Django's database errors.
    """
    kinds = WorkerPulse.Kind
    rows = [WorkerPulse(name=name, kind=kinds.SUPERVISOR, state=state, at=now)]
    if worked_at is not None:
        rows.append(
            WorkerPulse(
                name=_workers_of(name), kind=kinds.WORKER, state=state, at=worked_at
            )
        )
    WorkerPulse.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["state", "at"],
    )


def retire(name: str) -> None:
    """Remove the rows of a supervisor that stops. Raises Django's database errors."""
    WorkerPulse.objects.filter(name__in=[name, _workers_of(name)]).delete()


def forget_the_dead(now: datetime) -> None:
    """Remove rows nobody renews any more. Raises Django's database errors."""
    WorkerPulse.objects.filter(at__lt=now - FORGET_AFTER).delete()


def queue_state(now: datetime) -> QueueState:
    """How the queue and its workers are doing. Raises Django's database errors."""
    pulses = list(WorkerPulse.objects.filter(at__gte=now - FORGET_AFTER))
    running = [
        pulse
        for pulse in pulses
        if pulse.kind == WorkerPulse.Kind.SUPERVISOR and now - pulse.at <= GONE_AFTER
    ]
    beats = {p.name: p.at for p in pulses if p.kind == WorkerPulse.Kind.WORKER}
    working = [pulse for pulse in running if _works(pulse, beats, now)]
    waiting, oldest = _waiting(now)
    last = max(beats.values(), default=None)
    return QueueState(
        alive=bool(running),
        stalled=bool(running) and not working,
        waiting=waiting,
        oldest_waiting_seconds=oldest,
        last_pulse_seconds=None if last is None else (now - last).total_seconds(),
        problem=_problem(running, working, oldest),
    )


def _workers_of(supervisor: str) -> str:
    return f"{supervisor} workers"


def _works(supervisor: WorkerPulse, beats: dict[str, datetime], now: datetime) -> bool:
    if supervisor.state != WorkerPulse.State.WORKING:
        return False
    beat_at = beats.get(_workers_of(supervisor.name))
    return beat_at is not None and now - beat_at <= STALLED_AFTER


def _waiting(now: datetime) -> tuple[int, float]:
    """How many tasks are due, and for how many seconds the oldest of them is."""
    due = OrmQ.objects.using(Conf.ORM).filter(key=Conf.CLUSTER_NAME, lock__lte=now)
    found = due.aggregate(count=Count("id"), oldest=Min("lock"))
    age = (now - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return found["count"], age


def _problem(
    running: list[WorkerPulse], working: list[WorkerPulse], oldest: float
) -> str:
    if not running:
        return _("No worker is running. Start one with: manage.py work")
    if not working:
        return _("The workers have stopped and are being started again.")
    if lost := len(running) - len(working):
        return ngettext(
            "%(count)d group of workers is being started again; others work.",
            "%(count)d groups of workers are being started again; others work.",
            lost,
        ) % {"count": lost}
    if oldest > SLOW_SECONDS:
        return _(
            "The oldest task has waited for %(seconds)d seconds: there is more to do"
            " than the workers can keep up with."
        ) % {"seconds": oldest}
    return ""
