from datetime import UTC, datetime, timedelta

import pytest
from django_q.models import OrmQ

from conversations.background import pulse
from conversations.models.pulse import WorkerPulse

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
State = WorkerPulse.State

pytestmark = pytest.mark.django_db


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


def supervisor(name="desk", *, state=State.WORKING, worked=1, at=1):
    worked_at = None if worked is None else ago(worked)
    pulse.renew(name, state=state, worked_at=worked_at, now=ago(at))


def test_without_a_supervisor_nothing_is_alive_and_it_says_what_to_start():
    state = pulse.queue_state(NOW)
    assert (state.alive, state.stalled, state.last_pulse_seconds) == (
        False,
        False,
        None,
    )
    assert "manage.py work" in state.problem


def test_working_workers_are_no_problem():
    supervisor(worked=2)
    assert pulse.queue_state(NOW) == pulse.QueueState(
        alive=True,
        stalled=False,
        waiting=0,
        oldest_waiting_seconds=0.0,
        last_pulse_seconds=2.0,
        problem="",
    )


@pytest.mark.parametrize(
    "signs",
    [
        {"state": State.STALLED},
        {"state": State.STARTING, "worked": None},
        {"worked": 6},
        {"worked": None},
    ],
)
def test_workers_that_do_not_work_are_a_stall(signs):
    supervisor(**signs)
    state = pulse.queue_state(NOW)
    assert (state.alive, state.stalled) == (True, True)
    assert state.problem


def test_a_supervisor_not_heard_of_for_ten_seconds_is_gone():
    supervisor(at=11)
    assert pulse.queue_state(NOW).alive is False


def test_while_others_work_a_stalled_group_is_named_but_the_queue_is_not_stalled():
    supervisor("one")
    supervisor("two", state=State.STALLED)
    state = pulse.queue_state(NOW)
    assert (state.alive, state.stalled) == (True, False)
    assert "1 group" in state.problem


def test_only_tasks_that_are_due_wait():
    supervisor()
    for seconds in (40, 5, -30):
        OrmQ.objects.create(key="missedcall", payload="", lock=ago(seconds))
    state = pulse.queue_state(NOW)
    assert (state.waiting, state.oldest_waiting_seconds) == (2, 40.0)
    assert "40 seconds" in state.problem


def test_a_supervisor_that_stops_takes_its_rows_away():
    supervisor("one")
    supervisor("two")
    pulse.retire("one")
    assert {p.name for p in WorkerPulse.objects.all()} == {"two", "two workers"}


def test_a_renewed_pulse_keeps_its_two_rows():
    supervisor(at=3)
    supervisor(at=1)
    assert WorkerPulse.objects.count() == 2


def test_the_dead_are_forgotten_after_an_hour():
    supervisor("old", at=3601, worked=3601)
    supervisor("new")
    pulse.forget_the_dead(NOW)
    assert {p.name for p in WorkerPulse.objects.all()} == {"new", "new workers"}
