"""Who holds the phones: a visitor of the page, or the script of a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from conversations.models import SimulatedCall


class Moment(StrEnum):
    """What the caller hears or does."""

    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    GREETING = "greeting"
    BEEP = "beep"
    RECORDING = "recording"
    ENDED = "ended"


class Wish(StrEnum):
    """What somebody at a phone does next; stored in `SimulatedCall.action`."""

    # The caller:
    HANG_UP = "hang_up"
    HANG_UP_AT_GREETING = "hang_up_at_greeting"
    LEAVE_VOICEMAIL = "leave_voicemail"
    # The desk; ":2" behind it means the third phone that rings.
    ACCEPT = "accept"
    DECLINE = "decline"
    STAFF_VOICEMAIL = "staff_voicemail"
    UNREACHABLE = "unreachable"
    STAFF_HANG_UP = "staff_hang_up"


HANGING_UP = frozenset({Wish.HANG_UP, Wish.HANG_UP_AT_GREETING})
AT_THE_DESK = (Wish.ACCEPT, Wish.DECLINE, Wish.STAFF_VOICEMAIL, Wish.UNREACHABLE)


@dataclass(frozen=True)
class Deed:
    """A wish, and which staff phone it is about; None: the first that rings."""

    wish: Wish
    phone: int | None = None


def read_deed(action: str) -> Deed | None:
    """`accept:1` as a deed; None for anything that is no action."""
    word, _colon, phone = action.partition(":")
    if word not in set(Wish) or (phone and not phone.isdecimal()):
        return None
    return Deed(Wish(word), int(phone) if phone else None)


class Persons(Protocol):
    """The people at both ends of a call."""

    def next_deed(self, moment: Moment, elapsed: float) -> Deed | None:
        """What they do now, `elapsed` seconds into the moment."""
        ...


class AtThePage:
    """Visitors of the page, who may talk to another process: through the row."""

    def __init__(self, call_id: str) -> None:
        self._rows = SimulatedCall.objects.filter(call_id=call_id)

    def next_deed(self, moment: Moment, elapsed: float) -> Deed | None:
        """Take the wish out of the row, so that it is done once."""
        action = self._rows.values_list("action", flat=True).first()
        if not action or not self._rows.filter(action=action).update(action=""):
            return None
        return read_deed(action)


class Scripted:
    """People who know beforehand what they will do: `{moment: (seconds, wish)}`."""

    def __init__(self, script: Mapping[Moment, tuple[float, Wish]]) -> None:
        self._script = script

    def next_deed(self, moment: Moment, elapsed: float) -> Deed | None:
        """The scripted wish from its second on, again and again."""
        step = self._script.get(moment)
        return Deed(step[1]) if step and elapsed >= step[0] else None
