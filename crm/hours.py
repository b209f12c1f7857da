"""Opening hours: is a business open at an instant, and when does it open next?

Everything is worked out as instants. Each local date of the business yields intervals
of UTC time (from its weekly spans, or from a day off), and every question is answered
from those same intervals, so two answers can never contradict each other.

Rules a reader may ask about:

* A day off rules the local dates it covers. Where several cover a date, the shortest
  rules ("Dec 31, 10 to 2" inside "closed Dec 24 to Jan 2"). Among equally short ones
  a full closure wins, and special hours add up.
* A date that is closed all day is closed from midnight to midnight: a span of the
  evening before is cut off there.
* Special hours replace the spans that begin on the date. A span that began the evening
  before runs to its end, as the people working that night would expect.
* A wall time skipped by a clock change is the instant of the change. A wall time that
  comes twice opens at its first pass and closes at its second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SEARCH_DAYS = 400  # longer than a year, so a yearly season is still found
MIDNIGHT = time(0)
ONE_DAY = timedelta(days=1)

Interval = tuple[datetime, datetime]

# Words of a text message. One letter outside GSM-7 (3GPP TS 23.038) turns the whole
# text into UCS-2 and more than doubles its price. The alphabet has é and ñ but not
# á, í or ó, so "sabado" goes without its accent: every reader understands it.
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
DIAS = "lunes martes miércoles jueves viernes sabado domingo"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
MESES = (
    "enero febrero marzo abril mayo junio "
    "julio agosto septiembre octubre noviembre diciembre"
)


class HoursState(StrEnum):
    """What a caller finds at an instant."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class Span:
    """Weekly hours in local wall time; `weekday` counts from 0 = Monday.

    `closes` at or before `opens` lies on the next day: 22:00-02:00 is a night,
    18:00-00:00 an evening until midnight, 00:00-00:00 a whole day.
    """

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True)
class DayOff:
    """Local dates, both ends included, whose hours differ from the weekly ones.

    Closed all day when `opens` is None; else special hours on each date, read like a
    `Span` (`closes` None means until midnight). A range that ends before it starts
    covers nothing.
    """

    starts_on: date
    ends_on: date
    name: str
    opens: time | None
    closes: time | None
    is_holiday: bool

    def covers(self, day: date) -> bool:
        """Whether the local date `day` is one of these dates."""
        return self.starts_on <= day <= self.ends_on

    @property
    def length(self) -> timedelta:
        """Last date minus first date: zero for a single date."""
        return self.ends_on - self.starts_on


@dataclass(frozen=True)
class Schedule:
    """The hours of one business, in the time zone of its wall clock."""

    zone: ZoneInfo
    spans: tuple[Span, ...]
    days_off: tuple[DayOff, ...]


def state_at(schedule: Schedule, at: datetime) -> HoursState:
    """Tell whether the business is open at the aware instant `at`.

    Closed on a local date ruled by a day off that is a holiday counts as holiday, also
    in the hours around that holiday's special hours. Raises ValueError when `at` has no
    time zone.
    """
    at = _as_utc(at)
    today = at.astimezone(schedule.zone).date()
    nearby = _intervals(schedule, today - ONE_DAY, today + ONE_DAY)
    if any(opens <= at < closes for opens, closes in nearby):
        return HoursState.OPEN
    if any(day_off.is_holiday for day_off in _ruling(schedule, today)):
        return HoursState.HOLIDAY
    return HoursState.CLOSED


def next_opening(schedule: Schedule, at: datetime) -> datetime | None:
    """Return the first open instant at or after `at` (aware UTC); `at` itself if open.

    None when no opening begins within 400 days. Raises ValueError when `at` has no
    time zone.
    """
    at = _as_utc(at)
    today = at.astimezone(schedule.zone).date()
    last = today + timedelta(days=SEARCH_DAYS)
    days = _intervals(schedule, today - ONE_DAY, last)
    return next((max(opens, at) for opens, closes in days if closes > at), None)


def seconds_open_between(schedule: Schedule, start: datetime, end: datetime) -> float:
    """Return the real seconds of opening in `[start, end)`; 0.0 when reversed.

    Overlapping spans count once. Raises ValueError when a time has no time zone.
    """
    start, end = _as_utc(start), _as_utc(end)
    first = start.astimezone(schedule.zone).date() - ONE_DAY
    last = end.astimezone(schedule.zone).date() + ONE_DAY
    total, counted_to = timedelta(0), start
    for opens, closes in _intervals(schedule, first, last):
        begin, finish = max(opens, counted_to), min(closes, end)
        if finish > begin:
            total += finish - begin
            counted_to = finish
    return total.total_seconds()


def when_open_words(
    opening: datetime, now: datetime, zone: ZoneInfo, language: str
) -> str:
    """Say when `opening` is, in words that follow "We open" / "Abrimos".

    Both times are aware; days are counted on the wall clock of `zone`. A weekday alone
    is said for the coming six days only, since the seventh has today's name. Spanish
    for any "es" language tag, else English; all words fit GSM-7. Raises ValueError when
    a time has no time zone.
    """
    local = _as_utc(opening).astimezone(zone)
    days = (local.date() - _as_utc(now).astimezone(zone).date()).days
    if language.lower().startswith("es"):
        return f"{_day_in_spanish(local, days)} {_hour_in_spanish(local)}"
    return f"{_day_in_english(local, days)} at {_clock(local)}"


def _day_in_english(local: datetime, days: int) -> str:
    if days in (0, 1):
        return ("today", "tomorrow")[days]
    if 1 < days < 7:
        return DAYS.split()[local.weekday()]
    return f"on {MONTHS.split()[local.month - 1]} {local.day}"


def _day_in_spanish(local: datetime, days: int) -> str:
    if days in (0, 1):
        return ("hoy", "mañana")[days]
    if 1 < days < 7:
        return f"el {DIAS.split()[local.weekday()]}"
    return f"el {local.day} de {MESES.split()[local.month - 1]}"


def _hour_in_spanish(local: datetime) -> str:
    article = "a la" if local.hour % 12 == 1 else "a las"
    return f"{article} {_clock(local)}"


def _clock(local: datetime) -> str:
    """Return "8 am", "8:30 am", "12 pm": the minutes only when there are any."""
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes} {'am' if local.hour < 12 else 'pm'}"


def _intervals(schedule: Schedule, first: date, last: date) -> Iterator[Interval]:
    """Yield the intervals of the local dates `first` to `last`, by opening."""
    for offset in range((last - first).days + 1):
        yield from _intervals_of(schedule, first + offset * ONE_DAY)


def _intervals_of(schedule: Schedule, day: date) -> list[Interval]:
    """Return the intervals that begin on the local date `day`, by opening."""
    hours = _hours_of(schedule, day)
    if not hours:
        return []
    latest = _latest_end(schedule, day)
    found = [_instants(schedule.zone, day, opens, closes) for opens, closes in hours]
    cut = ((opens, min(closes, latest)) for opens, closes in found)
    # A clock change can swallow a span whole.
    return sorted(pair for pair in cut if pair[0] < pair[1])


def _hours_of(schedule: Schedule, day: date) -> list[tuple[time, time]]:
    ruling = _ruling(schedule, day)
    if not ruling:
        weekday = day.weekday()
        return [(s.opens, s.closes) for s in schedule.spans if s.weekday == weekday]
    if _is_closure(ruling):
        return []
    return [(d.opens, d.closes or MIDNIGHT) for d in ruling if d.opens is not None]


def _ruling(schedule: Schedule, day: date) -> list[DayOff]:
    """Return the days off that decide about the local date `day`."""
    covering = [day_off for day_off in schedule.days_off if day_off.covers(day)]
    shortest = min((day_off.length for day_off in covering), default=None)
    return [day_off for day_off in covering if day_off.length == shortest]


def _is_closure(ruling: list[DayOff]) -> bool:
    return any(day_off.opens is None for day_off in ruling)


def _latest_end(schedule: Schedule, day: date) -> datetime:
    """Return the instant no span of `day` may pass: a closed next day cuts it off."""
    tomorrow = day + ONE_DAY
    if _is_closure(_ruling(schedule, tomorrow)):
        return _first_pass(schedule.zone, tomorrow, MIDNIGHT)
    return _last_pass(schedule.zone, tomorrow + ONE_DAY, MIDNIGHT)


def _instants(zone: ZoneInfo, day: date, opens: time, closes: time) -> Interval:
    closing_day = day + ONE_DAY if closes <= opens else day
    return _first_pass(zone, day, opens), _last_pass(zone, closing_day, closes)


def _first_pass(zone: ZoneInfo, day: date, wall: time) -> datetime:
    return _passes(zone, day, wall)[0]


def _last_pass(zone: ZoneInfo, day: date, wall: time) -> datetime:
    return _passes(zone, day, wall)[1]


def _passes(zone: ZoneInfo, day: date, wall: time) -> Interval:
    """Return the first and the last instant (UTC) at which the wall clock shows this.

    PEP 495: in a gap, fold=0 reads with the offset from before the change and so lands
    after it, and fold=1 lands before it. That is how a gap is told from a repeat.
    """
    local = datetime.combine(day, wall, tzinfo=zone)
    early = local.replace(fold=0).astimezone(UTC)
    late = local.replace(fold=1).astimezone(UTC)
    if early > late:
        change = _change_between(zone, late, early)
        return change, change
    return early, late


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Find the second at which the offset changes; zone data has whole seconds."""
    old_offset = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds()) + 1
    start = before.replace(microsecond=0)
    while high - low > 1:
        middle = (low + high) // 2
        moment = (start + timedelta(seconds=middle)).astimezone(zone)
        low, high = (
            (middle, high) if moment.utcoffset() == old_offset else (low, middle)
        )
    return start + timedelta(seconds=high)


def _as_utc(at: datetime) -> datetime:
    """Convert to UTC, where comparing and subtracting mean real time."""
    if at.tzinfo is None:
        raise ValueError("opening hours need a time with a time zone")
    return at.astimezone(UTC)
