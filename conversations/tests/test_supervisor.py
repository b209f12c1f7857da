import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC

import pytest
from django.db import OperationalError

from conversations.background import supervisor as supervisor_module
from conversations.background.progress import Marks
from conversations.background.supervisor import supervise
from conversations.models.pulse import WorkerPulse
from conversations.tests.workers import (
    ROOT,
    Installation,
    children,
    descendants,
    is_running,
    kill,
    wait_until,
)

STATE = """
from django.utils import timezone
from conversations.background.pulse import queue_state
state = queue_state(timezone.now())
print(state.alive, state.stalled)
"""
# A text for a task that needs two seconds.
SLOW = """
from conversations.background import run_later
run_later("conversations.tests.workers.leave_note_slowly", sys.argv[1], "1")
"""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("migrated")
    Installation(folder, f"sqlite:///{folder / 'db.sqlite3'}").migrate()
    return folder


@pytest.fixture
def installation(migrated, tmp_path):
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    return Installation(tmp_path, f"sqlite:///{tmp_path / 'db.sqlite3'}")


class Family:
    """The processes of `manage.py work`; three workers are started first."""

    def __init__(self, work):
        self.work = work
        self.monitor, self.pusher = children(self.sentinel)[3:5]

    @property
    def cluster(self):
        return children(self.work.pid)[0]

    @property
    def sentinel(self):
        return children(self.cluster)[0]

    @property
    def workers(self):
        others = {self.monitor, self.pusher}
        return [pid for pid in children(self.sentinel) if pid not in others]


@pytest.fixture
def family(installation):
    """Workers that have shown that they work."""
    with installation.working() as work:
        installation.send_notes(0, 0)
        assert wait_until(lambda: installation.noted() == [0], 20)
        yield Family(work)


def all_run_within(installation, first, seconds):
    """Whether five new tasks run in time; after a kill one may run twice."""
    installation.send_notes(first, first + 4)
    wanted = set(range(first, first + 5))
    return wait_until(lambda: wanted <= set(installation.noted()), seconds)


@pytest.mark.processes
def test_work_goes_on_when_all_idle_workers_are_killed(installation, family):
    for attempt in (10, 20, 30):
        for worker in family.workers:
            kill(worker)
        assert all_run_within(installation, attempt, 10)


@pytest.mark.processes
def test_a_task_whose_worker_is_killed_is_done_by_another(installation, family):
    installation.run(SLOW, installation.notes)
    for worker in family.workers:
        kill(worker)
    assert wait_until(lambda: 1 in installation.noted(), 10)


@pytest.mark.processes
@pytest.mark.parametrize("name", ["sentinel", "cluster"])
def test_work_goes_on_when_its_parent_is_killed(name, installation, family):
    for attempt in (10, 20):
        old = descendants(family.work.pid)
        kill(getattr(family, name))
        assert all_run_within(installation, attempt, 10)
        assert not any(is_running(process) for process in old)


@pytest.mark.processes
def test_a_stall_is_noticed_told_and_ended_within_ten_seconds(installation, family):
    assert installation.run(STATE) == "True False\n"
    os.kill(family.pusher, signal.SIGSTOP)
    installation.send_notes(1, 5)
    assert wait_until(lambda: installation.run(STATE) == "True True\n", 9)
    assert wait_until(lambda: len(installation.noted()) == 6, 5)
    assert wait_until(lambda: installation.run(STATE) == "True False\n", 5)


@pytest.mark.processes
def test_a_supervisor_that_is_killed_leaves_no_worker_behind(family):
    everyone = descendants(family.work.pid)
    kill(family.work.pid)
    assert wait_until(lambda: not any(map(is_running, everyone)), 5)


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_politely_and_nothing_is_left(number, installation, family):
    installation.run(SLOW, installation.notes)
    everyone = descendants(family.work.pid)
    family.work.send_signal(number)
    assert family.work.wait(timeout=15) == 0
    assert installation.noted() == [0, 1]
    assert not any(is_running(process) for process in everyone)
    assert installation.run(STATE) == "False False\n"


@pytest.mark.processes
def test_it_waits_for_a_database_that_is_not_ready(tmp_path, migrated):
    installation = Installation(tmp_path, f"sqlite:///{tmp_path / 'db.sqlite3'}")
    with installation.working() as work:
        assert wait_until(lambda: "Waiting" in installation.log.read_text(), 20)
        assert children(work.pid) == []
        with (
            sqlite3.connect(migrated / "db.sqlite3") as ready,
            sqlite3.connect(tmp_path / "db.sqlite3") as empty,
        ):
            ready.backup(empty)
        ready.close()
        empty.close()
        installation.send_notes(0, 0)
        assert wait_until(lambda: installation.noted() == [0], 20)


@pytest.mark.processes
def test_it_stops_while_it_waits_for_the_database(tmp_path):
    installation = Installation(tmp_path, f"sqlite:///{tmp_path / 'db.sqlite3'}")
    with installation.working() as work:
        assert wait_until(lambda: "Waiting" in installation.log.read_text(), 20)
        work.terminate()
        assert work.wait(timeout=5) == 0


def test_a_command_line_shows_what_the_command_is_for():
    shown = subprocess.run(
        [sys.executable, ROOT / "manage.py", "work", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "until stopped" in shown.stdout


# --- The tick, with a cluster that only pretends --------------------------------------
class PretendedCluster:
    started = 0.0
    made = 0

    def __init__(self):
        type(self).made += 1

    def marks(self):
        return Marks()

    def exit_code(self):
        return None

    def open_tasks(self):
        return {}

    def stop(self, *, seconds, at_once):
        assert not at_once()

    def kill(self):
        """Nothing to end."""

    def close(self):
        """Nothing to forget."""


class DeadCluster(PretendedCluster):
    made = 0

    def exit_code(self):
        return 3


@pytest.fixture
def calm(monkeypatch):
    """No real processes, no closed test database and no waiting."""
    monkeypatch.setattr(supervisor_module, "Child", PretendedCluster)
    monkeypatch.setattr(supervisor_module, "_close_connections", lambda: None)
    monkeypatch.setattr(supervisor_module, "_DATABASE_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(supervisor_module, "_LOOK_SECONDS", 0.01)


class Tick:
    """Fails each time, and asks to stop at the fifth."""

    def __init__(self, error):
        self.error, self.stop, self.calls = error, threading.Event(), []

    def __call__(self, now):
        self.calls.append(now)
        if len(self.calls) == 5:
            self.stop.set()
        raise self.error


@pytest.mark.django_db
@pytest.mark.parametrize("error", [LookupError("a mistake"), OperationalError("gone")])
def test_a_tick_that_fails_is_logged_and_called_again(error, calm, caplog):
    tick = Tick(error)
    supervise(tick=tick, tick_seconds=0.0, stop=tick.stop)
    assert len(tick.calls) == 5
    assert all(now.tzinfo is UTC for now in tick.calls)
    assert len([r for r in caplog.records if r.exc_info]) == 5


@pytest.mark.django_db
def test_while_it_runs_it_has_a_pulse_and_afterwards_none(calm):
    stop, seen = threading.Event(), []

    def tick(_now):
        seen.extend(WorkerPulse.objects.values_list("kind", "state"))
        stop.set()

    supervise(tick=tick, stop=stop)
    assert seen == [("supervisor", "starting")]
    assert not WorkerPulse.objects.exists()


@pytest.mark.django_db
def test_a_cluster_that_dies_at_once_is_started_again_but_not_in_a_rush(
    calm, monkeypatch
):
    monkeypatch.setattr(supervisor_module, "Child", DeadCluster)
    stop, states = threading.Event(), []

    def tick(_now):
        states.append(WorkerPulse.objects.get().state)
        if len(states) == 20:
            stop.set()

    supervise(tick=tick, tick_seconds=0.0, stop=stop)
    assert DeadCluster.made == 1
    assert states[-1] == "stalled"
