"""Facts are added in any order, any number of times, with one result."""

import json

from hypothesis import given
from hypothesis import strategies as st

from conversations.evidence import merge

STATUSES = [
    "initiated",
    "queued",
    "ringing",
    "in-progress",
    "answered",
    "completed",
    "busy",
    "no-answer",
    "failed",
    "canceled",
    "melted",
]
legs = st.dictionaries(
    st.sampled_from(["CA1", "CA2", "CA3"]), st.sampled_from(STATUSES), max_size=3
)
statuses = st.sampled_from(["", *STATUSES])
seconds = st.none() | st.integers(0, 300)

# Each of these is what one webhook adds.
started = st.fixed_dictionaries(
    {
        "not_rung": st.sampled_from(["", "forwarded", "closed", "holiday"]),
        "ring_targets": st.integers(0, 10),
    },
    optional={"final_status": statuses},
)
dial_ended = st.fixed_dictionaries(
    {
        "dial_status": st.sampled_from([*STATUSES, "missing"]),
        "bridged": st.sampled_from([None, True, False]),
        "dial_seconds": seconds,
    },
    optional={"final_status": statuses},
)
leg = st.fixed_dictionaries(
    {
        "legs": legs,
        "answered_by": st.sampled_from(["", "human", "machine_start", "unknown"]),
    }
)
status = st.fixed_dictionaries(
    {"seconds": seconds}, optional={"final_status": statuses}
)
pressed = st.fixed_dictionaries(
    {"key": st.sampled_from(["1", "2", ""])},
    optional={
        "accepted": st.just(True),
        "accepted_leg": st.sampled_from(["CA1", "CA2"]),
    },
)
voicemail = st.fixed_dictionaries(
    {"voicemail_seconds": st.integers(0, 300)},
    optional={"voicemail_over": st.just(True)},
)
hidden = st.just({"withheld": True})
swept = st.just({"swept": True})
facts = st.one_of(started, dial_ended, leg, status, pressed, voicemail, hidden, swept)
# What is stored was itself merged out of webhooks.
stored = st.lists(facts, max_size=4).map(lambda many: told({}, *many))


def told(evidence, *many):
    for one in many:
        evidence = merge(evidence, one)
    return evidence


@given(stored, facts, facts)
def test_two_reports_give_the_same_whichever_comes_first(before, one, other):
    assert told(before, one, other) == told(before, other, one)


@given(stored, stored, stored)
def test_it_does_not_matter_in_which_groups_reports_come(one, two, three):
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(stored, facts)
def test_a_repeated_report_changes_nothing(before, report):
    once = merge(before, report)

    assert merge(once, report) == once


@given(st.lists(facts, min_size=1, max_size=5), st.data())
def test_any_order_with_any_repeats_ends_the_same(reports, data):
    repeats = data.draw(st.lists(st.sampled_from(reports), max_size=4))
    shuffled = data.draw(st.permutations(reports + repeats))

    assert told({}, *shuffled) == told({}, *reports)


@given(stored, facts)
def test_storing_as_json_between_two_reports_changes_nothing(before, report):
    assert json.loads(json.dumps(before)) == before
    assert merge(json.loads(json.dumps(before)), report) == merge(before, report)


@given(stored, facts)
def test_what_was_known_before_is_left_untouched(before, report):
    kept, given_report = json.dumps(before), json.dumps(report)

    merge(before, report)

    assert (json.dumps(before), json.dumps(report)) == (kept, given_report)


def test_empty_reports_say_nothing():
    assert merge({"dial_status": "busy"}, {"dial_status": "", "bridged": None}) == {
        "dial_status": "busy"
    }


def test_no_and_zero_are_reports():
    assert merge({}, {"bridged": False, "voicemail_seconds": 0}) == {
        "bridged": False,
        "voicemail_seconds": 0,
    }


def test_yes_stays_and_the_longer_recording_wins():
    before = {"bridged": True, "voicemail_seconds": 30}

    assert merge(before, {"bridged": False, "voicemail_seconds": 0}) == before


def test_a_leg_only_moves_forward():
    over = {"legs": {"CA1": "busy"}}

    assert merge(over, {"legs": {"CA1": "ringing"}}) == over
    assert merge({"legs": {"CA1": "ringing"}}, over) == over
    assert merge({"legs": {"CA1": "initiated"}}, {"legs": {"CA1": "ringing"}}) == {
        "legs": {"CA1": "ringing"}
    }


def test_legs_of_several_phones_are_kept_apart():
    assert merge({"legs": {"CA1": "busy"}}, {"legs": {"CA2": "ringing"}}) == {
        "legs": {"CA1": "busy", "CA2": "ringing"}
    }
