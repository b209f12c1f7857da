"""The truth table: what a call's evidence says about it.

Evidence is a set of facts that webhooks add in any order, any number of times; the
verdict is a function of the set alone. So a repeated, late or reordered webhook
cannot change the answer. The dialled leg decides, never the parent call: Twilio
calls a parent "completed" when a staff member's voicemail picked up
(twilio.com/docs/voice/twiml/dial, "DialCallStatus").
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

# A recording shorter than this is somebody hanging up at the beep.
MIN_MESSAGE_SECONDS = 2

_MACHINES = ("machine", "fax")


class Outcome(models.TextChoices):
    """What became of a call."""

    ANSWERED = "answered", _("Answered")
    NO_ANSWER = "no_answer", _("Nobody answered")
    BUSY = "busy", _("Line was busy")
    FAILED = "failed", _("Could not be connected")
    CANCELLED = "cancelled", _("Caller hung up while it rang")
    MACHINE = "machine", _("A voicemail picked up at the desk")
    VOICEMAIL = "voicemail", _("Left a voicemail")
    VOICEMAIL_EMPTY = "voicemail_empty", _("Reached voicemail, left nothing")
    AFTER_HOURS = "after_hours", _("Called outside opening hours")
    WITHHELD = "withheld", _("Number withheld")
    UNKNOWN = "unknown", _("Unclear")


class Choice(models.TextChoices):
    """What a line does after an outcome."""

    TEXT = "text", _("Send a text")
    NOTIFY = "notify", _("Only tell the desk")
    IGNORE = "ignore", _("Do nothing")


DEFAULT_CHOICES: dict[str, str] = {
    Outcome.NO_ANSWER: Choice.TEXT,
    Outcome.BUSY: Choice.TEXT,
    Outcome.FAILED: Choice.TEXT,
    Outcome.CANCELLED: Choice.TEXT,
    Outcome.MACHINE: Choice.TEXT,
    Outcome.VOICEMAIL: Choice.TEXT,
    Outcome.VOICEMAIL_EMPTY: Choice.TEXT,
    Outcome.AFTER_HOURS: Choice.TEXT,
    Outcome.WITHHELD: Choice.NOTIFY,
    Outcome.UNKNOWN: Choice.NOTIFY,
}

_BY_STATUS = {
    "no-answer": Outcome.NO_ANSWER,
    "busy": Outcome.BUSY,
    "failed": Outcome.FAILED,
    "canceled": Outcome.CANCELLED,
    "cancelled": Outcome.CANCELLED,
    # Completed or answered, and nobody pressed 1: a voicemail took the leg.
    "completed": Outcome.MACHINE,
    "answered": Outcome.MACHINE,
}

# Without a dial result the parent's last status speaks. "completed" and "no-answer"
# both mean that the caller gave up: the first after we answered, the second before.
_BY_FINAL_STATUS = {
    "completed": Outcome.CANCELLED,
    "no-answer": Outcome.CANCELLED,
    "canceled": Outcome.CANCELLED,
    "cancelled": Outcome.CANCELLED,
    "busy": Outcome.BUSY,
    "failed": Outcome.FAILED,
}


# What a leg that was joined to the caller's never ends with.
_NEVER_JOINED = frozenset({"no-answer", "busy", "failed", "canceled", "cancelled"})


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything known about one call. Empty strings mean "not reported"."""

    withheld: bool = False
    # Why the desk was not rung: "forwarded", "closed", or "" when it was.
    not_rung: str = ""
    dial_status: str = ""
    bridged: bool | None = None
    accepted: bool = False
    answered_by: str = ""
    leg_statuses: tuple[str, ...] = ()
    final_status: str = ""
    voicemail_seconds: int | None = None
    # The sweep gave up waiting for a final report.
    swept: bool = False


@dataclass(frozen=True)
class Verdict:
    """The outcome, or ``None`` while the call may still go either way."""

    outcome: Outcome | None

    @property
    def answered(self) -> bool:
        """A person took the call."""
        return self.outcome == Outcome.ANSWERED

    @property
    def missed(self) -> bool:
        """It is settled that nobody took the call."""
        return self.outcome is not None and not self.answered


def judge(evidence: Evidence) -> Verdict:
    """Apply the truth table.

    Answered needs the key press on the dialled leg and no word from the carrier that
    the two legs were never joined: an accepting leg must not end in "no-answer" or
    the like, and the parent, which is only answered by the join, must not either. A
    miss that left a message is a voicemail; a withheld number is reported as such
    because nobody can be texted.
    """
    base = _base_outcome(evidence)
    if base is None or base == Outcome.ANSWERED:
        return Verdict(base)
    seconds = evidence.voicemail_seconds
    if seconds is not None and seconds >= MIN_MESSAGE_SECONDS:
        return Verdict(Outcome.VOICEMAIL)
    if evidence.withheld:
        return Verdict(Outcome.WITHHELD)
    if seconds is not None:
        return Verdict(Outcome.VOICEMAIL_EMPTY)
    return Verdict(base)


def _base_outcome(evidence: Evidence) -> Outcome | None:
    if evidence.accepted and _may_be_joined(evidence):
        return Outcome.ANSWERED
    if evidence.not_rung:
        return (
            Outcome.AFTER_HOURS
            if evidence.not_rung in ("closed", "holiday")
            else Outcome.NO_ANSWER
        )
    if evidence.dial_status:
        return _dialled_outcome(evidence)
    if evidence.final_status or evidence.swept:
        return _undialled_outcome(evidence)
    # Only a missed call is led to our voicemail, whatever report got lost.
    return None if evidence.voicemail_seconds is None else Outcome.NO_ANSWER


def _may_be_joined(evidence: Evidence) -> bool:
    if evidence.bridged is not None:
        return evidence.bridged
    told = evidence.dial_status or evidence.final_status
    return told.lower() not in _NEVER_JOINED


def _dialled_outcome(evidence: Evidence) -> Outcome:
    if evidence.answered_by.startswith(_MACHINES):
        return Outcome.MACHINE
    outcome = _BY_STATUS.get(evidence.dial_status.lower(), Outcome.UNKNOWN)
    if outcome == Outcome.MACHINE and evidence.accepted:
        # Somebody pressed 1, and the caller had already gone.
        return Outcome.CANCELLED
    return outcome


def _undialled_outcome(evidence: Evidence) -> Outcome:
    """No dial result arrived: ask the legs first, then the parent's last status."""
    for status in ("busy", "no-answer", "failed"):
        if evidence.leg_statuses and set(evidence.leg_statuses) == {status}:
            return _BY_STATUS[status]
    if not evidence.final_status:
        return Outcome.NO_ANSWER
    return _BY_FINAL_STATUS.get(evidence.final_status.lower(), Outcome.UNKNOWN)
