"""Real worker processes for tests, and the tasks that they are given.

Workers import this module, so it knows nothing of the test runner.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from conversations.background import run_later

ROOT = Path(__file__).resolve().parents[2]
NOTE = "conversations.tests.workers.leave_note"


def leave_note(path, text):
    """A task that can be seen to have run."""
    with open(path, "a") as notes:
        notes.write(f"{text}\n")


def leave_note_slowly(path, text):
    """The same, two seconds later."""
    time.sleep(2)
    leave_note(path, text)


def send_notes(path, first, last):
    """Have the notes with these numbers left; run in a process of its own."""
    for number in range(first, last + 1):
        run_later(NOTE, path, str(number))


class Installation:
    """A database of its own, and processes that use it."""

    def __init__(self, folder, database_url, redis_url=""):
        self.folder = folder
        self.notes = folder / "notes"
        self.log = folder / "log"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "missedcall.settings_test",
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "WORKERS": "3",
            "LOG_LEVEL": "INFO",
        }

    def python(self, code, *arguments, **options):
        """Start Python code in a project that is set up."""
        begin = "import sys, time, django; django.setup()\n"
        return subprocess.Popen(
            [sys.executable, "-c", begin + code, *map(str, arguments)],
            env=self.environment,
            text=True,
            **options,
        )

    def run(self, code, *arguments):
        """What the code prints."""
        with self.python(code, *arguments, stdout=subprocess.PIPE) as process:
            output = process.communicate(timeout=60)[0]
        assert process.returncode == 0
        return output

    def migrate(self):
        """Make the tables."""
        self.run(
            "from django.core.management import call_command;"
            " call_command('migrate', verbosity=0)"
        )

    def send_notes(self, first, last):
        """Give the workers tasks, from another process."""
        self.run(
            "from conversations.tests.workers import send_notes;"
            " send_notes(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))",
            self.notes,
            first,
            last,
        )

    def noted(self):
        """The numbers of the tasks that have run, in that order."""
        if not self.notes.exists():
            return []
        return [int(line) for line in self.notes.read_text().split()]

    @contextmanager
    def working(self):
        """`manage.py work`, until the end of the block; nothing of it is left then."""
        with self.log.open("ab") as log:
            supervisor = subprocess.Popen(
                [sys.executable, ROOT / "manage.py", "work"],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        try:
            yield supervisor
        finally:
            family = descendants(supervisor.pid)
            supervisor.terminate()
            supervisor.wait(timeout=20)
            for process in family:
                kill(process)


def wait_until(condition, seconds):
    """Whether the condition held within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def _parents():
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    return parents


def children(process):
    """The living children of a process, oldest first."""
    return sorted(pid for pid, parent in _parents().items() if parent == process)


def descendants(process):
    """All living processes below one."""
    return [d for c in children(process) for d in (c, *descendants(c))]


def is_running(process):
    """Whether a process exists and is more than a memory."""
    return process in _parents()


def kill(process):
    """SIGKILL, if there is something to kill."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
