"""The database's own queue, woken instead of polled."""

import logging
import os
import select
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import Error, connections, transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.humanhash import uuid
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from conversations.background.bells import (
    Bell,
    PostgresBell,
    RedisBell,
    SocketBell,
    ring_postgres,
    ring_redis,
    ring_socket,
)
from conversations.background.progress import TAKEN, Mark, progress

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
# An idle cluster gives itself something to do this often, to show that it works.
PROBE_SECONDS = 1.0
# A database that restarts is asked again after this long ...
_DATABASE_PAUSE_SECONDS = 0.25
# ... and an acknowledgement waits so long for it before the task is left to be
# repeated.
_ACKNOWLEDGE_SECONDS = 15.0

# One statement and one trip: PostgreSQL lets other clusters pass by rows that are
# being claimed. The array keeps the planner from running the inner query twice.
_CLAIM = """
UPDATE django_q_ormq SET lock = %s WHERE id = ANY(ARRAY(
    SELECT id FROM django_q_ormq WHERE key = %s AND lock <= %s
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)) RETURNING id, payload
"""

Task = tuple[int, str]


class Doorbell:
    """Waits for whichever bell rings first, and opens bells again that broke."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._bells: list[Bell] | None = None
        self._owner = 0

    def wait(self, seconds: float) -> None:
        """Come back when rung, or after `seconds`. Raises Django's database errors.

        Comes back at once when it has only begun to listen: what came earlier was
        not heard.
        """
        if self._bells is None or self._owner != os.getpid():
            # A bell inherited through a fork belongs to the parent: never close it.
            self._owner = os.getpid()
            self._bells = self._open()
            return
        if not self._bells:
            time.sleep(seconds)
            return
        for bell in select.select(self._bells, [], [], seconds)[0]:
            bell.hush()

    def close(self) -> None:
        """Stop listening until the next `wait`."""
        if self._bells and self._owner == os.getpid():
            for bell in self._bells:
                bell.close()
        self._bells = None

    def _open(self) -> list[Bell]:
        connection = connections[Conf.ORM]
        bells: list[Bell] = []
        if connection.vendor == "postgresql":
            bells.append(PostgresBell(connection, self._channel))
        elif connection.vendor == "sqlite":
            try:
                bells.append(SocketBell(str(connection.settings_dict["NAME"])))
            except OSError as error:
                logger.warning(
                    "Looking once a second, as nobody can wake us: %s", error
                )
        if settings.REDIS_URL:
            bells.append(RedisBell(settings.REDIS_URL, self._channel))
        return bells


class WakefulBroker(ORM):  # type: ignore[misc]  # django-q2 has no type hints
    """Stores tasks like django-q2's ORM broker; wakes and is woken."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key=list_key)
        self._doorbell = Doorbell(self._channel)
        self._handed_out_at = 0.0
        self._database_lost = False

    @property
    def _channel(self) -> str:
        return f"wake_{self.list_key}"

    def enqueue(self, task: str) -> int:
        """Store a signed task in the caller's transaction; wake workers at its commit.

        Returns the row's id. Raises Django's database errors.
        """
        row_id: int = super().enqueue(task)
        connection = connections[Conf.ORM]
        if connection.vendor == "postgresql":
            ring_postgres(connection, self._channel)
        if connection.vendor == "sqlite" or settings.REDIS_URL:
            transaction.on_commit(self._ring, using=Conf.ORM, robust=True)
        return row_id

    def _ring(self) -> None:
        connection = connections[Conf.ORM]
        if connection.vendor == "sqlite":
            ring_socket(str(connection.settings_dict["NAME"]))
        if settings.REDIS_URL:
            ring_redis(settings.REDIS_URL, self._channel)

    def dequeue(self) -> list[Task] | list[tuple[None, str]] | None:
        """Claim the oldest due tasks, waiting about a second for some to come.

        Never raises a database error: django-q2 would stop asking for ten seconds.
        """
        tasks: list[Task] = []
        try:
            tasks = self._claim() or self._claim_when_woken()
            self._database_lost = False
        except Error as error:
            self._wait_for_database(error)
        progress.mark(Mark.LOOKED)
        if not tasks and not self._probe_is_due():
            return None
        self._handed_out_at = time.monotonic()
        return tasks or [(None, _probe())]

    def acknowledge(self, task_id: int) -> None:
        """Remove a finished task; a database that restarts meanwhile is waited for.

        An error would end django-q2's monitor and repeat tasks that are done.
        """
        deadline = time.monotonic() + _ACKNOWLEDGE_SECONDS
        while True:
            try:
                OrmQ.objects.using(Conf.ORM).filter(pk=task_id).delete()
            except Error as error:
                if time.monotonic() > deadline:
                    logger.exception("Task row %s stays and will be repeated", task_id)
                    return
                self._wait_for_database(error)
            else:
                return

    def _claim_when_woken(self) -> list[Task]:
        self._doorbell.wait(POLL_SECONDS)
        return self._claim()

    def _claim(self) -> list[Task]:
        claim: Callable[[str], list[Task]] = (
            _claim_skipping_locked
            if connections[Conf.ORM].vendor == "postgresql"
            else _claim_row_by_row
        )
        tasks = claim(self.list_key)
        for row_id, _ in tasks:
            progress.note_task(row_id, TAKEN)
        return tasks

    def _probe_is_due(self) -> bool:
        idle = time.monotonic() - self._handed_out_at
        return progress.attached and idle >= PROBE_SECONDS

    def _wait_for_database(self, error: Error) -> None:
        if not self._database_lost:
            logger.warning("The database does not answer the queue: %s", error)
        self._database_lost = True
        self._doorbell.close()
        connections[Conf.ORM].close()
        time.sleep(_DATABASE_PAUSE_SECONDS)


def _claim_skipping_locked(key: str) -> list[Task]:
    now = timezone.now()
    until = now + timedelta(seconds=Conf.RETRY)
    with connections[Conf.ORM].cursor() as cursor:
        cursor.execute(_CLAIM, [until, key, now, Conf.BULK])
        return sorted(cursor.fetchall())


def _claim_row_by_row(key: str) -> list[Task]:
    """Read first: an idle queue then never takes SQLite's only write lock."""
    queue = OrmQ.objects.using(Conf.ORM)
    while True:
        now = timezone.now()
        due = queue.filter(key=key, lock__lte=now).order_by("id")[: Conf.BULK]
        rows = list(due.values_list("id", "payload", "lock"))
        until = now + timedelta(seconds=Conf.RETRY)
        claimed: list[Task] = [
            (row_id, payload)
            for row_id, payload, lock in rows
            # Another cluster that was faster has changed the lock.
            if queue.filter(id=row_id, lock=lock).update(lock=until)
        ]
        if claimed or not rows:
            return claimed


def release(row_ids: list[int]) -> int:
    """Make tasks due at once that a cluster took and can no longer finish.

    Returns how many there were. Raises Django's database errors.
    """
    now = timezone.now()
    taken = OrmQ.objects.using(Conf.ORM).filter(id__in=row_ids, lock__gt=now)
    return int(taken.update(lock=now))


def _probe() -> str:
    name, task_id = uuid()
    package: str = SignedPackage.dumps(
        {
            "id": task_id,
            "name": name,
            "func": "conversations.background.pulse.beat",
            "args": (),
            "kwargs": {},
            "started": timezone.now(),
            "save": False,
        }
    )
    return package
