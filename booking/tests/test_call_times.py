"""Which times a client is offered."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from booking.call_times import CallTime, Part, call_times
from crm.hours import DayOff, Schedule, Span

CHICAGO = ZoneInfo("America/Chicago")
WEEKDAYS = tuple(Span(day, time(8), time(18)) for day in range(5))
TUESDAY = date(2026, 11, 24)


def at(hour, minute=0, day=TUESDAY):
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHICAGO)
    return local.astimezone(UTC)


def offered(now, *, spans=WEEKDAYS, days_off=()):
    schedule = Schedule(zone=CHICAGO, spans=spans, days_off=days_off)
    return [found.value for found in call_times(schedule, now)]


def test_in_the_morning_the_whole_day_is_offered():
    assert offered(at(9)) == [
        "2026-11-24/morning",
        "2026-11-24/afternoon",
        "2026-11-24/evening",
        "2026-11-25/morning",
    ]


def test_a_part_with_less_than_half_an_hour_left_is_not_offered():
    assert offered(at(11, 30))[0] == "2026-11-24/morning"
    assert offered(at(11, 31))[0] == "2026-11-24/afternoon"


def test_after_closing_the_next_open_day_is_offered():
    friday = date(2026, 11, 27)

    assert offered(at(18, day=friday))[0] == "2026-11-30/morning"


def test_a_closed_day_is_left_out():
    thanksgiving = date(2026, 11, 26)
    closed = DayOff(thanksgiving, thanksgiving, "Thanksgiving", None, None, True)
    wednesday_evening = at(17, 45, day=date(2026, 11, 25))

    assert offered(wednesday_evening, days_off=(closed,))[0] == "2026-11-27/morning"


def test_a_business_that_is_never_open_offers_nothing():
    assert offered(at(9), spans=()) == []


def test_the_day_is_that_of_the_business_and_not_of_greenwich():
    late = at(20, day=date(2026, 11, 23))
    assert late.date() == TUESDAY

    assert offered(late)[0] == "2026-11-24/morning"


@pytest.mark.parametrize(
    ("ahead", "part", "english", "spanish"),
    [
        (0, Part.MORNING, "This morning", "Esta mañana"),
        (0, Part.EVENING, "This evening", "Esta noche"),
        (1, Part.AFTERNOON, "Tomorrow afternoon", "Mañana por la tarde"),
        (3, Part.MORNING, "Friday morning", "El viernes por la mañana"),
        (6, Part.EVENING, "Monday evening", "El lunes por la noche"),
    ],
)
def test_times_are_said_as_people_say_them(ahead, part, english, spanish):
    time_ = CallTime(TUESDAY + timedelta(days=ahead), part)

    with translation.override("en"):
        assert time_.words(TUESDAY) == english
    with translation.override("es"):
        assert time_.words(TUESDAY) == spanish
