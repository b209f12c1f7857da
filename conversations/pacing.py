"""Keeping a line within its rate, without a worker ever waiting for it.

A virtual clock per line (the generic cell rate algorithm): each text moves
``paced_until`` by one interval; a text may go while that clock is at most ``BURST``
texts ahead of the real one. One conditional UPDATE decides, so any number of workers
on any number of machines share the rate.
"""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce, Greatest

from conversations.models import PhoneLine

# So many texts may leave at once before the rate begins to hold them.
BURST = 20
SHORTEST_WAIT = timedelta(seconds=0.5)


def take_slot(line: PhoneLine, *, now: datetime) -> bool:
    """Use one text of the line's rate; False when the text has to wait."""
    interval = _interval(line)
    clock = Greatest(Coalesce(F("paced_until"), Value(now)), Value(now))
    free = Q(paced_until=None) | Q(paced_until__lte=now + interval * BURST)
    moved = PhoneLine.objects.filter(free, pk=line.pk).update(
        paced_until=ExpressionWrapper(clock + interval, output_field=DateTimeField())
    )
    return bool(moved)


def next_slot(line: PhoneLine, *, now: datetime, ahead: int) -> datetime:
    """When a text that had to wait may try again (aware).

    ``ahead``: how many texts of the line wait before it, so that a backlog comes
    back spread over the line's rate and not all at once.
    """
    interval = _interval(line)
    paced = PhoneLine.objects.values_list("paced_until", flat=True).get(pk=line.pk)
    free_at = max((paced or now) - interval * BURST, now)
    return free_at + max(interval * ahead, SHORTEST_WAIT)


def hold_line(line: PhoneLine, *, until: datetime) -> None:
    """Let nothing leave on this line before ``until``: the carrier wants a pause.

    A longer pause that is under way is kept.
    """
    paced = until + _interval(line) * BURST
    shorter = Q(paced_until=None) | Q(paced_until__lt=paced)
    PhoneLine.objects.filter(shorter, pk=line.pk).update(paced_until=paced)


def _interval(line: PhoneLine) -> timedelta:
    return timedelta(seconds=1) / max(line.texts_per_second, 1)
