"""Answering an episode: decide, write the words, queue the text, or say why not."""

from datetime import datetime

from booking.appointments import next_appointment
from booking.links import link_for
from conversations import outbox
from conversations.circumstances import facts_for
from conversations.episodes import settle
from conversations.models import Call, Conversation, Episode, Message
from conversations.reasons import NEEDS_DESK, Reason
from conversations.textback import TOO_LATE_AFTER, Skip, Text, Wait, decide
from conversations.threads import conversation_with
from conversations.verdict import Choice, Outcome
from conversations.words import opening_words, text_back_words
from crm.atomic import in_one_transaction
from crm.desk import open_task
from crm.hours import when_open_words
from crm.leads import lead_for_caller
from crm.models import DeskTask, Lead, LeadEvent
from crm.phones import format_for_people
from crm.timeline import log

_TASK_KINDS = {
    Reason.UNKNOWN_OUTCOME: DeskTask.Kind.UNKNOWN_CALL,
    Reason.IN_CONVERSATION: DeskTask.Kind.IN_CONVERSATION,
    Reason.NOT_REGISTERED: DeskTask.Kind.SETUP,
    Reason.BUDGET: DeskTask.Kind.SETUP,
}


@in_one_transaction
def answer_episode(episode_id: int, *, now: datetime) -> int | None:
    """Bring a pending episode to its decision; return the id of a queued text.

    Safe to run any number of times and at once: the episode's row lock serialises,
    and an episode that has its text or its reason is left alone.
    """
    episode = (
        Episode.objects.select_for_update(of=("self",))
        .select_related("business")
        .filter(pk=episode_id)
        .first()
    )
    if episode is None:
        return None
    calls = _missed_calls(episode)
    lead = _lead_of(episode, calls=calls, now=now)
    _log_misses(episode, calls=calls, lead=lead)
    if episode.state != Episode.State.PENDING:
        Episode.objects.filter(pk=episode.pk).update(next_check_at=None)
        return None
    written = Message.objects.filter(
        episode=episode, kind=Message.Kind.TEXT_BACK
    ).first()
    if written is not None:
        # One that was tried already has its own time to be tried again.
        untried = written.state == Message.State.QUEUED and not written.attempt
        return written.pk if untried else None
    return _decide(episode, call=calls[-1], lead=lead, now=now) if calls else None


def _missed_calls(episode: Episode) -> list[Call]:
    """As they were missed, oldest first; one that was answered after all is out."""
    missed = episode.calls.exclude(outcome=Outcome.ANSWERED)
    return list(missed.select_related("line").order_by("missed_at", "id"))


def _lead_of(episode: Episode, *, calls: list[Call], now: datetime) -> Lead | None:
    if not episode.caller:
        return None
    # A new lead keeps the source of the first call; the last one is its latest.
    touches = [episode.source_id, *(call.source_id for call in calls[-1:])]
    for source_id in dict.fromkeys(touches):
        lead = lead_for_caller(
            business=episode.business,
            phone=episode.caller,
            source_id=source_id,
            now=now,
        )
    if episode.lead_id is None:
        episode.lead = lead
        episode.save(update_fields=["lead"])
    return lead


def _log_misses(episode: Episode, *, calls: list[Call], lead: Lead | None) -> None:
    """Put each missed call on the timeline."""
    for call in calls:
        log(
            LeadEvent(
                kind=LeadEvent.Kind.CALL_MISSED,
                business=episode.business,
                lead=lead,
                source_id=call.source_id,
                key=f"call:{call.pk}:missed",
                at=call.missed_at or call.started_at,
                ref=episode.ref,
                data={"outcome": call.outcome},
            )
        )


def _decide(
    episode: Episode, *, call: Call, lead: Lead | None, now: datetime
) -> int | None:
    decision = decide(facts_for(episode, call=call, lead=lead, now=now))
    if call.outcome == Outcome.UNKNOWN and not isinstance(decision, Wait):
        _ask_the_desk(episode, Reason.UNKNOWN_OUTCOME, call=call, lead=lead, now=now)
    match decision:
        case Wait(until):
            Episode.objects.filter(pk=episode.pk).update(next_check_at=until)
        case Skip(reason):
            _skip(episode, reason, call=call, lead=lead, now=now)
        case Text(situation):
            assert lead is not None  # noqa: S101 - decide never texts the withheld
            return _queue(episode, situation, call=call, lead=lead, now=now).pk
    return None


def _skip(
    episode: Episode, reason: Reason, *, call: Call, lead: Lead | None, now: datetime
) -> None:
    settle(episode, Episode.State.NOT_TEXTED, reason=reason)
    log(
        LeadEvent(
            kind=LeadEvent.Kind.TEXT_BACK_SKIPPED,
            business=episode.business,
            lead=lead,
            source_id=call.source_id,
            key=f"{call.ref}:skipped",
            at=now,
            ref=episode.ref,
            data={"reason": reason.value},
        )
    )
    ignored = call.line.choice_for(call.outcome) == Choice.IGNORE
    if reason in NEEDS_DESK and not ignored:
        _ask_the_desk(episode, reason, call=call, lead=lead, now=now)


def _ask_the_desk(
    episode: Episode, reason: Reason, *, call: Call, lead: Lead | None, now: datetime
) -> None:
    open_task(
        _TASK_KINDS.get(reason, DeskTask.Kind.CALL_BACK),
        business=episode.business,
        lead=lead,
        ref=episode.ref,
        detail=f"{call.get_outcome_display()}. {reason.label}.",
        now=now,
        priority=episode.priority,
    )


def _queue(
    episode: Episode, situation: str, *, call: Call, lead: Lead, now: datetime
) -> Message:
    """Write the text-back; from here on the outbox owns it."""
    conversation = conversation_with(lead=lead, line=call.line, now=now)
    body = text_back_words(
        lead=lead,
        situation=situation,
        values=_values(episode, call=call, lead=lead, now=now),
        is_first=not _texted_before(conversation),
    )
    Episode.objects.filter(pk=episode.pk).update(situation=situation)
    message = outbox.queue(
        outbox.Draft(
            conversation=conversation,
            line=call.line,
            kind=Message.Kind.TEXT_BACK,
            body=body,
            episode=episode,
            good_for=TOO_LATE_AFTER,
        ),
        now=now,
    )
    log(
        LeadEvent(
            kind=LeadEvent.Kind.TEXT_BACK_QUEUED,
            business=episode.business,
            lead=lead,
            source_id=call.source_id,
            key=f"{message.ref}:queued",
            at=now,
            ref=episode.ref,
            data={"situation": situation},
        )
    )
    return message


def _texted_before(conversation: Conversation) -> bool:
    """Whether a text that said who we are and how to stop has reached the phone."""
    return conversation.messages.filter(
        kind=Message.Kind.TEXT_BACK,
        state__in=[Message.State.SENT, Message.State.DELIVERED],
    ).exists()


def _values(
    episode: Episode, *, call: Call, lead: Lead, now: datetime
) -> dict[str, str]:
    """The variables of a text-back, ready to be put into words."""
    business = episode.business
    language = lead.language or business.language
    words = {
        "link": link_for(lead=lead, ref=episode.ref, now=now),
        "opens": opening_words(business, now=now, language=language),
    }
    visit = next_appointment(lead=lead, now=now)
    if visit is not None:
        words["appointment"] = when_open_words(
            visit.starts_at, now, business.zone, language
        )
    words["phone"] = format_for_people(business.phone or call.line.number)
    return words
