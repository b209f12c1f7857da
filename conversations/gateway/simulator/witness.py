"""Watching one call and what comes of it, as a list of moments with their seconds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from conversations.call_story import happened, texted, with_texts
from conversations.gateway.simulator import texts
from conversations.models import Call, Episode, SimulatedCall, SimulatedText

_ON_ITS_WAY = ("queued", "sent")


@dataclass
class Witness:
    """`say(seconds, sentence)` hears of everything, counted from the first ring."""

    row: SimulatedCall
    say: Callable[[float, str], None]
    moments: list[dict[str, Any]] = field(default_factory=list)
    text: SimulatedText | None = None
    text_seconds: float | None = None

    def look(self) -> None:
        """Tell what is new on the network: the call's log, and a text that arrived."""
        told = sum(moment["from"] == "call" for moment in self.moments)
        for entry in self.row.log[told:]:
            at = parse_datetime(entry["at"]) or timezone.now()
            self._tell("call", at, entry["text"])
        if self.text is None:
            self._look_at_the_phone()

    def _look_at_the_phone(self) -> None:
        arrived = (
            texts.between(self.row.caller, self.row.called)
            .filter(direction=texts.OUTBOUND, created_at__gte=self.row.started_at)
            .exclude(status__in=_ON_ITS_WAY)
            .order_by("pk")
            .first()
        )
        if arrived is None:
            return
        self.text = arrived
        self.text_seconds = self._seconds(timezone.now())
        words = _("A text arrives: %s")
        if arrived.status == "undelivered":
            words = _("A text does not arrive: %s")
        self._tell("phone", timezone.now(), words % arrived.body)

    def _tell(self, origin: str, at: datetime, sentence: str) -> None:
        seconds = self._seconds(at)
        self.moments.append({"from": origin, "seconds": seconds, "text": sentence})
        self.say(seconds, sentence)

    def _seconds(self, at: datetime) -> float:
        return round(max(0.0, (at - self.row.started_at).total_seconds()), 2)

    @property
    def call(self) -> Call | None:
        """What the product wrote down about the call."""
        calls = with_texts(Call.objects.filter(carrier_id=self.row.call_id))
        return calls.first()

    def is_explained(self) -> bool:
        """Whether the product has come to an end with this call, and told it."""
        call = self.call
        if call is None or not call.outcome:
            return False
        if call.episode is None:
            return call.phase == Call.Phase.ENDED and call.outcome == "answered"
        if call.episode.state == Episode.State.PENDING:
            return False
        is_new = call.episode.state == Episode.State.TEXTED and _is_first(call)
        return self.text is not None or not is_new

    def verdict(self) -> str:
        """The product's own sentences about the call."""
        call = self.call
        if call is None:
            return _("The product knows nothing of this call.")
        return f"{happened(call)} {texted(call)}".strip()


def _is_first(call: Call) -> bool:
    """A later call of an episode gets no text of its own."""
    return call.episode is not None and call.episode.calls_count == 1
