"""A call that is going on: its people, its clock, its row, its webhooks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from conversations.gateway.simulator.numbering import pair_fields
from conversations.gateway.simulator.persons import (
    HANGING_UP,
    Deed,
    Moment,
    Persons,
    Wish,
)
from conversations.gateway.simulator.wire import Answer, Wire
from conversations.models import SimulatedCall

# So often a call says in its row that it still goes on.
HEARTBEAT_SECONDS = 5.0


class CallOver(Exception):
    """The network's side of the call has ended."""


class HungUp(CallOver):
    """The caller hung up."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long things take, in seconds. Ringing takes as long as it really does."""

    poll: float = 0.1
    say: float = 1.5
    press: float = 0.6
    # A staff voicemail that listens to the question and presses nothing.
    listen: float = 2.5
    # After the beep: how long a silent caller is waited for, and how long they speak.
    decide: float = 15.0
    speak: float = 2.0
    transcribe: float = 1.5
    talk: float = 600.0


@dataclass
class DeskPhone:
    """A staff phone, as the page shows it."""

    number: str
    state: str


class LiveCall:
    """One call on the network. Used by one thread; others speak to its row."""

    def __init__(
        self,
        row: SimulatedCall,
        *,
        persons: Persons,
        wire: Wire,
        pace: Pace,
        listener: Callable[[], None] | None = None,
    ) -> None:
        """`listener` is called at every step and while waiting."""
        self.row = row
        self.wire = wire
        self.pace = pace
        self.moment = Moment.DIALLING
        self.desk: list[DeskPhone] = []
        self.is_answered = False
        self.afterwards: list[Callable[[], None]] = []
        self.trouble = ""
        self._persons = persons
        self._early: Deed | None = None
        self._listener = listener
        self._moment_began = self._answered_at = self._beat = time.monotonic()

    # --- Clock and people ---------------------------------------------------------

    def wait(self, seconds: float, *wanted: Wish) -> Deed | None:
        """Let time pass, until somebody does something out of `wanted`.

        Raises HungUp when the caller hangs up meanwhile.
        """
        until = time.monotonic() + seconds
        while True:
            deed = self._next_deed()
            if deed and deed.wish in wanted:
                self._early = None
                return deed
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._still_here()
            time.sleep(min(left, self.pace.poll))

    def _next_deed(self) -> Deed | None:
        """What is done now, or was done too early: a button is never pressed in vain.

        "Leave a voicemail" waits for the beep, "Decline" for the phone beside it.
        """
        deed = self._persons.next_deed(self.moment, self._elapsed())
        if deed and deed.wish in HANGING_UP:
            raise HungUp
        self._early = deed or self._early
        return self._early

    def _elapsed(self) -> float:
        return time.monotonic() - self._moment_began

    def _still_here(self) -> None:
        if self._listener:
            self._listener()
        if time.monotonic() - self._beat > HEARTBEAT_SECONDS and self.row.log:
            self.row.log[-1]["seen"] = timezone.now().isoformat()
            self._save("log")

    def _save(self, *names: str) -> None:
        self._beat = time.monotonic()
        self.row.save(update_fields=names)

    # --- The row ------------------------------------------------------------------

    def note(self, text: Any, moment: Moment | None = None) -> None:
        """Write down what just happened, and what the phones show from now on."""
        if moment and moment != self.moment:
            self.moment, self._moment_began = moment, time.monotonic()
        now = timezone.now().isoformat()
        self.row.log.append(
            {
                "at": now,
                "seen": now,
                "text": str(text),
                "moment": self.moment,
                "desk": [[phone.number, phone.state] for phone in self.desk],
            }
        )
        self._save("log")
        if self._listener:
            self._listener()

    def answer(self) -> None:
        """From now on the caller's side is connected (and would cost money)."""
        if not self.is_answered:
            self.is_answered, self._answered_at = True, time.monotonic()
            self.set_status("in-progress")

    def set_status(self, status: str) -> None:
        """The call's own status, as the carrier's API tells it."""
        self.row.status = status
        self._save("status")

    def end(self, status: str, *, now: datetime) -> None:
        """Close the row with its final status."""
        self.row.status, self.row.ended_at = status, now
        self._save("status", "ended_at")

    # --- Webhooks -----------------------------------------------------------------

    @property
    def connected_seconds(self) -> int:
        """What Twilio calls the duration: 0 for a call that was never answered."""
        if not self.is_answered:
            return 0
        return max(1, round(time.monotonic() - self._answered_at))

    def params(self, status: str = "", **more: str) -> dict[str, str]:
        """The fields of a webhook about this call, in its present status."""
        return {
            **pair_fields(self.row.caller, self.row.called),
            "CallSid": self.row.call_id,
            "CallStatus": status or self.row.status,
            "Direction": "inbound",
            **more,
        }

    def fetch(self, url: str, params: dict[str, str], *, base: str) -> Answer:
        """Ask for instructions. Raises NoAnswerError."""
        return self.wire.fetch(url, params, base=base)
