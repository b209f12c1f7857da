"""Percentiles, tables, and callers that ring at a given rate."""

import queue
import threading
import time
from collections.abc import Iterable

from conversations.tests.running_system import System, wait_until
from conversations.tests.signed_client import call_params, new_sid


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def summary(values: list[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: percentile(values, share) * 1e3 for name, share in shares.items()}


class Ringing:
    """Calls at some rate; when each began, and how long its answer took."""

    def __init__(self, system: System, lines: list[str], prefix: str):
        self.system, self.lines, self.prefix = system, lines, prefix
        self.began: dict[str, float] = {}
        self.answers: list[float] = []

    def _ring(self, number: int) -> None:
        caller = f"+1{self.prefix}{2_000_000 + number}"
        params = call_params(caller, self.lines[number % len(self.lines)], new_sid())
        self.began[caller] = time.monotonic()
        status = self.system.webhooks().post("voice", params)
        self.answers.append(time.monotonic() - self.began[caller])
        assert status == 200, status

    def one_by_one(self, calls: int) -> None:
        """Each call comes when the one before has long been dealt with."""
        for number in range(calls):
            self._ring(number)
            time.sleep(0.15)

    def burst(self, calls: int, seconds: float) -> None:
        """``calls`` spread evenly over ``seconds``, whatever the answers take."""
        todo: queue.Queue[int | None] = queue.Queue()

        def work() -> None:
            while (number := todo.get()) is not None:
                self._ring(number)

        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads:
            thread.start()
        start = time.monotonic()
        for number in range(calls):
            time.sleep(max(0.0, start + number * seconds / calls - time.monotonic()))
            todo.put(number)
        for _thread in threads:
            todo.put(None)
        for thread in threads:
            thread.join()

    def latencies(self, *, patience: float = 60) -> list[float]:
        """Call rings -> the carrier has read our request, for every call."""
        wait_until(lambda: self._arrived() >= set(self.began), seconds=patience, step=1)
        read = {m["to"]: m["received"] for m in self.system.accepted()}
        missing = set(self.began) - set(read)
        assert not missing, f"{len(missing)} calls without a text"
        return [read[caller] - began for caller, began in self.began.items()]

    def _arrived(self) -> set[str]:
        return {m["to"] for m in self.system.accepted()}


def row(name: str, values: list[float]) -> str:
    figures = summary(values)
    cells = "".join(f"{figures[p]:>9.1f}" for p in ("p50", "p95", "p99"))
    return f"{name:<34}{cells}{max(values) * 1e3:>9.1f}"
