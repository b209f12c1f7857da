"""The call row: adding facts, judging, and acting on what became settled."""

from datetime import datetime, timedelta

from conversations import episodes
from conversations.evidence import Facts, merge
from conversations.models import Call, PhoneLine
from conversations.models.calls import CallQuerySet
from conversations.verdict import Choice, Outcome, Verdict, judge
from crm.desk import open_task
from crm.leads import lead_for_caller
from crm.models import DeskTask, Lead, LeadEvent
from crm.phones import format_for_people
from crm.timeline import log

# What the network needs beyond the ringing itself before we worry.
SLACK = timedelta(seconds=45)
LONGEST_VOICEMAIL = timedelta(minutes=4)
LONGEST_TALK = timedelta(hours=4)


def on_learning(carrier: str, carrier_id: str) -> CallQuerySet:
    """The row lock that makes webhooks about one call take turns."""
    return (
        Call.objects.select_for_update(of=("self",))
        .select_related("line", "business")
        .filter(carrier=carrier, carrier_id=carrier_id)
    )


def ring_budget(line: PhoneLine, *, targets: int = 1) -> timedelta:
    """How long a call may ring before its silence is suspicious."""
    turns = max(targets, 1) if line.ring_order == PhoneLine.RingOrder.IN_TURN else 1
    return timedelta(seconds=line.ring_seconds * turns) + SLACK


def learn(
    call: Call, facts: Facts, *, now: datetime, missed_at: datetime | None = None
) -> Verdict:
    """Add facts to a locked or new call and act on the verdict, which is returned.

    ``missed_at`` dates a miss that is only found out about now (aware UTC).
    """
    before = call.outcome
    call.evidence = merge(call.evidence, facts)
    verdict = judge(call.facts)
    call.outcome = verdict.outcome or ""
    _set_phase(call, verdict, now=now)
    if verdict.missed and call.missed_at is None:
        call.missed_at = missed_at or now
    if verdict.answered and before != Outcome.ANSWERED:
        _note_answer(call, now=now)
    if verdict.missed:
        _note_miss(call, before=before, now=now)
    _store(call)
    return verdict


def _store(call: Call) -> None:
    """Insert a call that is new, else write what learning can change."""
    if call._state.adding:
        call.save(force_insert=True)
        return
    call.save(
        update_fields=[
            "evidence", "outcome", "phase", "missed_at", "ended_at", "next_check_at",
            "episode",
        ]
    )  # fmt: skip


def _set_phase(call: Call, verdict: Verdict, *, now: datetime) -> None:
    evidence = call.evidence
    over = evidence.get("final_status") or evidence.get("swept")
    if over or evidence.get("voicemail_over"):
        call.phase, call.next_check_at = Call.Phase.ENDED, None
        call.ended_at = call.ended_at or now
    elif verdict.answered and evidence.get("dial_status"):
        # The desk hung up: the dialled leg is over, and so is the talk.
        call.phase, call.next_check_at = Call.Phase.ENDED, None
        call.ended_at = call.ended_at or now
    elif verdict.answered:
        call.phase, call.next_check_at = Call.Phase.TALKING, now + LONGEST_TALK
    elif verdict.missed:
        if call.phase != Call.Phase.GREETING:
            call.next_check_at = now + LONGEST_VOICEMAIL
        call.phase = Call.Phase.GREETING
    elif evidence.get("ring_targets"):
        budget = ring_budget(call.line, targets=evidence["ring_targets"])
        call.next_check_at = call.started_at + budget


def _note_answer(call: Call, *, now: datetime) -> None:
    lead = _lead(call, now=now)
    episodes.close_for_answer(call, lead=lead, now=now)
    log(
        LeadEvent(
            kind=LeadEvent.Kind.CALL_ANSWERED,
            business=call.business,
            lead=lead,
            source_id=call.source_id,
            key=f"{call.ref}:answered",
            at=now,
            ref=call.ref,
        )
    )


def _note_miss(call: Call, *, before: str, now: datetime) -> None:
    if call.outcome == Outcome.VOICEMAIL and before != Outcome.VOICEMAIL:
        _note_voicemail(call, now=now)
    if call.episode_id is not None:
        if call.outcome != before:
            episodes.reconsider(call, now=now)
    elif _may_answer_now(call):
        call.episode = episodes.open_or_join(call, now=now)


def _may_answer_now(call: Call) -> bool:
    """Whether the answer can no longer depend on how the call goes on.

    While the caller may still leave a voicemail, the text goes at once only when the
    line would text in either case and does not want to mention the voicemail.
    """
    if call.phase == Call.Phase.ENDED:
        return True
    line = call.line
    if line.text_timing == PhoneLine.TextTiming.AFTER_CALL:
        return False
    if line.after_miss != PhoneLine.AfterMiss.VOICEMAIL:
        return True
    possible = (call.outcome, Outcome.VOICEMAIL, Outcome.VOICEMAIL_EMPTY)
    return all(line.choice_for(outcome) == Choice.TEXT for outcome in possible)


def _note_voicemail(call: Call, *, now: datetime) -> None:
    lead = _lead(call, now=now)
    seconds = call.evidence.get("voicemail_seconds", 0)
    log(
        LeadEvent(
            kind=LeadEvent.Kind.VOICEMAIL,
            business=call.business,
            lead=lead,
            source_id=call.source_id,
            key=f"{call.ref}:voicemail",
            at=now,
            ref=call.ref,
            data={"seconds": seconds},
        )
    )
    who = format_for_people(call.caller) if call.caller else "Withheld number"
    open_task(
        DeskTask.Kind.VOICEMAIL,
        business=call.business,
        lead=lead,
        ref=call.ref,
        detail=f"{who}: {seconds} s",
        now=now,
        priority=2,
    )


def _lead(call: Call, *, now: datetime) -> Lead | None:
    if not call.caller:
        return None
    return lead_for_caller(
        business=call.business,
        phone=call.caller,
        source_id=call.source_id,
        now=now,
    )
