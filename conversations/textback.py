"""Whether a missed call is answered by text: one pure decision.

``decide`` sees facts and nothing else: no database, no clock. It returns the text's
situation, one reason from a closed list, or the wish to look again later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.reasons import Reason
from conversations.verdict import Choice, Outcome
from conversations.wording import Situation

# A text about a call that is older than this only puzzles people.
TOO_LATE_AFTER = timedelta(minutes=10)
LOOK_AGAIN_AFTER = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the decision depends on; times are aware UTC."""

    now: datetime
    missed_at: datetime
    outcome: str
    choice: str
    hours_state: str = "open"
    withheld: bool = False
    textable: bool = True
    own_number: bool = False
    region: str | None = "US"
    allowed_regions: frozenset[str] = frozenset({"US", "CA"})
    line_on: bool = True
    registered: bool = True
    opted_out: bool = False
    do_not_text: bool = False
    excused: bool = False
    customer: bool = False
    has_appointment: bool = False
    answered_after: bool = False
    with_desk_now: bool = False
    last_text_back_at: datetime | None = None
    suppression: timedelta = timedelta(hours=24)
    last_message_at: datetime | None = None
    conversation_window: timedelta = timedelta(hours=4)
    segments_left: int | None = None


@dataclass(frozen=True)
class Text:
    """Send a text with these words."""

    situation: Situation


@dataclass(frozen=True)
class Skip:
    """Send nothing, for this reason."""

    reason: Reason


@dataclass(frozen=True)
class Wait:
    """The caller is on the phone with the desk: look again at ``until``."""

    until: datetime


def decide(facts: Facts) -> Text | Skip | Wait:
    """Text, one reason code, or wait.

    The order is the order of certainty: what can never be texted first, then what a
    person or rule forbids, then what timing forbids. The reason shown is the first
    that holds.
    """
    for rules in (_impossible, _forbidden, _untimely):
        reason = rules(facts)
        if reason is not None:
            return Skip(reason)
    if facts.with_desk_now:
        return Wait(facts.now + LOOK_AGAIN_AFTER)
    return Text(_situation(facts))


def _first(*cases: tuple[bool, Reason]) -> Reason | None:
    return next((reason for holds, reason in cases if holds), None)


def _impossible(facts: Facts) -> Reason | None:
    return _first(
        (facts.answered_after, Reason.ANSWERED_MEANWHILE),
        (facts.withheld, Reason.WITHHELD),
        (facts.own_number, Reason.OWN_LINE),
        (not facts.textable, Reason.NOT_TEXTABLE),
    )


def _forbidden(facts: Facts) -> Reason | None:
    outside = facts.region is None or facts.region not in facts.allowed_regions
    return _first(
        (facts.opted_out, Reason.OPTED_OUT),
        (facts.do_not_text, Reason.DO_NOT_TEXT),
        (facts.excused, Reason.EXCUSED),
        (not facts.line_on, Reason.LINE_OFF),
        (facts.choice == Choice.IGNORE, Reason.IGNORED),
        (_unclear(facts), Reason.UNKNOWN_OUTCOME),
        (facts.choice == Choice.NOTIFY, Reason.NOTIFY_ONLY),
        (outside, Reason.COUNTRY),
        (not facts.registered, Reason.NOT_REGISTERED),
        (facts.segments_left is not None and facts.segments_left < 1, Reason.BUDGET),
    )


def _unclear(facts: Facts) -> bool:
    """An unclear outcome goes to the desk unless the line says "text" for it."""
    return facts.outcome == Outcome.UNKNOWN and facts.choice == Choice.NOTIFY


def _untimely(facts: Facts) -> Reason | None:
    return _first(
        (facts.now - facts.missed_at > TOO_LATE_AFTER, Reason.TOO_LATE),
        (
            _within(facts.last_text_back_at, facts.suppression, facts.now),
            Reason.RECENTLY_TEXTED,
        ),
        (
            _within(facts.last_message_at, facts.conversation_window, facts.now),
            Reason.IN_CONVERSATION,
        ),
    )


def _within(moment: datetime | None, window: timedelta, now: datetime) -> bool:
    return moment is not None and now - moment < window


def _situation(facts: Facts) -> Situation:
    """The most particular wording that fits."""
    cases = (
        (facts.has_appointment, Situation.UPCOMING_APPOINTMENT),
        (facts.outcome == Outcome.VOICEMAIL, Situation.VOICEMAIL),
        (facts.hours_state == "holiday", Situation.HOLIDAY),
        (facts.hours_state == "closed", Situation.AFTER_HOURS),
        (facts.customer, Situation.KNOWN_CUSTOMER),
    )
    return next((s for holds, s in cases if holds), Situation.IN_HOURS)
