"""A carrier in memory and a clock to turn, for property-based tests."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from django_q.models import OrmQ
from django_q.signing import SignedPackage

from conversations.gateway import choice
from conversations.gateway.base import (
    Accepted,
    CarrierCall,
    CarrierError,
    CarrierMessage,
    Trouble,
)
from conversations.sweeps import run_due_work


class Killed(BaseException):
    """A kill -9 at this very instruction."""


class FakeCarrier:
    """Remembers what it accepted; the next sends go as ``plan`` says."""

    name = "twilio"

    def __init__(self, clock):
        self.clock = clock
        self.texts: list[CarrierMessage] = []
        self.markers: list[str] = []
        self.plan: list[str] = []
        self.live_calls: set[str] = set()

    def send(self, text):
        fate = self.plan.pop(0) if self.plan else "accept"
        if fate == "killed before":
            raise Killed
        if fate == "busy":
            raise CarrierError(code="20429", trouble=Trouble.TRANSIENT)
        if fate == "500":
            raise CarrierError(code="20500", trouble=Trouble.UNKNOWN)
        message = self._accept(text)
        if fate == "killed after":
            raise Killed
        if fate == "answer lost":
            raise CarrierError(code="timeout", trouble=Trouble.UNKNOWN)
        return Accepted(carrier_id=message.carrier_id, status="queued")

    def _accept(self, text):
        message = CarrierMessage(
            carrier_id=f"SM{len(self.texts):032x}",
            to=text.to,
            sender=text.sender,
            body=text.body,
            status="queued",
            created_at=self.clock.now,
            direction="outbound-api",
        )
        self.texts.append(message)
        self.markers.append(parse_qs(urlsplit(text.status_callback).query)["m"][0])
        return message

    def find_messages(self, *, to, sender, since):
        if self.plan and self.plan[0] == "list fails":
            self.plan.pop(0)
            raise CarrierError(code="20500", trouble=Trouble.UNKNOWN)
        return [
            m
            for m in reversed(self.texts)
            if m.to == to and m.sender == sender and m.created_at >= since
        ]

    def fetch_message(self, carrier_id):
        return next((m for m in self.texts if m.carrier_id == carrier_id), None)

    def fetch_call(self, carrier_id):
        status = "in-progress" if carrier_id in self.live_calls else "completed"
        return CarrierCall(
            carrier_id=carrier_id,
            status=status,
            started_at=None,
            ended_at=None,
            duration_seconds=None,
        )


class Clock:
    """The time that the product sees."""

    def __init__(self, now=datetime(2026, 11, 24, 16, 0, tzinfo=UTC)):
        self.now = now

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def running(self):
        return patch("django.utils.timezone.now", lambda: self.now)


def using(carrier):
    """Make the product talk to ``carrier``."""
    choice.carrier.cache_clear()
    return patch.object(choice, "_twilio", lambda: carrier)


def run_one_task(position: int = 0) -> bool:
    """Run one stored task; False when none waits. A kill loses the task, too."""
    rows = list(OrmQ.objects.order_by("id"))
    if not rows:
        return False
    row = rows[position % len(rows)]
    task = SignedPackage.loads(row.payload)
    row.delete()
    module, _, name = task["func"].rpartition(".")
    try:
        getattr(import_module(module), name)(*task["args"], **task["kwargs"])
    except Killed:
        return True
    return True


def run_all_tasks() -> None:
    while run_one_task():
        pass


def let_time_pass(clock: Clock, *, minutes: int = 40) -> None:
    """Sweep and work until everything due has been done."""
    for _step in range(minutes * 2):
        clock.tick(30)
        run_due_work(clock.now)
        run_all_tasks()
