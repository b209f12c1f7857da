"""Opening hours: the arithmetic of wall clocks, days off and clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.hours import (
    DayOff,
    HoursState,
    Schedule,
    Span,
    next_opening,
    seconds_open_between,
    state_at,
    when_open_words,
)

NEW_YORK = ZoneInfo("America/New_York")
HAVANA = ZoneInfo("America/Havana")  # its clock falls back from 01:00 to 00:00
APIA = ZoneInfo("Pacific/Apia")  # had no December 30 in 2011
MIDNIGHT = time(0)
HOUR = 3600.0
MONDAY, TUESDAY, WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 2, 4, 5, 6


def at(text, zone=NEW_YORK, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(*spans, off=(), zone=NEW_YORK):
    return Schedule(zone=zone, spans=spans, days_off=tuple(off))


def every_day(opens, closes):
    return tuple(Span(weekday, opens, closes) for weekday in range(7))


def closed(starts, ends=None, holiday=True):
    return DayOff(
        date.fromisoformat(starts),
        date.fromisoformat(ends or starts),
        "Closed",
        None,
        None,
        holiday,
    )


def special(starts, opens, closes, ends=None, holiday=True):
    return DayOff(
        date.fromisoformat(starts),
        date.fromisoformat(ends or starts),
        "Special hours",
        opens,
        closes,
        holiday,
    )


OFFICE = tuple(Span(weekday, time(8), time(17)) for weekday in range(5))


# Plain days


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-06-01T07:59:59", HoursState.CLOSED),
        ("2026-06-01T08:00:00", HoursState.OPEN),
        ("2026-06-01T16:59:59", HoursState.OPEN),
        ("2026-06-01T17:00:00", HoursState.CLOSED),
        ("2026-06-06T12:00:00", HoursState.CLOSED),
    ],
)
def test_a_span_is_open_from_its_first_second_to_before_its_last(moment, state):
    assert state_at(schedule(*OFFICE), at(moment)) is state


def test_the_wall_clock_of_the_business_decides_and_not_the_one_of_the_question():
    assert state_at(schedule(*OFFICE), utc("2026-06-01T12:00")) is HoursState.OPEN
    assert state_at(schedule(*OFFICE), utc("2026-06-01T11:59")) is HoursState.CLOSED


def test_a_lunch_break_is_closed_and_ends_with_the_second_span():
    day = schedule(
        Span(MONDAY, time(13), time(17)),
        Span(MONDAY, time(8), time(12)),
    )
    assert state_at(day, at("2026-06-01T12:30")) is HoursState.CLOSED
    assert next_opening(day, at("2026-06-01T12:30")) == at("2026-06-01T13:00")
    assert next_opening(day, at("2026-06-01T07:00")) == at("2026-06-01T08:00")


def test_the_next_opening_of_an_open_business_is_now():
    moment = at("2026-06-01T09:17")
    assert next_opening(schedule(*OFFICE), moment) == moment


def test_the_next_opening_after_friday_evening_is_monday_morning_in_utc():
    opening = next_opening(schedule(*OFFICE), at("2026-06-05T18:00"))
    assert opening == utc("2026-06-08T12:00")
    assert opening.tzinfo is UTC


def test_a_business_without_hours_never_opens():
    assert next_opening(schedule(), at("2026-06-01T09:00")) is None
    assert state_at(schedule(), at("2026-06-01T09:00")) is HoursState.CLOSED


def test_an_opening_a_year_away_is_found_and_one_beyond_400_days_is_not():
    once = special("2027-06-20", time(10), time(12))
    assert next_opening(schedule(off=[once]), at("2026-06-01T09:00")) is not None
    assert next_opening(schedule(off=[once]), at("2026-05-01T09:00")) is None


@pytest.mark.parametrize("ask", [state_at, next_opening])
def test_a_time_without_a_zone_is_refused(ask):
    with pytest.raises(ValueError, match="time zone"):
        ask(schedule(*OFFICE), datetime(2026, 6, 1, 9))


# Past midnight and around the clock


def test_a_night_span_still_counts_after_midnight():
    night = schedule(Span(FRIDAY, time(22), time(2)))
    assert state_at(night, at("2026-06-05T21:59")) is HoursState.CLOSED
    assert state_at(night, at("2026-06-06T01:59")) is HoursState.OPEN
    assert state_at(night, at("2026-06-06T02:00")) is HoursState.CLOSED
    assert state_at(night, at("2026-06-05T01:00")) is HoursState.CLOSED


def test_closing_at_midnight_means_until_the_end_of_the_day():
    evening = schedule(Span(MONDAY, time(18), MIDNIGHT))
    assert state_at(evening, at("2026-06-01T23:59:59")) is HoursState.OPEN
    assert state_at(evening, at("2026-06-02T00:00")) is HoursState.CLOSED


def test_midnight_to_midnight_is_the_whole_day():
    day = schedule(Span(TUESDAY, MIDNIGHT, MIDNIGHT))
    assert state_at(day, at("2026-06-01T23:59:59")) is HoursState.CLOSED
    assert state_at(day, at("2026-06-02T00:00")) is HoursState.OPEN
    assert state_at(day, at("2026-06-02T23:59:59")) is HoursState.OPEN
    assert state_at(day, at("2026-06-03T00:00")) is HoursState.CLOSED


def test_equal_times_other_than_midnight_run_for_24_hours():
    around = schedule(Span(TUESDAY, time(9), time(9)))
    assert state_at(around, at("2026-06-03T08:59")) is HoursState.OPEN
    assert state_at(around, at("2026-06-03T09:00")) is HoursState.CLOSED


# Days off


def test_a_closed_holiday_is_told_from_a_closed_day_without_a_holiday():
    christmas = schedule(*OFFICE, off=[closed("2026-12-25")])
    painting = schedule(*OFFICE, off=[closed("2026-12-25", holiday=False)])
    assert state_at(christmas, at("2026-12-25T10:00")) is HoursState.HOLIDAY
    assert state_at(christmas, at("2026-12-25T03:00")) is HoursState.HOLIDAY
    assert state_at(painting, at("2026-12-25T10:00")) is HoursState.CLOSED


def test_a_holiday_begins_and_ends_at_local_midnight():
    christmas = schedule(*OFFICE, off=[closed("2026-12-25")])
    assert state_at(christmas, at("2026-12-24T23:59:59")) is HoursState.CLOSED
    assert state_at(christmas, at("2026-12-25T00:00")) is HoursState.HOLIDAY
    assert state_at(christmas, at("2026-12-26T00:00")) is HoursState.CLOSED


def test_a_closure_of_several_days_covers_both_its_ends():
    away = schedule(
        *every_day(time(8), time(17)), off=[closed("2026-12-24", "2026-12-26")]
    )
    assert next_opening(away, at("2026-12-23T18:00")) == at("2026-12-27T08:00")


def test_a_closed_day_cuts_off_the_night_before_at_midnight():
    bar = schedule(*every_day(time(18), time(2)), off=[closed("2026-12-25")])
    assert state_at(bar, at("2026-12-24T23:59")) is HoursState.OPEN
    assert state_at(bar, at("2026-12-25T00:00")) is HoursState.HOLIDAY
    assert state_at(bar, at("2026-12-26T01:00")) is HoursState.CLOSED


def test_special_hours_replace_the_weekly_hours_of_their_date():
    eve = schedule(*OFFICE, off=[special("2026-12-24", time(10), time(14))])
    assert state_at(eve, at("2026-12-24T09:00")) is HoursState.HOLIDAY
    assert state_at(eve, at("2026-12-24T10:00")) is HoursState.OPEN
    assert state_at(eve, at("2026-12-24T14:00")) is HoursState.HOLIDAY


def test_special_hours_let_the_night_before_run_to_its_end():
    bar = schedule(
        *every_day(time(18), time(2)),
        off=[special("2026-12-31", time(20), time(6))],
    )
    assert state_at(bar, at("2026-12-31T01:59")) is HoursState.OPEN
    assert state_at(bar, at("2026-12-31T18:30")) is HoursState.HOLIDAY
    assert state_at(bar, at("2027-01-01T05:59")) is HoursState.OPEN


def test_special_hours_can_open_a_day_that_is_usually_closed():
    sale = schedule(*OFFICE, off=[special("2026-06-06", time(9), None, holiday=False)])
    assert state_at(sale, at("2026-06-06T23:59")) is HoursState.OPEN
    assert state_at(sale, at("2026-06-07T00:00")) is HoursState.CLOSED


def test_the_shortest_day_off_rules_a_date():
    holidays = closed("2026-12-24", "2027-01-02")
    new_years_eve = special("2026-12-31", time(10), time(14))
    for off in ([holidays, new_years_eve], [new_years_eve, holidays]):
        both = schedule(*OFFICE, off=off)
        assert state_at(both, at("2026-12-31T11:00")) is HoursState.OPEN
        assert state_at(both, at("2026-12-30T11:00")) is HoursState.HOLIDAY


def test_among_equal_days_off_a_closure_wins_and_special_hours_add_up():
    morning = special("2026-12-24", time(8), time(10))
    noon = special("2026-12-24", time(12), time(14))
    split = schedule(*OFFICE, off=[noon, morning])
    shut = schedule(*OFFICE, off=[morning, closed("2026-12-24")])
    assert state_at(split, at("2026-12-24T09:00")) is HoursState.OPEN
    assert state_at(split, at("2026-12-24T11:00")) is HoursState.HOLIDAY
    assert state_at(split, at("2026-12-24T13:00")) is HoursState.OPEN
    assert state_at(shut, at("2026-12-24T09:00")) is HoursState.HOLIDAY


def test_a_range_that_ends_before_it_starts_covers_nothing():
    typo = schedule(*OFFICE, off=[closed("2026-06-05", "2026-06-01")])
    assert state_at(typo, at("2026-06-03T09:00")) is HoursState.OPEN


# Clock changes: New York springs forward 2026-03-08 02:00, falls back 2026-11-01 02:00


def test_an_opening_inside_the_spring_gap_is_the_instant_of_the_change():
    early = schedule(Span(SUNDAY, time(2, 30), time(5)))
    assert next_opening(early, at("2026-03-08T00:00")) == utc("2026-03-08T07:00")


def test_a_closing_inside_the_spring_gap_is_the_instant_of_the_change():
    night = schedule(Span(SATURDAY, time(22), time(2, 30)))
    assert state_at(night, utc("2026-03-08T06:59:59")) is HoursState.OPEN
    assert state_at(night, utc("2026-03-08T07:00:00")) is HoursState.CLOSED


def test_a_span_wholly_inside_the_spring_gap_does_not_happen():
    gone = schedule(Span(SUNDAY, time(2, 15), time(2, 45)))
    assert next_opening(gone, at("2026-03-07T12:00")) == at("2026-03-15T02:15")


def test_an_ambiguous_opening_is_its_first_pass():
    early = schedule(Span(SUNDAY, time(1, 30), time(5)))
    assert next_opening(early, at("2026-11-01T00:00")) == utc("2026-11-01T05:30")


def test_an_ambiguous_closing_is_its_second_pass():
    night = schedule(Span(SATURDAY, time(22), time(1, 30)))
    assert state_at(night, at("2026-11-01T01:29", fold=1)) is HoursState.OPEN
    assert state_at(night, at("2026-11-01T01:30", fold=1)) is HoursState.CLOSED


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)]
)
def test_a_whole_day_has_as_many_hours_as_the_clock_gives_it(day, hours):
    always = schedule(*every_day(MIDNIGHT, MIDNIGHT))
    start = at(day)
    assert seconds_open_between(always, start, start + timedelta(days=1)) == (
        hours * HOUR
    )


def test_around_the_clock_business_never_blinks_at_a_clock_change():
    always = schedule(*every_day(MIDNIGHT, MIDNIGHT))
    for start in (utc("2026-03-07T00:00"), utc("2026-10-31T00:00")):
        for quarter in range(4 * 72):
            moment = start + timedelta(minutes=15 * quarter)
            assert state_at(always, moment) is HoursState.OPEN


def test_a_closed_day_with_two_midnights_is_closed_from_the_first_one():
    saturday = Span(SATURDAY, time(18), MIDNIGHT)
    clocks_back = date(2026, 11, 1)
    open_sunday = schedule(saturday, zone=HAVANA)
    shut_sunday = schedule(saturday, zone=HAVANA, off=[closed(str(clocks_back))])
    between = at("2026-11-01T00:30", zone=HAVANA)
    assert state_at(open_sunday, between) is HoursState.OPEN
    assert state_at(shut_sunday, between) is HoursState.HOLIDAY


def test_a_date_the_calendar_skipped_has_no_hours():
    always = schedule(*every_day(time(9), time(17)), zone=APIA)
    evening = at("2011-12-29T20:00", zone=APIA)
    assert next_opening(always, evening) == at("2011-12-31T09:00", zone=APIA)


# Business seconds


def test_seconds_open_count_only_the_hours_between():
    office = schedule(*OFFICE, off=[closed("2026-06-02")])
    start, end = at("2026-06-01T16:00"), at("2026-06-03T09:30")
    assert seconds_open_between(office, start, end) == 2.5 * HOUR


def test_seconds_open_count_overlapping_spans_once():
    twice = schedule(
        Span(MONDAY, time(8), time(12)),
        Span(MONDAY, time(10), time(11)),
        Span(MONDAY, time(11), time(14)),
    )
    start = at("2026-06-01T00:00")
    assert seconds_open_between(twice, start, start + timedelta(days=1)) == 6 * HOUR


def test_seconds_open_are_zero_when_the_end_is_not_after_the_start():
    always = schedule(*every_day(MIDNIGHT, MIDNIGHT))
    start = at("2026-06-01T12:00")
    assert seconds_open_between(always, start, start) == 0.0
    assert seconds_open_between(always, start, start - timedelta(days=9)) == 0.0


def test_seconds_open_of_a_night_across_the_clock_change_are_real_seconds():
    night = schedule(Span(SATURDAY, time(22), time(6)))
    spring = at("2026-03-07T12:00"), at("2026-03-08T12:00")
    autumn = at("2026-10-31T12:00"), at("2026-11-01T12:00")
    assert seconds_open_between(night, *spring) == 7 * HOUR
    assert seconds_open_between(night, *autumn) == 9 * HOUR


# Words


@pytest.mark.parametrize(
    ("opening", "english", "spanish"),
    [
        ("2026-12-16T14:00", "today at 2 pm", "hoy a las 2 pm"),
        ("2026-12-17T08:00", "tomorrow at 8 am", "mañana a las 8 am"),
        ("2026-12-18T01:05", "Friday at 1:05 am", "el viernes a la 1:05 am"),
        ("2026-12-19T12:00", "Saturday at 12 pm", "el sabado a las 12 pm"),
        ("2026-12-21T08:30", "Monday at 8:30 am", "el lunes a las 8:30 am"),
        ("2026-12-22T13:00", "Tuesday at 1 pm", "el martes a la 1 pm"),
        ("2026-12-23T08:00", "on Dec 23 at 8 am", "el 23 de diciembre a las 8 am"),
        ("2027-01-04T00:00", "on Jan 4 at 12 am", "el 4 de enero a las 12 am"),
        ("2026-12-15T08:00", "on Dec 15 at 8 am", "el 15 de diciembre a las 8 am"),
    ],
)
def test_the_next_opening_is_said_the_way_people_say_it(opening, english, spanish):
    now = at("2026-12-16T10:00")  # a Wednesday
    assert when_open_words(at(opening), now, NEW_YORK, "en") == english
    assert when_open_words(at(opening), now, NEW_YORK, "es-MX") == spanish


def test_today_and_tomorrow_are_counted_on_the_clock_of_the_business():
    opening, now = utc("2026-12-17T02:00"), utc("2026-12-17T01:00")
    assert when_open_words(opening, now, NEW_YORK, "en") == "today at 9 pm"
    assert when_open_words(opening, now, ZoneInfo("UTC"), "en") == "today at 2 am"
    late = utc("2026-12-17T06:00")
    assert when_open_words(late, now, NEW_YORK, "en") == "tomorrow at 1 am"


def test_words_for_every_day_and_month_stay_inside_the_cheap_alphabet():
    now = at("2026-01-01T10:00")
    words = "".join(
        when_open_words(now + timedelta(days=days), now, NEW_YORK, language)
        for days in range(366)
        for language in ("en", "es")
    )
    assert {letter for letter in words if not letter.isascii()} <= set("ñé")


# Any schedule

QUARTERS = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
DATES = st.dates(date(2026, 3, 5), date(2026, 3, 12)) | st.dates(
    date(2026, 10, 29), date(2026, 11, 4)
)
SPANS = st.lists(st.builds(Span, st.integers(0, 6), QUARTERS, QUARTERS), max_size=5)


@st.composite
def days_off(draw):
    first = draw(DATES)
    last = first + timedelta(days=draw(st.integers(-1, 3)))
    opens = draw(st.none() | QUARTERS)
    closes = draw(st.none() | QUARTERS)
    return DayOff(first, last, "Off", opens, closes, draw(st.booleans()))


SCHEDULES = st.builds(
    Schedule,
    zone=st.sampled_from([NEW_YORK, HAVANA, ZoneInfo("UTC")]),
    spans=SPANS.map(tuple),
    days_off=st.lists(days_off(), max_size=3).map(tuple),
)
MOMENTS = st.builds(
    lambda day, minute: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    ),
    DATES,
    st.integers(0, 1439),
)
STEP = timedelta(minutes=15)  # every wall time drawn above is on a quarter
TWO_DAYS = timedelta(days=2)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, MOMENTS)
@example(
    schedule(Span(SUNDAY, time(2, 30), time(3))),
    utc("2026-03-08T05:00"),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours, moment):
    opening = next_opening(hours, moment)
    if opening is not None:
        assert state_at(hours, opening) is HoursState.OPEN
    until = min(opening or moment + TWO_DAYS, moment + TWO_DAYS)
    minute = moment
    while minute < until:
        assert state_at(hours, minute) is not HoursState.OPEN
        minute += timedelta(minutes=1 if until - minute < timedelta(hours=1) else 5)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, MOMENTS)
def test_seconds_open_agree_with_asking_at_every_quarter_of_an_hour(hours, moment):
    start = moment.replace(minute=0)
    asked = sum(
        STEP.total_seconds()
        for quarter in range(4 * 48)
        if state_at(hours, start + quarter * STEP) is HoursState.OPEN
    )
    assert seconds_open_between(hours, start, start + TWO_DAYS) == asked
