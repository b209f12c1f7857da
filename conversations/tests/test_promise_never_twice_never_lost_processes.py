"""Promise P2 with real processes and real kill -9, and P1 after it.

Callers ring while web and workers are killed again and again, the carrier fails and
loses answers, and the database restarts. Afterwards every caller whose call was
acknowledged has exactly one text, and nothing is unexplained.
"""

import contextlib
import http.client
import os
import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from conversations.tests.running_system import System, free_port, running, wait_until
from conversations.tests.services import fresh_postgres_database, redis_url
from conversations.tests.signed_client import call_params, new_sid

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

# Fewer on a developer's machine: every call costs a second or so.
CALLS = 200 if os.environ.get("REQUIRE_SERVICES") == "1" else 40
LINE = "+13125550100"
UNEXPLAINED = """
import json
from django.utils import timezone
from conversations.models import Episode, Message
pending = Episode.objects.exclude(state="texted")
print(json.dumps({
    "unexplained": Episode.objects.unexplained(timezone.now()).count(),
    "not_texted": list(pending.values_list("caller", "state", "reason")),
    "episodes": Episode.objects.count(),
    "open": Message.objects.filter(state__in=["queued", "sending"]).count(),
}))
"""


class Callers:
    """People who ring, with a carrier that repeats a webhook that was not taken."""

    def __init__(self, system: System, *, calls: int = CALLS):
        self.system = system
        self.numbers = [f"+1773555{2000 + i}" for i in range(calls)]
        self.waiting = list(self.numbers)
        self.taken: set[str] = set()
        self.trouble: list[str] = []
        self.lock = threading.Lock()

    def ring(self, caller: str) -> None:
        sid = new_sid()
        steps = [("voice", "ringing"), ("status", "completed")]
        steps += random.choices(steps, k=random.randint(0, 2))
        for name, status in steps:
            self._deliver(name, call_params(caller, LINE, sid, status))
        self.taken.add(caller)

    def _deliver(self, name: str, params: dict[str, str]) -> None:
        client = self.system.webhooks()
        for _attempt in range(200):
            with contextlib.suppress(OSError, http.client.HTTPException):
                if client.post(name, params) < 500:
                    return
            time.sleep(0.1)
        raise AssertionError("the web server stayed away")

    def _work(self) -> None:
        while True:
            with self.lock:
                if not self.waiting:
                    return
                caller = self.waiting.pop()
            try:
                self.ring(caller)
            except Exception as error:  # noqa: BLE001 - told by the main thread
                self.trouble.append(f"{caller}: {error!r}")
            time.sleep(random.uniform(0, 0.2))

    @contextlib.contextmanager
    def ringing(self, *, at_once: int = 8):
        threads = [threading.Thread(target=self._work) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        yield self
        for thread in threads:
            thread.join()


def settle(system: System, callers: Callers, *, seconds: float = 90) -> Counter:
    """Wait until everybody was texted, and a little longer for a second text."""

    def texted() -> Counter:
        return Counter(m["to"] for m in system.accepted())

    wait_until(lambda: set(texted()) >= callers.taken, seconds=seconds, step=0.3)
    # What was claimed and never confirmed is looked up after the settle time, twice.
    time.sleep(system.settle_seconds * 2 + 3)
    return texted()


def judge(system: System, callers: Callers) -> None:
    assert callers.trouble == []
    texted = settle(system, callers)
    wait_until(lambda: system.ask(UNEXPLAINED)["open"] == 0, seconds=60, step=1)
    state = system.ask(UNEXPLAINED)
    assert callers.taken == set(callers.numbers)
    lost = callers.taken - set(texted)
    assert not lost, (lost, state)
    doubled = {to: n for to, n in texted.items() if n > 1}
    assert not doubled
    assert state == {
        "unexplained": 0,
        "not_texted": [],
        "episodes": len(callers.numbers),
        "open": 0,
    }


def tear_down_again_and_again(system: System, callers: Callers) -> None:
    """Kill something every second or so while there are callers waiting."""
    kinds = ["work", "one worker", "web", "one web worker"]
    while callers.waiting:
        time.sleep(random.uniform(0.3, 1.0))
        kind = random.choice(kinds)
        if kind.startswith("one"):
            system.kill_one("work" if "worker" in kind else "web")
        else:
            system.kill(kind)
            system.start_web() if kind == "web" else system.start_work()


@pytest.fixture(params=["sqlite", "postgres", "postgres and redis"])
def databases(request):
    """Database and Redis addresses of one set-up."""
    if request.param == "sqlite":
        yield {}
        return
    redis = redis_url() if "redis" in request.param else ""
    with fresh_postgres_database() as address:
        yield {"database_url": address, "redis_url": redis}


def test_no_call_is_lost_or_texted_twice_while_everything_is_killed(
    tmp_path: Path, databases
):
    with running(tmp_path, **databases) as system:
        system.business("Northside Heating", LINE)
        system.carrier_faults(lost_answer=0.05, drop=0.03, **{"500": 0.03, "429": 0.03})
        callers = Callers(system)
        with callers.ringing():
            tear_down_again_and_again(system, callers)
        judge(system, callers)


def test_the_same_call_reported_by_eight_senders_at_once_is_texted_once(
    tmp_path: Path, databases
):
    with running(tmp_path, **databases) as system:
        system.business("Northside Heating", LINE)
        sid, caller = new_sid(), "+17735551999"
        params = call_params(caller, LINE, sid)
        answers: list[int] = []

        def report() -> None:
            for name in ("voice", "status", "voice"):
                status = "completed" if name == "status" else "ringing"
                params_now = {**params, "CallStatus": status}
                answers.append(system.webhooks().post(name, params_now))

        threads = [threading.Thread(target=report) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(answers) <= {200, 204}
        assert wait_until(lambda: len(system.accepted()) >= 1, seconds=10)
        time.sleep(2)
        assert [m["to"] for m in system.accepted()] == [caller]


@contextlib.contextmanager
def own_postgres(folder: Path):
    """A PostgreSQL of our own that may be stopped in the middle of everything."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not tools or os.geteuid() != 0 or not shutil.which("runuser"):
        reason = "needs root, runuser and the programs of a PostgreSQL server"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    bin_dir, data, port = tools[-1].parent, folder / "pg", free_port()
    data.mkdir()
    shutil.chown(data, "postgres")
    for parent in data.parents:
        if parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)

    def pg(tool: str, *arguments: str) -> None:
        subprocess.run(
            ["runuser", "-u", "postgres", "--", str(bin_dir / tool), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )

    def control(verb: str, *more: str) -> None:
        options = f"-p {port} -k /tmp -c listen_addresses=127.0.0.1"
        log = str(data / "log")
        pg("pg_ctl", "-D", str(data), "-o", options, "-l", log, "-w", *more, verb)

    pg("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync")
    control("start")
    try:
        yield f"postgres://postgres@127.0.0.1:{port}/postgres", control
    finally:
        control("stop", "-m", "immediate")


@pytest.mark.postgres
def test_no_call_is_lost_or_texted_twice_while_the_database_restarts(tmp_path: Path):
    with (
        own_postgres(tmp_path) as (address, control),
        running(tmp_path, database_url=address) as system,
    ):
        system.business("Northside Heating", LINE)
        callers = Callers(system)
        with callers.ringing():
            for _restart in range(3):
                time.sleep(1.5)
                control("stop", "-m", "immediate")
                time.sleep(0.5)
                control("start")
        judge(system, callers)
