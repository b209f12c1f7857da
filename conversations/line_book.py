"""What a webhook needs to know about a line, remembered for a few seconds.

Settings change a few times a week and calls come by the second: a webhook reads the
line, its business, its hours and the phones to ring from memory. A change is seen
after ``REMEMBER_SECONDS`` at the latest by every process.
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import caches

from conversations.default_wording import default_body
from conversations.models import PhoneLine, Template
from crm.models import Business

REMEMBER_SECONDS = 5


@dataclass(frozen=True)
class LineEntry:
    """A line with its business (hours filled in) and the phones it rings (E.164)."""

    line: PhoneLine
    targets: tuple[str, ...]


def line_for(number: str) -> LineEntry | None:
    """The line with this number (E.164); only found lines are remembered."""
    memory, key = caches["moments"], _key("line", number)
    entry: LineEntry | None = memory.get(key)
    if entry is None:
        entry = _read_line(number)
        if entry is not None:
            memory.set(key, entry, REMEMBER_SECONDS)
    return entry


def forget(number: str) -> None:
    """Have the line with this number read anew, here; other processes wait."""
    caches["moments"].delete(_key("line", number))


def _key(*about: object) -> str:
    """Short and plain, as caches want keys, whatever a carrier calls a number."""
    return hashlib.sha256(repr(about).encode()).hexdigest()


def is_a_line(number: str) -> bool:
    """Whether some business here answers ``number`` (E.164)."""
    memory = caches["moments"]
    numbers: frozenset[str] | None = memory.get("lines")
    if numbers is None:
        numbers = frozenset(PhoneLine.objects.values_list("number", flat=True))
        memory.set("lines", numbers, REMEMBER_SECONDS)
    return number in numbers


def _read_line(number: str) -> LineEntry | None:
    line = PhoneLine.objects.select_related("business").filter(number=number).first()
    if line is None:
        return None
    # Reads the hours now, so that they are remembered with the business.
    _ = line.business.schedule
    return LineEntry(line, targets_of(line))


def targets_of(line: PhoneLine) -> tuple[str, ...]:
    """The staff phones to ring, in order; none for a line that does not ring."""
    if line.plan != PhoneLine.Plan.RING:
        return ()
    return tuple(line.targets.values_list("number", flat=True))


def body_for(business: Business, situation: str, *, language: str) -> str:
    """The business's template in this language, else the trade's default words."""
    memory = caches["moments"]
    key = _key("words", business.pk, str(situation), language)
    body: str | None = memory.get(key)
    if body is None:
        own = Template.objects.filter(
            business=business, situation=situation, language=language
        ).values_list("body", flat=True)
        body = own.first() or default_body(
            situation, language=language, trade=business.trade
        )
        memory.set(key, body, REMEMBER_SECONDS)
    return body
