"""Keeps a cluster of workers working, and does what is due every second."""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType

from django.db import Error, connections
from django.utils import timezone

from conversations.background import pulse
from conversations.background.broker import release
from conversations.background.child import Child, is_running
from conversations.background.watch import STALL_SECONDS, LostAndFound, Watch
from conversations.models.pulse import WorkerPulse

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
_PULSE_SECONDS = 1.0
_DATABASE_PAUSE_SECONDS = 1.0
# A database that answers more slowly than this excuses those who wait for it.
_SLOW_DATABASE_SECONDS = 1.0
_POLITE_SECONDS = 10.0
# A cluster that ends before it has worked is started again more and more slowly.
_LONGEST_PAUSE_SECONDS = 5.0


def supervise(
    *,
    tick: Callable[[datetime], None],
    tick_seconds: float = 1.0,
    stop: threading.Event | None = None,
) -> None:
    """Run workers until SIGTERM, SIGINT or `stop`; call `tick(now)` meanwhile.

    `tick` is called about every `tick_seconds` with the present time (UTC), in this
    thread; what it raises is logged. Workers that stall or die are started again.
    Returns when all processes have ended, at most ten seconds after being asked to.
    """
    stopping = _Stopping(stop or threading.Event())
    supervisor = _Supervisor(tick=tick, tick_seconds=tick_seconds, stopping=stopping)
    with stopping:
        if supervisor.wait_for_database():
            supervisor.run()


class _Stopping:
    """Whether somebody asked us to stop, by a signal or by the event."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event
        # Not the event: setting it in a signal handler can wait for itself for ever.
        self._signals = 0
        self._before: dict[int, signal._HANDLER] = {}

    def __enter__(self) -> "_Stopping":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    @property
    def asked(self) -> bool:
        return self._signals > 0 or self._event.is_set()

    @property
    def at_once(self) -> bool:
        """Somebody asked twice: no more politeness."""
        return self._signals > 1


class _Supervisor:
    def __init__(
        self,
        *,
        tick: Callable[[datetime], None],
        tick_seconds: float,
        stopping: _Stopping,
    ) -> None:
        self._tick = tick
        self._tick_seconds = tick_seconds
        self._stopping = stopping
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self._child: Child | None = None
        self._watch = Watch(0.0)
        self._lost_and_found = LostAndFound(is_running)
        self._state = WorkerPulse.State.STARTING
        self._start_at = 0.0
        self._pause = 0.0
        self._tick_at = self._pulse_at = 0.0
        self._slow_until = 0.0

    def wait_for_database(self) -> bool:
        """Whether the database answered, with its tables, before we had to stop."""
        told = ""
        while not self._stopping.asked:
            try:
                pulse.forget_the_dead(timezone.now())
            except Error as error:
                if str(error) != told:
                    logger.warning("Waiting for the database: %s", error)
                told = str(error)
                _close_connections()
                time.sleep(_DATABASE_PAUSE_SECONDS)
            else:
                return True
        return False

    def run(self) -> None:
        """Look after the cluster, renew the pulse and tick, until asked to stop."""
        try:
            while not self._stopping.asked:
                self._look_after_cluster()
                self._renew_pulse()
                self._run_tick()
                time.sleep(_LOOK_SECONDS)
        finally:
            if self._child is not None:
                self._child.stop(
                    seconds=_POLITE_SECONDS, at_once=lambda: self._stopping.at_once
                )
                self._bury(self._child)
            self._retire()

    # --- The cluster ------------------------------------------------------------------
    def _look_after_cluster(self) -> None:
        now = time.monotonic()
        if self._child is None:
            if now >= self._start_at:
                self._child, self._watch = Child(), Watch(now)
                self._lost_and_found = LostAndFound(is_running)
            return
        trouble: str = self._trouble(self._child, now)
        if trouble:
            logger.error("The workers are started again: %s", trouble)
            self._put_down(self._child)
        elif self._child.marks().worked:
            self._pause = 0.0
            self._set_state(WorkerPulse.State.WORKING)

    def _trouble(self, child: Child, now: float) -> str:
        if (exit_code := child.exit_code()) is not None:
            return f"they ended with code {exit_code}"
        database_fine = now > self._slow_until
        return self._watch.trouble(child.marks(), now, database_fine=database_fine)

    def _put_down(self, child: Child) -> None:
        child.kill()
        self._child = None
        if not child.marks().worked:
            self._pause = min(self._pause * 2 + 1, _LONGEST_PAUSE_SECONDS)
        self._start_at = time.monotonic() + self._pause
        self._set_state(WorkerPulse.State.STALLED)
        self._bury(child)

    def _bury(self, child: Child) -> None:
        """What the cluster had taken is for others to do, now and not in a minute."""
        row_ids = list(child.open_tasks())
        child.close()
        self._on_database(lambda: _release(row_ids))

    def _return_lost_tasks(self, child: Child) -> None:
        lost = self._lost_and_found.lost(
            child.open_tasks(), child.marks(), time.monotonic()
        )
        if lost:
            self._on_database(lambda: _release(lost))

    def _set_state(self, state: WorkerPulse.State) -> None:
        if state != self._state:
            self._state = state
            # Whoever asks `/readyz` shall know at once.
            self._pulse_at = 0.0

    # --- The database -----------------------------------------------------------------
    def _renew_pulse(self) -> None:
        began = time.monotonic()
        if began < self._pulse_at:
            return
        self._pulse_at = began + _PULSE_SECONDS
        worked = self._child.marks().worked if self._child else 0.0
        now = timezone.now()
        worked_at = now - timedelta(seconds=began - worked) if worked else None
        self._on_database(
            lambda: pulse.renew(
                self._name, state=self._state, worked_at=worked_at, now=now
            )
        )
        if time.monotonic() - began > _SLOW_DATABASE_SECONDS:
            self._slow_until = time.monotonic() + STALL_SECONDS
        if self._child is not None:
            self._return_lost_tasks(self._child)

    def _run_tick(self) -> None:
        now = time.monotonic()
        if now >= self._tick_at:
            self._tick_at = now + self._tick_seconds
            self._on_database(lambda: self._tick(timezone.now()))

    def _on_database(self, act: Callable[[], None]) -> None:
        """Nothing that goes wrong in here may end the loop."""
        try:
            act()
        except Error:
            logger.exception("The database failed; trying again in a second")
            _close_connections()
            self._slow_until = time.monotonic() + STALL_SECONDS
            time.sleep(_DATABASE_PAUSE_SECONDS)
        except Exception:
            logger.exception("Something that is due failed; trying again in a second")

    def _retire(self) -> None:
        try:
            pulse.retire(self._name)
        except Error as error:
            logger.warning("The pulse could not be removed: %s", error)
        _close_connections()


def _release(row_ids: list[int]) -> None:
    if row_ids and (count := release(row_ids)):
        logger.warning("%d unfinished tasks are given to other workers", count)


def _close_connections() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
