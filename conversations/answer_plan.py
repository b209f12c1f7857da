"""What a ringing line does: ring the desk, or greet at once. Pure."""

from dataclasses import dataclass

from conversations.models import PhoneLine
from conversations.wording import Situation

# Why the desk is not rung; the truth table reads these words.
FORWARDED = "forwarded"
NO_PHONE = "no_phone"

_GREETINGS = {
    "open": Situation.GREETING_IN_HOURS,
    "closed": Situation.GREETING_AFTER_HOURS,
    "holiday": Situation.GREETING_HOLIDAY,
}


@dataclass(frozen=True, kw_only=True)
class AnswerPlan:
    """``not_rung`` is empty when ``targets`` are to be rung."""

    not_rung: str = ""
    targets: tuple[str, ...] = ()
    ring_seconds: int = 20
    in_turn: bool = False


def answer_plan(
    line: PhoneLine, *, hours_state: str, targets: tuple[str, ...]
) -> AnswerPlan:
    """Ring ``targets`` (E.164), or say why not.

    A forwarded call has already rung the business somewhere else: every one that
    arrives is missed. Outside opening hours (``hours_state`` closed or holiday) such
    a call, and a line that skips ringing, count as after hours.
    """
    closed = hours_state != "open"
    if line.plan == PhoneLine.Plan.FORWARDED:
        return AnswerPlan(not_rung=hours_state if closed else FORWARDED)
    if closed and line.when_closed == PhoneLine.WhenClosed.SKIP:
        return AnswerPlan(not_rung=hours_state)
    if not targets:
        return AnswerPlan(not_rung=NO_PHONE)
    return AnswerPlan(
        targets=targets,
        ring_seconds=line.ring_seconds,
        in_turn=line.ring_order == PhoneLine.RingOrder.IN_TURN,
    )


def greeting_for(*, hours_state: str) -> Situation:
    """Which greeting the caller hears after a miss."""
    return _GREETINGS.get(hours_state, Situation.GREETING_IN_HOURS)
