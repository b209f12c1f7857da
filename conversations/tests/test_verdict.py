"""The truth table, row by row: what a set of facts says about a call."""

import itertools

import pytest

from conversations.models import Call
from conversations.verdict import (
    DEFAULT_CHOICES,
    MIN_MESSAGE_SECONDS,
    Choice,
    Evidence,
    Outcome,
    judge,
)

STILL_OPEN = None

NOTHING_PRESSED = [
    ("no-answer", Outcome.NO_ANSWER),
    ("busy", Outcome.BUSY),
    ("failed", Outcome.FAILED),
    ("canceled", Outcome.CANCELLED),
    ("cancelled", Outcome.CANCELLED),
    ("completed", Outcome.MACHINE),
    ("answered", Outcome.MACHINE),
    ("COMPLETED", Outcome.MACHINE),
    ("queued", Outcome.UNKNOWN),
    ("in-progress", Outcome.UNKNOWN),
    ("missing", Outcome.UNKNOWN),
    ("melted", Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("status", "outcome"), NOTHING_PRESSED)
@pytest.mark.parametrize("bridged", [None, False, True])
def test_without_a_key_press_the_dialled_leg_never_counts_as_answered(
    status, outcome, bridged
):
    verdict = judge(Evidence(dial_status=status, bridged=bridged))

    assert verdict.outcome == outcome
    assert verdict.missed
    assert not verdict.answered


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        # The key alone: somebody is talking right now.
        ({}, Outcome.ANSWERED),
        ({"dial_status": "completed", "bridged": True}, Outcome.ANSWERED),
        ({"dial_status": "completed", "bridged": None}, Outcome.ANSWERED),
        ({"dial_status": "answered", "bridged": None}, Outcome.ANSWERED),
        ({"dial_status": "missing", "bridged": None}, Outcome.ANSWERED),
        # The carrier's word that both were joined stands above a strange status.
        ({"dial_status": "canceled", "bridged": True}, Outcome.ANSWERED),
        ({"final_status": "no-answer", "bridged": True}, Outcome.ANSWERED),
        ({"final_status": "completed"}, Outcome.ANSWERED),
        ({"swept": True}, Outcome.ANSWERED),
        # Pressed, and the caller had gone.
        ({"dial_status": "completed", "bridged": False}, Outcome.CANCELLED),
        ({"dial_status": "answered", "bridged": False}, Outcome.CANCELLED),
        ({"dial_status": "canceled", "bridged": False}, Outcome.CANCELLED),
        ({"dial_status": "canceled", "bridged": None}, Outcome.CANCELLED),
        ({"dial_status": "no-answer", "bridged": None}, Outcome.NO_ANSWER),
        ({"dial_status": "busy", "bridged": None}, Outcome.BUSY),
        ({"dial_status": "failed", "bridged": None}, Outcome.FAILED),
        # The parent is answered by the join alone, so this one never was.
        ({"final_status": "no-answer"}, Outcome.CANCELLED),
        ({"final_status": "canceled"}, Outcome.CANCELLED),
    ],
)
def test_a_key_press_answers_unless_the_two_sides_were_never_joined(facts, outcome):
    assert judge(Evidence(accepted=True, **facts)).outcome == outcome


@pytest.mark.parametrize(
    ("final", "outcome"),
    [
        ("completed", Outcome.CANCELLED),
        ("no-answer", Outcome.CANCELLED),
        ("canceled", Outcome.CANCELLED),
        ("cancelled", Outcome.CANCELLED),
        ("busy", Outcome.BUSY),
        ("failed", Outcome.FAILED),
        ("No-Answer", Outcome.CANCELLED),
        ("missing", Outcome.UNKNOWN),
        ("melted", Outcome.UNKNOWN),
    ],
)
def test_the_final_status_speaks_when_no_dial_result_came(final, outcome):
    assert judge(Evidence(final_status=final)).outcome == outcome


@pytest.mark.parametrize(
    ("legs", "outcome"),
    [
        (("busy",), Outcome.BUSY),
        (("busy", "busy"), Outcome.BUSY),
        (("no-answer", "no-answer"), Outcome.NO_ANSWER),
        (("failed",), Outcome.FAILED),
        # Legs that tell different stories leave the word to the parent.
        (("busy", "no-answer"), Outcome.CANCELLED),
        (("canceled",), Outcome.CANCELLED),
        (("completed",), Outcome.CANCELLED),
    ],
)
def test_legs_that_agree_speak_before_the_final_status(legs, outcome):
    verdict = judge(Evidence(leg_statuses=legs, final_status="completed"))

    assert verdict.outcome == outcome


@pytest.mark.parametrize("legs", [(), ("ringing",), ("busy",), ("completed",)])
def test_legs_alone_settle_nothing_while_the_call_goes_on(legs):
    verdict = judge(Evidence(leg_statuses=legs))

    assert verdict.outcome is STILL_OPEN
    assert not verdict.missed
    assert not verdict.answered


def test_a_dial_result_stands_above_the_final_status_and_the_legs():
    evidence = Evidence(
        dial_status="busy", final_status="completed", leg_statuses=("no-answer",)
    )

    assert judge(evidence).outcome == Outcome.BUSY


@pytest.mark.parametrize(
    ("why", "outcome"),
    [
        ("forwarded", Outcome.NO_ANSWER),
        ("no_phone", Outcome.NO_ANSWER),
        ("closed", Outcome.AFTER_HOURS),
        ("holiday", Outcome.AFTER_HOURS),
    ],
)
@pytest.mark.parametrize("final", ["", "completed", "no-answer", "melted"])
def test_a_call_that_rang_nobody_is_missed_at_once_and_stays_so(why, outcome, final):
    assert judge(Evidence(not_rung=why, final_status=final)).outcome == outcome


@pytest.mark.parametrize("answered_by", ["machine_start", "machine_end_beep", "fax"])
def test_a_machine_on_the_leg_is_a_miss(answered_by):
    evidence = Evidence(dial_status="no-answer", answered_by=answered_by)

    assert judge(evidence).outcome == Outcome.MACHINE


@pytest.mark.parametrize("answered_by", ["human", "unknown", ""])
def test_an_unsure_detection_is_not_taken_for_a_machine(answered_by):
    evidence = Evidence(dial_status="busy", answered_by=answered_by)

    assert judge(evidence).outcome == Outcome.BUSY


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [
        (None, Outcome.NO_ANSWER),
        (0, Outcome.VOICEMAIL_EMPTY),
        (1, Outcome.VOICEMAIL_EMPTY),
        (2, Outcome.VOICEMAIL),
        (90, Outcome.VOICEMAIL),
    ],
)
def test_a_recording_counts_as_a_message_from_two_seconds_on(seconds, outcome):
    assert MIN_MESSAGE_SECONDS == 2
    evidence = Evidence(dial_status="no-answer", voicemail_seconds=seconds)

    assert judge(evidence).outcome == outcome


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [(0, Outcome.VOICEMAIL_EMPTY), (5, Outcome.VOICEMAIL)],
)
def test_a_voicemail_proves_a_miss_even_when_every_other_report_is_lost(
    seconds, outcome
):
    assert judge(Evidence(voicemail_seconds=seconds)).outcome == outcome


def test_a_recording_does_not_undo_an_answer():
    evidence = Evidence(accepted=True, bridged=True, voicemail_seconds=30)

    assert judge(evidence).outcome == Outcome.ANSWERED


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"not_rung": "forwarded"}, Outcome.WITHHELD),
        ({"not_rung": "closed"}, Outcome.WITHHELD),
        ({"dial_status": "busy"}, Outcome.WITHHELD),
        ({"dial_status": "melted"}, Outcome.WITHHELD),
        ({"final_status": "completed"}, Outcome.WITHHELD),
        ({"dial_status": "busy", "voicemail_seconds": 1}, Outcome.WITHHELD),
        ({"dial_status": "busy", "voicemail_seconds": 2}, Outcome.VOICEMAIL),
        ({"accepted": True}, Outcome.ANSWERED),
        ({}, STILL_OPEN),
    ],
)
def test_a_withheld_miss_is_reported_as_such_unless_it_left_a_message(facts, outcome):
    assert judge(Evidence(withheld=True, **facts)).outcome == outcome


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({}, Outcome.NO_ANSWER),
        ({"leg_statuses": ("busy",)}, Outcome.BUSY),
        ({"leg_statuses": ("ringing",)}, Outcome.NO_ANSWER),
        ({"final_status": "completed"}, Outcome.CANCELLED),
        ({"withheld": True}, Outcome.WITHHELD),
    ],
)
def test_the_sweep_settles_a_call_whose_reports_stopped(facts, outcome):
    assert judge(Evidence(swept=True, **facts)).outcome == outcome


def test_a_ringing_call_is_neither_answered_nor_missed():
    verdict = judge(Evidence())

    assert verdict.outcome is STILL_OPEN
    assert not verdict.missed
    assert not verdict.answered


def test_every_outcome_can_be_reached():
    facts = [
        Evidence(accepted=accepted, dial_status=dial, not_rung=rung, withheld=hidden)
        for accepted, dial, rung, hidden in itertools.product(
            [False, True],
            ["", "no-answer", "busy", "failed", "canceled", "completed", "melted"],
            ["", "closed"],
            [False, True],
        )
    ]
    voicemails = [Evidence(dial_status="busy", voicemail_seconds=s) for s in (0, 9)]

    reached = {judge(evidence).outcome for evidence in facts + voicemails}

    assert reached == {*Outcome, STILL_OPEN}


def test_each_miss_has_a_choice_and_only_unclear_and_withheld_ones_get_no_text():
    assert set(DEFAULT_CHOICES) == set(Outcome) - {Outcome.ANSWERED}
    silent = {o for o, choice in DEFAULT_CHOICES.items() if choice != Choice.TEXT}
    assert silent == {Outcome.WITHHELD, Outcome.UNKNOWN}


def test_a_stored_call_hands_its_facts_to_the_truth_table():
    call = Call(
        evidence={
            "legs": {"CA2": "busy", "CA1": "busy"},
            "final_status": "completed",
            "ring_targets": 2,
        }
    )

    assert call.facts.leg_statuses == ("busy", "busy")
    assert judge(call.facts).outcome == Outcome.BUSY
