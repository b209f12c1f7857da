"""Missed calls of one caller inside a window are one episode, one opportunity."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Greatest, Least

from conversations.background import run_later
from conversations.models import Call, Episode, Message
from conversations.reasons import Reason
from crm.models import Lead, LeadEvent
from crm.timeline import log

# The task starts at once; the sweep looks again in case the wake-up was lost.
CHECK_AFTER = timedelta(seconds=5)
TOP_PRIORITY = 5

# Reasons that depend on how the call was missed.
_BY_OUTCOME = frozenset({Reason.IGNORED, Reason.NOTIFY_ONLY, Reason.UNKNOWN_OUTCOME})


def open_or_join(call: Call, *, now: datetime) -> Episode:
    """Find or open a missed call's episode and hand it to a worker.

    Must run once per call, inside the transaction that holds the call's row lock;
    the caller stores the link. More calls raise the episode's priority.
    """
    episode = _open(call, now=now)
    run_later("conversations.tasks.answer", episode.pk)
    return episode


def _open(call: Call, *, now: datetime) -> Episode:
    """A new episode, or the current one of this caller if there is one.

    Most callers are new, so the insert is tried first. Withheld callers share
    nothing: each of their calls stands alone.
    """
    moment = call.missed_at or now
    fresh = Episode(
        business_id=call.business_id,
        caller=call.caller,
        line_id=call.line_id,
        source_id=call.source_id,
        is_current=bool(call.caller),
        opened_at=moment,
        last_missed_at=moment,
        calls_count=1,
        next_check_at=now + CHECK_AFTER,
    )
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        # The caller has a current episode; one that is over makes room.
        return _join(call, now=now) or _open(call, now=now)
    return fresh


def _join(call: Call, *, now: datetime) -> Episode | None:
    """Add the call to the caller's current episode unless that one is over."""
    episode = _current(call).first()
    if episode is None:
        return None
    moment = call.missed_at or now
    mine = Episode.objects.filter(pk=episode.pk)
    if _is_over(episode, call=call, moment=moment):
        mine.update(is_current=False)
        return None
    mine.update(
        calls_count=F("calls_count") + 1,
        priority=Least(F("calls_count") + 1, TOP_PRIORITY),
        last_missed_at=Greatest(F("last_missed_at"), moment),
        next_check_at=now + CHECK_AFTER,
        # A reason given to an earlier call may not hold for this one: decide again.
        state=Case(
            When(state=Episode.State.NOT_TEXTED, then=Value(Episode.State.PENDING)),
            default=F("state"),
        ),
    )
    return episode


def _is_over(episode: Episode, *, call: Call, moment: datetime) -> bool:
    """Whether too much time has passed, or its one text was cancelled for good."""
    if moment - episode.last_missed_at > call.business.episode_window:
        return True
    return episode.messages.filter(state=Message.State.CANCELLED).exists()


def _current(call: Call) -> QuerySet[Episode]:
    return Episode.objects.select_for_update().filter(
        business_id=call.business_id, caller=call.caller, is_current=True
    )


def reconsider(call: Call, *, now: datetime) -> None:
    """A call's outcome changed after its episode was decided: decide again.

    A reason that came from the outcome may not hold any more, and without this the
    end would depend on which webhook came first. A text that was written stays.
    """
    if call.episode_id is None:
        return
    reopened = Episode.objects.filter(
        pk=call.episode_id,
        state=Episode.State.NOT_TEXTED,
        reason__in=_BY_OUTCOME,
    ).update(state=Episode.State.PENDING, next_check_at=now + CHECK_AFTER)
    if reopened:
        run_later("conversations.tasks.answer", call.episode_id)


def close_for_answer(call: Call, *, lead: Lead | None, now: datetime) -> None:
    """The caller reached a person: the episode is over, a waiting text is dropped."""
    if not call.caller:
        return
    episode = _current(call).first()
    if episode is None or episode.last_missed_at > now:
        return
    waiting = Message.objects.filter(
        episode=episode, kind=Message.Kind.TEXT_BACK, state=Message.State.QUEUED
    )
    waiting.update(state=Message.State.CANCELLED, due_at=None)
    Episode.objects.filter(pk=episode.pk).update(is_current=False, answered_at=now)
    in_flight = Message.objects.filter(episode=episode).exclude(
        state=Message.State.CANCELLED
    )
    if episode.state == Episode.State.PENDING and not in_flight.exists():
        settle(episode.pk, Episode.State.NOT_TEXTED, reason=Reason.ANSWERED_MEANWHILE)
        log(
            LeadEvent(
                kind=LeadEvent.Kind.TEXT_BACK_SKIPPED,
                business_id=episode.business_id,
                lead=lead,
                source_id=call.source_id,
                key=f"{episode.ref}:answered",
                at=now,
                ref=episode.ref,
                data={"reason": Reason.ANSWERED_MEANWHILE.value},
            )
        )


def settle(episode_id: int, state: str, *, reason: str = "") -> None:
    """Give an episode its end: texted, not texted with a reason, or failed."""
    Episode.objects.filter(pk=episode_id).update(
        state=state, reason=reason, next_check_at=None
    )
