"""When a client may ask to be called: parts of the days on which somebody is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm.hours import Schedule, seconds_open_between

# So much opening has to be left for a part of a day to be offered.
LEAST_LEFT = timedelta(minutes=30)
OFFERED = 4
DAYS_AHEAD = 7
_MIDNIGHT = time(0)


class Part(StrEnum):
    """Parts of a day, as people say them."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


_BEGINS = {Part.MORNING: time(0), Part.AFTERNOON: time(12), Part.EVENING: time(17)}
_ENDS = {Part.MORNING: time(12), Part.AFTERNOON: time(17), Part.EVENING: None}


@dataclass(frozen=True)
class CallTime:
    """A part of a local day of the business."""

    day: date
    part: Part

    @property
    def value(self) -> str:
        """How a form sends it back: "2026-11-24/morning"."""
        return f"{self.day.isoformat()}/{self.part}"

    def words(self, today: date) -> str:
        """For the client, seen from `today`: "Tomorrow morning"."""
        ahead = (self.day - today).days
        if ahead in (0, 1):
            return _near_words()[ahead][self.part]
        return _named_day()[self.part] % {"day": _weekday(self.day)}

    def dated_words(self) -> str:
        """For the desk, true on any later day, too: "Tue, Nov 24, morning"."""
        part = {
            Part.MORNING: pgettext("part of a day", "morning"),
            Part.AFTERNOON: pgettext("part of a day", "afternoon"),
            Part.EVENING: pgettext("part of a day", "evening"),
        }
        # Translators: a date with its weekday, as Django's "date" filter writes it.
        pattern = _("D, M j")
        return f"{date_format(self.day, pattern)}, {part[self.part]}"


def call_times(schedule: Schedule, now: datetime) -> list[CallTime]:
    """The next few parts of days with at least half an hour of opening left.

    `now` is aware. A business that is closed all week offers none.
    """
    offered = _ahead(schedule, now)
    return [found for found, _place in zip(offered, range(OFFERED), strict=False)]


def _ahead(schedule: Schedule, now: datetime) -> Iterator[CallTime]:
    today = now.astimezone(schedule.zone).date()
    for offset in range(DAYS_AHEAD):
        day = today + timedelta(days=offset)
        for part in Part:
            begins, ends = _bounds(day, part, schedule.zone)
            left = seconds_open_between(schedule, max(begins, now), ends)
            if left >= LEAST_LEFT.total_seconds():
                yield CallTime(day, part)


def _bounds(day: date, part: Part, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, _BEGINS[part], tzinfo=zone)
    ends = _ENDS[part]
    if ends is None:
        day, ends = day + timedelta(days=1), _MIDNIGHT
    return begins, datetime.combine(day, ends, tzinfo=zone)


def _weekday(day: date) -> str:
    return date_format(day, "l")


def _near_words() -> tuple[dict[Part, str], dict[Part, str]]:
    return (
        {
            Part.MORNING: _("This morning"),
            Part.AFTERNOON: _("This afternoon"),
            Part.EVENING: _("This evening"),
        },
        {
            Part.MORNING: _("Tomorrow morning"),
            Part.AFTERNOON: _("Tomorrow afternoon"),
            Part.EVENING: _("Tomorrow evening"),
        },
    )


def _named_day() -> dict[Part, str]:
    return {
        Part.MORNING: _("%(day)s morning"),
        Part.AFTERNOON: _("%(day)s afternoon"),
        Part.EVENING: _("%(day)s evening"),
    }
