"""Calls that go by a script: what people do, for each outcome that can be asked for."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from conversations.gateway.simulator.persons import Moment, Scripted, Wish
from conversations.gateway.simulator.switchboard import CannotCallError
from conversations.models import PhoneLine

Script = Mapping[Moment, tuple[float, Wish]]

# Two rings: a ring and its pause take six seconds in North America.
SECONDS_OF_TWO_RINGS = 8.0
_LISTENS: Script = {Moment.BEEP: (0.5, Wish.HANG_UP_AT_GREETING)}

SCRIPTS: dict[str, Script] = {
    "no-answer": _LISTENS,
    "busy": {Moment.RINGING: (2.0, Wish.DECLINE), **_LISTENS},
    "failed": {Moment.RINGING: (1.0, Wish.UNREACHABLE), **_LISTENS},
    "hang-up": {
        Moment.RINGING: (SECONDS_OF_TWO_RINGS, Wish.HANG_UP),
        Moment.GREETING: (0.5, Wish.HANG_UP),
    },
    "accept": {
        Moment.RINGING: (4.0, Wish.ACCEPT),
        Moment.TALKING: (3.0, Wish.STAFF_HANG_UP),
    },
    "staff-voicemail": {Moment.RINGING: (4.0, Wish.STAFF_VOICEMAIL), **_LISTENS},
    "voicemail": {Moment.BEEP: (0.5, Wish.LEAVE_VOICEMAIL)},
}
# These happen on a staff phone.
_AT_THE_DESK = frozenset({"busy", "failed", "accept", "staff-voicemail"})


def people_for(outcome: str, line: PhoneLine) -> Scripted:
    """People who bring about `outcome`. Raises CannotCallError where nothing rings."""
    if outcome in _AT_THE_DESK and line.plan == PhoneLine.Plan.FORWARDED:
        message = _(
            "%(number)s is a forwarded line: nothing rings at the desk, so"
            " “%(outcome)s” cannot happen. Choose no-answer, hang-up or voicemail."
        )
        raise CannotCallError(message % {"number": line.number, "outcome": outcome})
    return Scripted(SCRIPTS[outcome])
