"""The whole product as real processes: web, workers, a carrier, a database.

Used by the tests that kill processes and by the benchmarks. Every process gets its
own group, so that a kill -9 takes what the operating system would take.
"""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from conversations.tests.signed_client import SignedHttp

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "test-token"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, *, seconds: float, step: float = 0.05) -> bool:
    """Whether ``condition()`` came true in time; a refused connection is "not yet"."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except (OSError, ValueError):
            pass
        time.sleep(step)
    return False


@dataclass
class System:
    """Handles on the running product."""

    folder: Path
    database_url: str = ""
    redis_url: str = ""
    settle_seconds: int = 3
    answer_seconds: float = 0.05
    web_workers: int = 2
    environ: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def __post_init__(self):
        self.port, self.carrier_port = free_port(), free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")},
            "PYTHONUNBUFFERED": "1",
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": "for-process-tests-only-for-process-tests-only-0001",
            "PORT": str(self.port),
            "SITE_URL": self.site,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE_URL": f"http://127.0.0.1:{self.carrier_port}",
            "OUTBOX_SETTLE_SECONDS": str(self.settle_seconds),
            "SIMULATOR": "0",
            "DEBUG": "0",
            "LOG_LEVEL": "WARNING",
            **self.environ,
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def ask(self, code: str):
        """Run Python inside the project; ``code`` must print one JSON value."""
        return json.loads(self.manage("shell", "--verbosity", "0", "-c", code))

    def business(self, name: str, number: str, *arguments: str) -> dict:
        options = arguments or ("--plan", "forwarded")
        printed = self.manage(
            *("create_business", name, "--timezone", "America/Chicago"),
            *("--number", number, "--json", *options),
        )
        return json.loads(printed)

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_carrier(self) -> None:
        self.start(
            "carrier",
            *(sys.executable, "-m", "conversations.tests.carrier_double"),
            *(str(self.carrier_port), str(self.answer_seconds)),
        )
        assert wait_until(lambda: self.accepted() == [], seconds=10)

    def start_web(self) -> None:
        self.start(
            "web",
            *(sys.executable, "-m", "gunicorn", "missedcall.wsgi", "-k", "gthread"),
            *("-w", str(self.web_workers), "--threads", "4"),
            *("-b", f"127.0.0.1:{self.port}", "--log-level", "warning"),
        )
        assert wait_until(self.web_answers, seconds=30)

    def start_work(self) -> None:
        self.start("work", sys.executable, "manage.py", "work")

    def web_answers(self) -> bool:
        with urllib.request.urlopen(f"{self.site}/healthz", timeout=2) as answer:
            return answer.status == 200

    def ready(self) -> dict:
        """What /readyz says, whatever its status."""
        try:
            with urllib.request.urlopen(f"{self.site}/readyz", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def workers_ready(self) -> bool:
        state = self.ready()
        return state["workers_alive"] and not state["workers_stalled"]

    def accepted(self) -> list[dict]:
        """What the carrier has taken so far."""
        address = f"http://127.0.0.1:{self.carrier_port}/_messages"
        with urllib.request.urlopen(address, timeout=5) as answer:
            return json.load(answer)

    def carrier_faults(self, **rates: float) -> None:
        """Make the carrier misbehave at these rates from now on."""
        body = json.dumps(rates).encode()
        address = f"http://127.0.0.1:{self.carrier_port}/_faults"
        urllib.request.urlopen(urllib.request.Request(address, body), timeout=5).close()

    def webhooks(self) -> SignedHttp:
        return SignedHttp(self.site, self.site, TOKEN)

    def members(self, name: str) -> list[int]:
        """Process ids below (not including) a started process, on Linux."""
        found, front = [], [self.processes[name].pid]
        while front:
            parent = front.pop()
            for task in Path(f"/proc/{parent}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    children = [int(pid) for pid in task.read_text().split()]
                    found += children
                    front += children
        return found

    def kill(self, name: str) -> None:
        """kill -9 of everything that belongs to a started process."""
        pids = [*self.members(name), self.processes[name].pid]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.processes[name].wait(10)

    def kill_one(self, name: str) -> None:
        """kill -9 of one process below a started one, at random."""
        members = self.members(name)
        if members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(members), signal.SIGKILL)

    def stop(self) -> None:
        for name in ("work", "web"):
            if name in self.processes:
                self.processes[name].terminate()
        for name, process in self.processes.items():
            try:
                process.wait(1 if name == "carrier" else 15)
            except subprocess.TimeoutExpired:
                self.kill(name)


@contextlib.contextmanager
def running(folder: Path, **options):
    """A migrated system whose carrier, web and workers run."""
    system = System(folder=folder, **options)
    try:
        system.manage("migrate", "-v0")
        system.start_carrier()
        system.start_web()
        system.start_work()
        assert wait_until(system.workers_ready, seconds=30), system.ready()
        yield system
    finally:
        system.stop()
