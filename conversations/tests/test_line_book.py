"""What webhooks know about lines is remembered for a few seconds."""

from datetime import UTC, datetime

import pytest

from conversations import line_book
from conversations.default_wording import default_body
from conversations.line_book import (
    REMEMBER_SECONDS,
    body_for,
    forget,
    is_a_line,
    line_for,
    targets_of,
)
from conversations.models import PhoneLine, Template
from conversations.tests.factories import (
    PhoneLineFactory,
    RingTargetFactory,
    TemplateFactory,
)
from conversations.wording import Situation
from crm.hours import HoursState
from crm.models import OpeningHours
from crm.tests.factories import BusinessFactory, OpeningHoursFactory

NOBODY = "+13125550999"
# A Monday, 10 in the morning in Chicago.
MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def passes(moments, monkeypatch):
    """Let so many seconds pass: what was remembered for less is forgotten."""
    kept = {}
    remember = type(moments).set

    def set_and_note(self, key, value, timeout=None, **more):
        kept[key] = timeout
        remember(self, key, value, timeout, **more)

    def wait(seconds):
        moments.delete_many([key for key, after in kept.items() if after <= seconds])

    monkeypatch.setattr(type(moments), "set", set_and_note)
    return wait


# --- Lines ---


def test_a_line_is_read_once_with_all_that_a_webhook_needs(
    ring_line, moments, django_assert_num_queries
):
    first = line_for(ring_line.number)

    with django_assert_num_queries(0):
        again = line_for(ring_line.number)
        assert again.line == first.line == ring_line
        assert again.line.business.name == "Northside Heating"
        assert again.targets == first.targets == ("+17735550199",)


def test_the_hours_are_remembered_with_the_line(moments, django_assert_num_queries):
    business = BusinessFactory()
    OpeningHoursFactory(business=business, weekday=OpeningHours.Weekday.MONDAY)
    line = PhoneLineFactory(business=business)
    line_for(line.number)

    with django_assert_num_queries(0):
        remembered = line_for(line.number).line.business
        assert remembered.hours_state(MONDAY) == HoursState.OPEN
        assert remembered.next_opening(MONDAY).weekday() == 0


def test_a_change_is_seen_when_the_moment_has_passed(ring_line, passes):
    line_for(ring_line.number)
    PhoneLine.objects.update(plan=PhoneLine.Plan.FORWARDED)

    passes(REMEMBER_SECONDS - 1)
    assert line_for(ring_line.number).line.plan == PhoneLine.Plan.RING

    passes(REMEMBER_SECONDS)
    entry = line_for(ring_line.number)
    assert (entry.line.plan, entry.targets) == (PhoneLine.Plan.FORWARDED, ())


def test_what_is_remembered_cannot_be_changed_by_whoever_reads_it(ring_line, moments):
    line_for(ring_line.number).line.business.name = "Scribbled over"

    assert line_for(ring_line.number).line.business.name == "Northside Heating"


def test_a_number_that_is_no_line_is_not_remembered(moments, business):
    assert line_for(NOBODY) is None

    line = PhoneLineFactory(business=business, number=NOBODY)

    assert line_for(NOBODY).line == line


def test_lines_are_told_apart(line, ring_line, moments):
    entries = [line_for(row.number).line for row in (line, ring_line) * 2]

    assert entries == [line, ring_line] * 2


def test_a_forgotten_line_is_read_anew_and_others_are_not(line, ring_line, moments):
    for row in (line, ring_line):
        line_for(row.number)
    PhoneLine.objects.update(label="New")

    forget(line.number)

    assert line_for(line.number).line.label == "New"
    assert line_for(ring_line.number).line.label == ""


def test_a_line_that_nobody_remembers_can_be_forgotten(moments):
    forget(NOBODY)

    assert line_for(NOBODY) is None


@pytest.mark.parametrize("number", ["", "not a number", "sip:x@y;z", "\u260e" * 400])
def test_whatever_a_carrier_calls_a_number_can_be_looked_for(line, moments, number):
    assert line_for(number) is None
    assert not is_a_line(number)


def test_without_a_memory_every_look_is_a_fresh_one(line):
    # As in most tests: the settings of the test run remember nothing.
    assert line_for(line.number).line.label == ""
    PhoneLine.objects.update(label="New")

    assert line_for(line.number).line.label == "New"
    assert is_a_line(line.number)
    line.delete()
    assert not is_a_line(line.number)


# --- Phones to ring ---


def test_phones_are_rung_in_their_order(ring_line):
    RingTargetFactory(line=ring_line, number="+17735550103", position=3)
    RingTargetFactory(line=ring_line, number="+17735550102", position=2)
    RingTargetFactory(number="+17735550104")

    assert targets_of(ring_line) == ("+17735550199", "+17735550102", "+17735550103")


def test_a_line_that_does_not_ring_has_no_phones_to_ring(
    line, django_assert_num_queries
):
    RingTargetFactory(line=line)

    with django_assert_num_queries(0):
        assert targets_of(line) == ()


# --- Is it one of our numbers? ---


def test_numbers_of_all_businesses_are_our_lines(line, moments):
    other = PhoneLineFactory(business=BusinessFactory())

    assert is_a_line(line.number)
    assert is_a_line(other.number)
    assert not is_a_line(NOBODY)
    assert not is_a_line("")


def test_all_numbers_are_read_at_once_and_again_after_a_moment(
    line, passes, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert is_a_line(line.number)
        assert not is_a_line(NOBODY)
    PhoneLineFactory(number=NOBODY)

    passes(REMEMBER_SECONDS - 1)
    assert not is_a_line(NOBODY)

    passes(REMEMBER_SECONDS)
    assert is_a_line(NOBODY)


def test_a_system_without_lines_remembers_that_too(moments, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert not is_a_line(NOBODY)
        assert not is_a_line(NOBODY)


# --- Words ---


def words(business, situation=Situation.IN_HOURS, language="en"):
    return body_for(business, situation, language=language)


@pytest.mark.parametrize("own", [True, False])
def test_words_are_read_once(business, moments, own, django_assert_num_queries):
    if own:
        TemplateFactory(business=business, body="Ours")
    default = default_body(Situation.IN_HOURS, language="en", trade=business.trade)

    with django_assert_num_queries(1):
        assert words(business) == words(business) == ("Ours" if own else default)


def test_new_words_are_used_when_the_moment_has_passed(business, passes):
    before = words(business)
    TemplateFactory(business=business, body="Ours")

    passes(REMEMBER_SECONDS - 1)
    assert words(business) == before

    passes(REMEMBER_SECONDS)
    assert words(business) == "Ours"


def test_empty_words_of_a_template_give_way_to_the_default(business, moments):
    Template.objects.create(
        business=business, situation=Situation.IN_HOURS, language="en", body=""
    )

    default = default_body(Situation.IN_HOURS, language="en", trade=business.trade)
    assert words(business) == default


def test_words_are_remembered_per_business_situation_and_language(business, moments):
    other = BusinessFactory()
    bodies = {}
    for owner in (business, other):
        for situation in (Situation.IN_HOURS, Situation.HOLIDAY):
            for language in ("en", "es"):
                body = f"{owner.pk} {situation} {language}"
                bodies[owner, situation, language] = body
                TemplateFactory(
                    business=owner, situation=situation, language=language, body=body
                )

    for _round in range(2):
        for asked, body in bodies.items():
            assert words(*asked) == body


def test_five_seconds_is_how_old_a_setting_may_be():
    assert line_book.REMEMBER_SECONDS == 5
