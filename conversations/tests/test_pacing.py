"""A line keeps within its rate, and nobody waits for it."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.models import PhoneLine
from conversations.pacing import BURST, hold_line, take_slot
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
    return sum(take_slot(line, now=at) is None for _ in range(tries))


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

    later = take_slot(slow, now=NOW)

    assert NOW < later <= NOW + BURST * SECOND
    assert take_slot(slow, now=later) is None


def test_one_lines_burst_does_not_hold_another_line(slow, business):
    other = PhoneLineFactory(business=business, texts_per_second=1)
    let_go(slow)

    assert take_slot(other, now=NOW) is None


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

    assert take_slot(line, now=NOW) is None
    hold_line(line, until=NOW + SECOND)


def test_a_slot_is_lost_to_a_faster_process_and_another_one_taken(slow, monkeypatch):
    faster = [0.1, 0.2]
    rows = type(PhoneLine.objects.all())
    get = rows.get

    def and_somebody_takes_one(self, *args, **kwargs):
        value = get(self, *args, **kwargs)
        if faster:
            moment = NOW + faster.pop(0) * SECOND
            PhoneLine.objects.filter(pk=slow.pk).update(paced_until=moment)
        return value

    monkeypatch.setattr(rows, "get", and_somebody_takes_one)

    assert take_slot(slow, now=NOW) is None
    slow.refresh_from_db()
    assert slow.paced_until == NOW + 1.2 * SECOND


def test_a_line_that_everybody_wants_is_tried_again_soon(slow, monkeypatch):
    rows = type(PhoneLine.objects.all())
    monkeypatch.setattr(rows, "update", lambda self, **values: 0)

    assert take_slot(slow, now=NOW) == NOW + SECOND
