"""Calls in: every webhook adds facts to one call row, and the row is judged anew.

The verdict depends on the set of facts alone (conversations.verdict), so webhooks
may come twice, at once, late, out of order or not at all.
"""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Concatenate

from django.db import IntegrityError, transaction

from conversations.answer_plan import AnswerPlan, answer_plan
from conversations.call_records import learn, on_learning, ring_budget
from conversations.evidence import Facts
from conversations.gateway.choice import carrier
from conversations.gateway.payloads import (
    CallProgress,
    CallStarted,
    DialEnded,
    KeyPressed,
    RecordingReady,
    Transcribed,
    VoicemailLeft,
)
from conversations.line_book import forget, line_for
from conversations.models import Call, PhoneLine
from crm.atomic import in_one_transaction
from crm.phones import read_caller

_FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
# What the row has room for.
_LONGEST_ADDRESS = 400
_LIVE = frozenset({"queued", "initiated", "ringing", "in-progress", "answered"})


class UnknownLineError(Exception):
    """The called number is none of ours."""


def _reads_line_again[**P, R](
    use_case: Callable[Concatenate[CallStarted, P], R],
) -> Callable[Concatenate[CallStarted, P], R]:
    """Repeat once with the line read anew: it may be gone and still be remembered.

    Stands around the transaction, because foreign keys are looked at when it ends.
    """

    @functools.wraps(use_case)
    def run(event: CallStarted, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return use_case(event, *args, **kwargs)
        except IntegrityError:
            forget(_number(event.called))
            return use_case(event, *args, **kwargs)

    return run


@_reads_line_again
@in_one_transaction
def call_started(event: CallStarted, *, now: datetime) -> tuple[Call, AnswerPlan]:
    """Record a ringing call and say what to do with it; repeats get the same answer.

    Raises ``UnknownLineError`` for a number that is no line of ours.
    """
    try:
        with transaction.atomic():
            return _start(_fresh(event, now=now), event, now=now)
    except IntegrityError:
        # Not the first webhook about this call.
        call = on_learning(carrier().name, event.call_id).get()
        return _start(call, event, now=now)


def _start(call: Call, event: CallStarted, *, now: datetime) -> tuple[Call, AnswerPlan]:
    entry = line_for(call.line.number)
    plan = answer_plan(
        call.line,
        hours_state=call.hours_state,
        targets=entry.targets if entry else (),
    )
    facts: Facts = {"not_rung": plan.not_rung, "ring_targets": len(plan.targets)}
    if event.status in _FINAL:
        # The caller gave up before our answer could run: nothing else will come.
        facts["final_status"] = event.status
    learn(call, facts, now=now)
    return call, plan


def _ensure(event: CallStarted, *, now: datetime) -> Call:
    """The locked row of this call, made by whichever webhook comes first."""
    rows = on_learning(carrier().name, event.call_id)
    call = rows.first()
    if call is None:
        call = _fresh(event, now=now)
        try:
            with transaction.atomic():
                call.save(force_insert=True)
        except IntegrityError:
            # Another webhook about the same call came at the same moment.
            call = rows.get()
    return call


def _fresh(event: CallStarted, *, now: datetime) -> Call:
    line = _line(event.called)
    caller = read_caller(event.caller_raw, region=line.business.country)
    state = line.business.hours_state(now)
    return Call(
        business=line.business,
        line=line,
        source_id=line.source_id,
        carrier=carrier().name,
        carrier_id=event.call_id,
        caller_raw=event.caller_raw[:120],
        caller=caller.e164 or "",
        forwarded_from=event.forwarded_from[:120],
        hours_state=state.value,
        evidence={"withheld": True} if caller.reason == "withheld" else {},
        started_at=now,
        next_check_at=now + ring_budget(line),
    )


def _line(called: str) -> PhoneLine:
    entry = line_for(_number(called))
    if entry is None:
        raise UnknownLineError(called)
    return entry.line


def _number(called: str) -> str:
    return read_caller(called).e164 or called


@_reads_line_again
@in_one_transaction
def dial_ended(event: CallStarted, dial: DialEnded, *, now: datetime) -> Call:
    """Ringing the desk is over; the verdict on the returned call says how it went."""
    call = _ensure(event, now=now)
    facts: Facts = {
        # A missing status is a report too: an unclear one.
        "dial_status": dial.dial_status or "missing",
        "bridged": dial.bridged,
        "dial_seconds": dial.duration_seconds,
    }
    if event.status in _FINAL:
        facts["final_status"] = event.status
    learn(call, facts, now=now)
    return call


@_reads_line_again
@in_one_transaction
def call_progressed(
    event: CallStarted, progress: CallProgress, *, now: datetime
) -> None:
    """A status of the call itself, or of one phone that it rings."""
    if progress.leg_id:
        _leg_progressed(progress, now=now)
        return
    call = _ensure(event, now=now)
    facts: Facts = {"seconds": progress.duration_seconds}
    if progress.status not in _LIVE:
        facts["final_status"] = progress.status or "missing"
    learn(call, facts, now=now)


def _leg_progressed(progress: CallProgress, *, now: datetime) -> None:
    call = on_learning(carrier().name, progress.call_id).first()
    if call is None:
        return
    facts: Facts = {
        "legs": {progress.leg_id: progress.status},
        "answered_by": progress.answered_by,
    }
    learn(call, facts, now=now)


@in_one_transaction
def key_pressed(event: KeyPressed, *, now: datetime) -> bool:
    """A staff member pressed a key; True when the call is theirs.

    Only "1" accepts, and not after the caller has gone. Written down before the
    carrier joins the two sides: without this row nobody answered.
    """
    call = on_learning(carrier().name, event.call_id).first()
    if call is None or call.phase == Call.Phase.ENDED:
        return False
    facts: Facts = {"key": event.digits}
    if event.digits == "1":
        after = round((now - call.started_at).total_seconds())
        facts |= {
            "accepted": True,
            "accepted_leg": event.leg_id,
            "accepted_after": after,
        }
    return learn(call, facts, now=now).answered


@in_one_transaction
def voicemail_left(event: VoicemailLeft, *, now: datetime) -> None:
    """The caller finished, or left without, a message."""
    _learn_recording(
        event.call_id,
        {"voicemail_seconds": event.seconds or 0, "voicemail_over": True},
        recording_id=event.recording_id,
        recording_url=event.recording_url,
        now=now,
    )


@in_one_transaction
def recording_ready(event: RecordingReady, *, now: datetime) -> None:
    """The recording can be listened to; ``absent`` means there is none."""
    _learn_recording(
        event.call_id,
        {"voicemail_seconds": event.seconds or 0},
        recording_id=event.recording_id,
        recording_url=event.recording_url,
        now=now,
    )


@in_one_transaction
def transcribed(event: Transcribed, *, now: datetime) -> None:
    """The carrier put the voicemail into words; nothing waits for it."""
    call = on_learning(carrier().name, event.call_id).first()
    if call is not None and event.text and not call.transcript:
        call.transcript = event.text
        call.save(update_fields=["transcript"])


def _learn_recording(
    call_id: str, facts: dict[str, Any], *, now: datetime, **recording: str
) -> None:
    call = on_learning(carrier().name, call_id).first()
    if call is None:
        return
    for name, value in recording.items():
        setattr(call, name, getattr(call, name) or value[:_LONGEST_ADDRESS])
    call.save(update_fields=list(recording))
    learn(call, facts, now=now)


@in_one_transaction
def close_unreported(
    call_id: int, *, status: str, ended_at: datetime | None, now: datetime
) -> None:
    """No final report came: close the call with what the carrier told when asked.

    ``status`` is empty when the carrier could not be asked either. The miss is dated
    by the carrier's end of the call, else by when ringing must have been over, so
    that an old one is not texted any more.
    """
    call = Call.objects.select_for_update(of=("self",)).filter(pk=call_id).first()
    if call is None or call.phase == Call.Phase.ENDED:
        return
    facts: Facts = {"swept": True}
    if status in _FINAL:
        facts["final_status"] = status
    over = call.started_at + timedelta(seconds=call.line.ring_seconds)
    learn(call, facts, now=now, missed_at=min(ended_at or over, now))
