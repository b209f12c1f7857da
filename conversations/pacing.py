"""Keeping a line within its rate, without a worker ever waiting for it.

A virtual clock per line (the generic cell rate algorithm): each text moves
``paced_until`` by one interval; a text may go while that clock is at most ``BURST``
texts ahead of the real one. One conditional UPDATE decides, so any number of workers
on any number of machines share the rate.
"""

from datetime import datetime, timedelta

from conversations.models import PhoneLine

# So many texts may leave at once before the rate begins to hold them.
BURST = 20


def take_slot(line: PhoneLine, *, now: datetime) -> datetime | None:
    """Use one text of the line's rate. None: go; else when to try again (aware).

    The retry moment is spread by what is already waiting, so that a long queue does
    not come back all at once.
    """
    interval = timedelta(seconds=1) / line.texts_per_second
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
    """Let nothing leave on this line before ``until``: the carrier wants a pause."""
    interval = timedelta(seconds=1) / line.texts_per_second
    PhoneLine.objects.filter(pk=line.pk).update(paced_until=until + interval * BURST)
