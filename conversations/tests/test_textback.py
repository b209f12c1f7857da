"""One missed call, one decision: a text, one reason, or a moment's patience."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.reasons import NEEDS_DESK, Reason
from conversations.textback import (
    LOOK_AGAIN_AFTER,
    TOO_LATE_AFTER,
    Facts,
    Skip,
    Text,
    Wait,
    decide,
)
from conversations.verdict import Choice, Outcome
from conversations.wording import TEXT_BACKS, Situation

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

# In the order in which they win.
CASES = [
    (Reason.ANSWERED_MEANWHILE, {"answered_after": True}),
    (Reason.WITHHELD, {"withheld": True}),
    (Reason.OWN_LINE, {"own_number": True}),
    (Reason.NOT_TEXTABLE, {"textable": False}),
    (Reason.OPTED_OUT, {"opted_out": True}),
    (Reason.DO_NOT_TEXT, {"do_not_text": True}),
    (Reason.EXCUSED, {"excused": True}),
    (Reason.LINE_OFF, {"line_on": False}),
    (Reason.IGNORED, {"choice": Choice.IGNORE}),
    (Reason.UNKNOWN_OUTCOME, {"outcome": Outcome.UNKNOWN, "choice": Choice.NOTIFY}),
    (Reason.NOTIFY_ONLY, {"choice": Choice.NOTIFY}),
    (Reason.COUNTRY, {"region": "GB"}),
    (Reason.NOT_REGISTERED, {"registered": False}),
    (Reason.BUDGET, {"segments_left": 0}),
    (Reason.TOO_LATE, {"missed_at": NOW - TOO_LATE_AFTER - SECOND}),
    (Reason.RECENTLY_TEXTED, {"last_text_back_at": NOW - timedelta(hours=3)}),
    (Reason.IN_CONVERSATION, {"last_message_at": NOW - timedelta(hours=3)}),
]


def maria(**facts):
    """Maria rang an open shop 20 seconds ago and nobody took the call."""
    known = {
        "now": NOW,
        "missed_at": NOW - 20 * SECOND,
        "outcome": Outcome.NO_ANSWER,
        "choice": Choice.TEXT,
    }
    return Facts(**{**known, **facts})


def test_a_plain_miss_is_answered_by_text():
    assert decide(maria()) == Text(Situation.IN_HOURS)


def test_each_reason_of_the_closed_list_can_be_given():
    assert {reason for reason, _facts in CASES} == set(Reason)


@pytest.mark.parametrize(("reason", "facts"), CASES)
def test_one_obstacle_gives_its_own_reason(reason, facts):
    assert decide(maria(**facts)) == Skip(reason)


@pytest.mark.parametrize("place", range(len(CASES) - 1))
def test_of_two_obstacles_the_more_certain_one_is_shown(place):
    reason, facts = CASES[place]
    for _later, more in CASES[place + 1 :]:
        assert decide(maria(**{**more, **facts})) == Skip(reason)


@pytest.mark.parametrize(("reason", "facts"), CASES)
def test_a_caller_on_the_phone_is_waited_for_only_where_a_text_would_go(reason, facts):
    assert decide(maria(with_desk_now=True, **facts)) == Skip(reason)


def test_a_caller_on_the_phone_with_the_desk_is_looked_at_again():
    assert decide(maria(with_desk_now=True)) == Wait(NOW + LOOK_AGAIN_AFTER)


@pytest.mark.parametrize(
    ("situation", "facts"),
    [
        (Situation.UPCOMING_APPOINTMENT, {"has_appointment": True}),
        (Situation.VOICEMAIL, {"outcome": Outcome.VOICEMAIL}),
        (Situation.HOLIDAY, {"hours_state": "holiday"}),
        (Situation.AFTER_HOURS, {"hours_state": "closed"}),
        (Situation.KNOWN_CUSTOMER, {"customer": True}),
        (Situation.IN_HOURS, {}),
        (
            Situation.UPCOMING_APPOINTMENT,
            {
                "has_appointment": True,
                "outcome": Outcome.VOICEMAIL,
                "hours_state": "holiday",
                "customer": True,
            },
        ),
        (
            Situation.VOICEMAIL,
            {"outcome": Outcome.VOICEMAIL, "hours_state": "closed", "customer": True},
        ),
        (Situation.HOLIDAY, {"hours_state": "holiday", "customer": True}),
        (Situation.AFTER_HOURS, {"hours_state": "closed", "customer": True}),
    ],
)
def test_the_most_particular_wording_is_chosen(situation, facts):
    assert decide(maria(**facts)) == Text(situation)


def test_every_wording_of_a_text_back_can_be_chosen():
    chosen = {
        decide(maria(**facts)).situation
        for facts in (
            {},
            {"has_appointment": True},
            {"outcome": Outcome.VOICEMAIL},
            {"hours_state": "holiday"},
            {"hours_state": "closed"},
            {"customer": True},
        )
    }

    assert chosen == TEXT_BACKS


@pytest.mark.parametrize(
    ("facts", "edge"),
    [
        ("last_text_back_at", timedelta(hours=24)),
        ("last_message_at", timedelta(hours=4)),
    ],
)
def test_a_window_ends_exactly_when_its_time_is_up(facts, edge):
    assert isinstance(decide(maria(**{facts: NOW - edge + SECOND})), Skip)
    assert decide(maria(**{facts: NOW - edge})) == Text(Situation.IN_HOURS)


def test_ten_minutes_after_the_miss_a_text_may_still_go_and_then_no_more():
    assert isinstance(decide(maria(missed_at=NOW - TOO_LATE_AFTER)), Text)
    late = maria(missed_at=NOW - TOO_LATE_AFTER - SECOND)
    assert decide(late) == Skip(Reason.TOO_LATE)


def test_a_window_of_zero_hours_suppresses_nothing():
    facts = maria(last_text_back_at=NOW, suppression=timedelta(0))

    assert isinstance(decide(facts), Text)


def test_an_unclear_outcome_is_texted_where_the_line_wants_it():
    facts = maria(outcome=Outcome.UNKNOWN, choice=Choice.TEXT)

    assert isinstance(decide(facts), Text)


@pytest.mark.parametrize("region", [None, "GB", ""])
def test_a_country_that_is_not_on_the_list_gets_no_text(region):
    assert decide(maria(region=region)) == Skip(Reason.COUNTRY)


def test_a_country_on_the_list_gets_a_text():
    allowed = frozenset({"GB"})

    assert isinstance(decide(maria(region="GB", allowed_regions=allowed)), Text)


@pytest.mark.parametrize(
    ("left", "kind"), [(None, Text), (1, Text), (0, Skip), (-4, Skip)]
)
def test_the_last_segment_of_the_month_may_be_used(left, kind):
    assert isinstance(decide(maria(segments_left=left)), kind)


def test_reasons_that_explain_themselves_ask_nothing_of_the_desk():
    assert set(Reason) - NEEDS_DESK == {
        Reason.ANSWERED_MEANWHILE,
        Reason.EXCUSED,
        Reason.IGNORED,
        Reason.RECENTLY_TEXTED,
    }
