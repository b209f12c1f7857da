"""Missed calls of one caller inside a window are one episode, one opportunity."""

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest, Least

from conversations.background import run_later
from conversations.models import Call, Episode, Message
from conversations.reasons import Reason

# The task starts at once; the sweep looks again in case the wake-up was lost.
CHECK_AFTER = timedelta(seconds=5)
TOP_PRIORITY = 5


def open_or_join(call: Call, *, now: datetime) -> Episode:
    """Put a missed call into its episode and hand the episode to a worker.

    Must run inside the transaction that holds the call's row lock. A call joins
    once; more calls raise the episode's priority.
    """
    episode = _own_episode(call) if not call.caller else _shared_episode(call)
    Episode.objects.filter(pk=episode.pk).update(
        calls_count=F("calls_count") + 1,
        priority=Least(F("calls_count") + 1, TOP_PRIORITY),
        last_missed_at=Greatest(F("last_missed_at"), call.missed_at or now),
        next_check_at=now + CHECK_AFTER,
    )
    # A reason given to an earlier call may not hold for this one: decide again.
    Episode.objects.filter(pk=episode.pk, state=Episode.State.NOT_TEXTED).update(
        state=Episode.State.PENDING
    )
    call.episode = episode
    call.save(update_fields=["episode"])
    run_later("conversations.tasks.answer", episode.pk)
    return episode


def _own_episode(call: Call) -> Episode:
    """Withheld callers share nothing: each call stands alone."""
    episode = _fresh(call)
    episode.is_current = False
    episode.save()
    return episode


def _shared_episode(call: Call) -> Episode:
    current = Episode.objects.select_for_update().filter(
        business_id=call.business_id, caller=call.caller, is_current=True
    )
    moment = call.missed_at or call.started_at
    while True:
        episode = current.first()
        if episode is None:
            # Two processes may get here at once: the constraint picks one row.
            Episode.objects.bulk_create([_fresh(call)], ignore_conflicts=True)
        elif moment - episode.last_missed_at > call.business.episode_window:
            current.filter(pk=episode.pk).update(is_current=False)
        else:
            return episode


def _fresh(call: Call) -> Episode:
    moment = call.missed_at or call.started_at
    return Episode(
        business_id=call.business_id,
        caller=call.caller,
        line_id=call.line_id,
        source_id=call.source_id,
        opened_at=moment,
        last_missed_at=moment,
    )


def close_for_answer(call: Call, *, now: datetime) -> None:
    """The caller reached a person: the episode is over, a waiting text is dropped."""
    if not call.caller:
        return
    current = Episode.objects.select_for_update().filter(
        business_id=call.business_id, caller=call.caller, is_current=True
    )
    episode = current.first()
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
        settle(episode, Episode.State.NOT_TEXTED, reason=Reason.ANSWERED_MEANWHILE)


def settle(
    episode: Episode, state: str, *, reason: str = "", situation: str = ""
) -> None:
    """Give the episode its end: texted, not texted with a reason, or failed."""
    values = {"state": state, "reason": reason, "next_check_at": None}
    if situation:
        values["situation"] = situation
    Episode.objects.filter(pk=episode.pk).update(**values)
    for name, value in values.items():
        setattr(episode, name, value)
