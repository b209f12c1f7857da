"""Call in to carrier request out, beside the floor and beside the naive way.

``python -m bench.text_back [--quick] [--database sqlite|postgres|redis ...]``

Everything (callers, web, workers, database, a carrier that answers after 50 ms) runs
on this machine. Latency is from the first byte of the webhook to the moment at which
the carrier has read our request.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import Ringing, row, summary
from conversations.tests.running_system import ROOT, System, running
from conversations.tests.services import fresh_postgres_database, redis_url

LINES = [f"+1312555{n:04d}" for n in range(100, 110)]


@contextlib.contextmanager
def database(kind: str):
    """Options of ``running`` for a kind of database."""
    if kind == "sqlite":
        yield {}
        return
    with fresh_postgres_database() as address:
        redis = redis_url() if kind == "redis" else ""
        yield {"database_url": address, "redis_url": redis}


def prepare(system: System) -> None:
    """Ten lines of one business that may each send a hundred texts a second."""
    for number in LINES:
        system.business(f"Bench {number}", number)
    system.ask(
        "from conversations.models import PhoneLine;"
        "print(PhoneLine.objects.update(texts_per_second=100))"
    )


def warm(system: System) -> None:
    warmup = Ringing(system, LINES, "201")
    warmup.one_by_one(16)
    warmup.latencies()


def measure(system: System, *, quick: bool, prefix: str) -> dict[str, list[float]]:
    calls, burst, seconds = (20, 100, 2) if quick else (80, 500, 10)
    alone = Ringing(system, LINES, f"{prefix}1")
    alone.one_by_one(calls)
    crowd = Ringing(system, LINES, f"{prefix}2")
    crowd.burst(burst, seconds)
    return {
        "alone": alone.latencies(),
        "crowd": crowd.latencies(),
        "answers": alone.answers + crowd.answers,
    }


def floor(system: System, *, calls: int) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.floor", str(calls), "999"],
        cwd=ROOT,
        env={**system.env, "DJANGO_SETTINGS_MODULE": "missedcall.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    began = {caller: start for start, caller in json.loads(done.stdout)}
    read = {m["to"]: m["received"] for m in system.accepted()}
    return [read[caller] - start for caller, start in began.items()][5:]


def run(kind: str, *, quick: bool) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        database(kind) as options,
        running(Path(folder), **options) as system,
    ):
        prepare(system)
        warm(system)
        ours = measure(system, quick=quick, prefix="30")
        lowest = floor(system, calls=25 if quick else 85)
        system.kill("web")
        system.env["DJANGO_SETTINGS_MODULE"] = "bench.naive_settings"
        system.start_web()
        warm_naive = Ringing(system, LINES, "202")
        warm_naive.one_by_one(16)
        naive = measure(system, quick=quick, prefix="40")
        report(kind, ours=ours, naive=naive, lowest=lowest)


def report(kind: str, *, ours, naive, lowest) -> None:
    print(f"\n{kind}: milliseconds{'p50':>20}{'p95':>9}{'p99':>9}{'max':>9}")
    print(row("floor, one process", lowest))
    print(row("naive, one by one", naive["alone"]))
    print(row("ours, one by one", ours["alone"]))
    print(row("naive, burst", naive["crowd"]))
    print(row("ours, burst", ours["crowd"]))
    print(row("naive, webhook answered", naive["answers"]))
    print(row("ours, webhook answered", ours["answers"]))
    mine, other = summary(ours["alone"])["p50"], summary(naive["alone"])["p50"]
    base = summary(lowest)["p50"]
    print(
        f"ratio of p50: ours/naive {mine / other:.2f} (aim: at most 2),"
        f" ours/floor {mine / base:.2f}, naive/floor {other / base:.2f};"
        f" burst p95 {summary(ours['crowd'])['p95']:.0f} ms (aim: under 1000);"
        f" answer p99 {summary(ours['answers'])['p99']:.0f} ms (aim: under 100)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument(
        "--database", nargs="*", default=["sqlite", "postgres", "redis"]
    )
    options = parser.parse_args()
    for kind in options.database:
        run(kind, quick=options.quick)


if __name__ == "__main__":
    main()
