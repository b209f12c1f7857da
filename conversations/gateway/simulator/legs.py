"""One staff phone that a call rings: the child call with its own id and reports."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime

from conversations.gateway.simulator.live_call import DeskPhone, LiveCall
from conversations.gateway.simulator.numbering import new_id, pair_fields
from conversations.gateway.simulator.twiml_reader import Verb
from conversations.gateway.simulator.wire import Answer


class Leg:
    """Reports `initiated`, `ringing`, `answered`, `completed` where it is told to."""

    def __init__(self, call: LiveCall, number: Verb, base: str) -> None:
        """`number`: the `<Number>` as it stands in the document at `base`."""
        self.call = call
        self.number = number.text
        self.call_id = new_id("CA")
        self.phone = DeskPhone(number.text, "waiting")
        self.screen_url = number.get("url")
        self.status = "queued"
        self._base = base
        self._callback = number.get("statusCallback")
        self._events = number.get("statusCallbackEvent", "completed").split()
        self._sequence = 0
        self._picked_up_at: float | None = None

    @property
    def is_ringing(self) -> bool:
        """It rings, and nobody picked up or refused yet."""
        return self.status == "ringing"

    @property
    def is_over(self) -> bool:
        """It has its final status."""
        return self.phone.state == "ended"

    @property
    def seconds(self) -> int:
        """How long it was picked up."""
        if self._picked_up_at is None:
            return 0
        return max(1, round(time.monotonic() - self._picked_up_at))

    def start(self) -> None:
        """Begin to ring."""
        self._report("initiated", "initiated")
        self.status, self.phone.state = "ringing", "ringing"
        self._report("ringing", "ringing")

    def pick_up(self) -> None:
        """Somebody, or a voicemail, picks up."""
        self.status, self.phone.state = "in-progress", "screening"
        self._picked_up_at = time.monotonic()
        self._report("answered", "in-progress")

    def end(self, status: str) -> None:
        """The child call is over; "completed" reports whichever way it ended."""
        if self.is_over:
            return
        self.status, self.phone.state = status, "ended"
        more = {"CallDuration": str(self.seconds), "Duration": str(self._minutes())}
        if status in ("no-answer", "canceled"):
            more["SipResponseCode"] = "487"
        self._report("completed", status, **more)

    def params(self, status: str = "", **more: str) -> dict[str, str]:
        """The fields of a webhook about this leg."""
        return {
            **pair_fields(self.call.row.caller, self.number),
            "CallSid": self.call_id,
            "ParentCallSid": self.call.row.call_id,
            "CallStatus": status or self.status,
            "Direction": "outbound-dial",
            **more,
        }

    def ask(self, url: str, *, base: str = "", **more: str) -> Answer:
        """Ask what to do with whoever picked up. Raises NoAnswerError."""
        return self.call.fetch(url, self.params(**more), base=base or self._base)

    def _minutes(self) -> int:
        return -(-self.seconds // 60)

    def _report(self, event: str, status: str, **more: str) -> None:
        if not self._callback or event not in self._events:
            return
        fields = self.params(status, **progress_fields(self._sequence), **more)
        self.call.wire.report(self._callback, fields, base=self._base)
        self._sequence += 1


def progress_fields(sequence: int) -> dict[str, str]:
    """What every status report carries (twilio.com/docs/voice/twiml/number)."""
    return {
        "Timestamp": format_datetime(datetime.now(UTC)),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
    }
