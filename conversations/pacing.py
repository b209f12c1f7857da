"""Keeping a line within its rate, without a worker ever waiting for it.

A virtual clock per line (the generic cell rate algorithm): each text moves
``paced_until`` by one interval; a text may go while that clock is at most ``BURST``
texts ahead of the real one. One conditional UPDATE decides, so any number of workers
on any number of machines share the rate.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from conversations.models import PhoneLine

# So many texts may leave at once before the rate begins to hold them.
BURST = 20


def take_slot(line: PhoneLine, *, now: datetime) -> datetime | None:
    """Use one text of the line's rate. None: go; else when to try again (aware)."""
    interval = _interval(line)
    for _attempt in range(5):
        paced = PhoneLine.objects.values_list("paced_until", flat=True).get(pk=line.pk)
        base = max(paced or now, now)
        if base - now > interval * BURST:
            return now + max(interval * BURST / 2, timedelta(seconds=0.5))
        won = PhoneLine.objects.filter(pk=line.pk, paced_until=paced).update(
            paced_until=base + interval
        )
        if won:
            return None
    return now + interval


def hold_line(line: PhoneLine, *, until: datetime) -> None:
    """Let nothing leave on this line before ``until``: the carrier wants a pause.

    A longer pause that is under way is kept.
    """
    paced = until + _interval(line) * BURST
    shorter = Q(paced_until=None) | Q(paced_until__lt=paced)
    PhoneLine.objects.filter(shorter, pk=line.pk).update(paced_until=paced)


def _interval(line: PhoneLine) -> timedelta:
    return timedelta(seconds=1) / max(line.texts_per_second, 1)
