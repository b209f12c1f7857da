"""A line keeps within its rate, and nobody waits for it."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.models import PhoneLine
from conversations.pacing import (
    BURST,
    SHORTEST_WAIT,
    hold_line,
    next_slot,
    take_slot,
)
from conversations.tests.factories import PhoneLineFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def slow(business):
    """A line that may send one text a second."""
    return PhoneLineFactory(business=business, texts_per_second=1)


def let_go(line, *, at=NOW, tries=500):
    """How many texts may leave at this moment."""
    return sum(take_slot(line, now=at) for _ in range(tries))


def test_a_burst_leaves_at_once_and_no_more(slow):
    assert let_go(slow) == BURST + 1


def test_after_the_burst_the_rate_holds(slow):
    let_go(slow)

    gone = [let_go(slow, at=NOW + n * SECOND, tries=5) for n in range(1, 8)]

    assert gone == [1] * 7


def test_over_a_minute_no_more_than_burst_and_rate_leave(business):
    line = PhoneLineFactory(business=business, texts_per_second=3)

    gone = sum(let_go(line, at=NOW + n * SECOND / 10, tries=4) for n in range(600))

    assert gone <= BURST + 1 + 3 * 60
    assert gone >= 3 * 60


def test_a_quiet_line_may_burst_again(slow):
    let_go(slow)

    assert let_go(slow, at=NOW + timedelta(hours=1)) == BURST + 1


def test_a_held_text_hears_when_to_try_again(slow):
    let_go(slow)
    assert not take_slot(slow, now=NOW)

    later = next_slot(slow, now=NOW, ahead=0)

    assert NOW < later <= NOW + BURST * SECOND
    assert take_slot(slow, now=later)


def test_a_text_that_has_to_wait_uses_nothing_of_the_rate(slow):
    let_go(slow)
    slow.refresh_from_db()
    before = slow.paced_until

    assert not take_slot(slow, now=NOW)

    slow.refresh_from_db()
    assert slow.paced_until == before


def test_a_backlog_comes_back_spread_over_the_rate(business):
    line = PhoneLineFactory(business=business, texts_per_second=4)
    let_go(line)

    tries = [next_slot(line, now=NOW, ahead=ahead) for ahead in range(12)]

    # The ones in front share the shortest wait, then one comes after the other.
    assert [later - tries[0] for later in tries] == [
        max(SECOND / 4 * ahead, SHORTEST_WAIT) - SHORTEST_WAIT for ahead in range(12)
    ]
    assert all(take_slot(line, now=later) for later in tries)


def test_a_free_line_is_tried_again_after_the_shortest_wait(slow):
    assert next_slot(slow, now=NOW, ahead=0) == NOW + SHORTEST_WAIT
    take_slot(slow, now=NOW)
    assert next_slot(slow, now=NOW, ahead=0) == NOW + SHORTEST_WAIT


def test_after_a_pause_nobody_tries_before_its_end(slow):
    hold_line(slow, until=NOW + 30 * SECOND)

    assert next_slot(slow, now=NOW, ahead=0) == NOW + 30 * SECOND + SHORTEST_WAIT
    assert next_slot(slow, now=NOW, ahead=3) == NOW + 33 * SECOND


def test_one_lines_burst_does_not_hold_another_line(slow, business):
    other = PhoneLineFactory(business=business, texts_per_second=1)
    let_go(slow)

    assert take_slot(other, now=NOW)


def test_nothing_leaves_while_the_carrier_wants_a_pause(slow):
    hold_line(slow, until=NOW + 30 * SECOND)

    assert let_go(slow, at=NOW) == 0
    assert let_go(slow, at=NOW + 29 * SECOND) == 0
    # And then no burst, but the rate.
    assert let_go(slow, at=NOW + 30 * SECOND) == 1


def test_a_longer_pause_is_not_cut_short_by_a_shorter_one(slow):
    hold_line(slow, until=NOW + 60 * SECOND)
    hold_line(slow, until=NOW + SECOND)

    assert let_go(slow, at=NOW + 59 * SECOND) == 0


def test_a_longer_pause_replaces_a_shorter_one(slow):
    hold_line(slow, until=NOW + SECOND)
    hold_line(slow, until=NOW + 60 * SECOND)

    assert let_go(slow, at=NOW + 59 * SECOND) == 0


def test_a_line_without_a_rate_still_sends(business):
    line = PhoneLineFactory(business=business, texts_per_second=0)

    assert take_slot(line, now=NOW)
    hold_line(line, until=NOW + SECOND)


def test_a_slot_follows_what_faster_processes_took_whatever_was_read_before(slow):
    stale = PhoneLine.objects.get(pk=slow.pk)
    for _faster in range(3):
        assert take_slot(slow, now=NOW)

    assert take_slot(stale, now=NOW)

    slow.refresh_from_db()
    assert slow.paced_until == NOW + 4 * SECOND


def test_the_last_slot_goes_to_one_process_only(slow, django_assert_num_queries):
    PhoneLine.objects.update(paced_until=NOW + BURST * SECOND)

    # One statement looks and takes: nobody can come in between.
    with django_assert_num_queries(1):
        assert take_slot(slow, now=NOW)
    with django_assert_num_queries(1):
        assert not take_slot(slow, now=NOW)


def test_the_time_of_a_quiet_line_counts_from_now(slow):
    PhoneLine.objects.update(paced_until=NOW - 60 * SECOND)

    assert take_slot(slow, now=NOW)

    slow.refresh_from_db()
    assert slow.paced_until == NOW + SECOND
