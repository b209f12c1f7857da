from dataclasses import replace

from conversations.background.progress import DONE, TAKEN, Mark, Progress
from conversations.background.watch import (
    MOST_RETURNS,
    STALL_SECONDS,
    START_SECONDS,
    LostAndFound,
    Marks,
    Trouble,
    Watch,
)

START = 1000.0
LATER = START + 100


def marks_at(now, **changed):
    """A healthy idle cluster with four workers."""
    fine = Marks(
        looked=now, worked=now, finished=now, guarded=now, workers=4, busy=0, limit=4
    )
    return replace(fine, **changed)


def trouble_after(seconds, *, database_fine=True, **changed):
    """What the watch says of marks that are `changed` from `LATER` on."""
    watch = Watch(START)
    watch.trouble(marks_at(LATER), LATER, database_fine=database_fine)
    now = LATER + seconds
    return watch.trouble(marks_at(now, **changed), now, database_fine=database_fine)


LONG = STALL_SECONDS + 0.1
SHORT = STALL_SECONDS - 0.1


def test_a_cluster_that_leaves_its_marks_is_fine():
    assert trouble_after(LONG) == Trouble.NONE


def test_a_cluster_may_take_its_time_to_start():
    watch, nothing = Watch(START), Marks()
    assert not watch.trouble(nothing, START + START_SECONDS, database_fine=True)


def test_a_cluster_that_never_starts_to_work_is_noticed():
    watch, late = Watch(START), START + START_SECONDS + 0.1
    assert watch.trouble(Marks(), late, database_fine=True) == Trouble.START


def test_a_sentinel_that_stands_still_is_noticed():
    assert trouble_after(LONG, guarded=LATER) == Trouble.SENTINEL
    assert trouble_after(SHORT, guarded=LATER) == Trouble.NONE


def test_free_workers_that_take_no_waiting_task_are_noticed():
    assert trouble_after(LONG, worked=LATER, waiting=2, busy=3) == Trouble.WORKERS
    assert trouble_after(SHORT, worked=LATER, waiting=2, busy=3) == Trouble.NONE


def test_workers_with_long_tasks_are_no_stall():
    stuck = {"worked": LATER, "looked": LATER, "finished": LATER}
    assert trouble_after(60, **stuck, waiting=4, busy=4) == Trouble.NONE


def test_workers_without_a_waiting_task_are_no_stall():
    assert trouble_after(60, worked=LATER) == Trouble.NONE


def test_a_pusher_that_stops_asking_is_noticed_unless_memory_is_full():
    assert trouble_after(LONG, looked=LATER) == Trouble.PUSHER
    assert trouble_after(LONG, looked=LATER, waiting=4) == Trouble.NONE


def test_a_monitor_that_stops_acknowledging_is_noticed():
    assert trouble_after(LONG, finished=LATER) == Trouble.MONITOR


def test_a_database_that_does_not_answer_is_not_the_workers_fault():
    stuck = {"looked": LATER, "finished": LATER}
    assert trouble_after(LONG, **stuck, database_fine=False) == Trouble.NONE


def test_an_excuse_gives_time_from_its_end_on():
    watch = Watch(START)
    watch.trouble(marks_at(LATER), LATER, database_fine=True)
    for seconds, fine in ((10, False), (10 + SHORT, True)):
        now = LATER + seconds
        stuck = marks_at(now, looked=LATER)
        assert watch.trouble(stuck, now, database_fine=fine) == Trouble.NONE
    now = LATER + 10 + LONG
    stuck = marks_at(now, looked=LATER)
    assert watch.trouble(stuck, now, database_fine=True) == Trouble.PUSHER


# --- Lost tasks -----------------------------------------------------------------------
def lost_after_two_looks(tasks, *, running=(), **changed):
    found = LostAndFound(lambda process: process in running)
    assert found.lost(tasks, marks_at(LATER, **changed), LATER) == []
    return found.lost(tasks, marks_at(LATER, **changed), LATER)


def test_a_task_whose_worker_is_gone_is_lost():
    assert lost_after_two_looks({7: 111, 8: 222}, running=[222]) == [7]


def test_a_task_that_is_taken_but_in_no_queue_is_lost():
    assert lost_after_two_looks({7: TAKEN}) == [7]


def test_a_task_that_waits_for_a_worker_is_not_lost():
    assert lost_after_two_looks({7: TAKEN}, waiting=1) == []


def test_old_marks_prove_no_loss():
    assert lost_after_two_looks({7: TAKEN}, guarded=LATER - 3) == []


def test_a_task_between_two_hands_is_not_lost():
    found = LostAndFound(lambda process: process == 111)
    assert found.lost({7: TAKEN}, marks_at(LATER), LATER) == []
    assert found.lost({7: 111}, marks_at(LATER), LATER) == []
    assert found.lost({7: TAKEN}, marks_at(LATER), LATER) == []


def test_a_task_that_kills_every_worker_is_given_back_only_a_few_times():
    found = LostAndFound(lambda _process: False)
    returns = [found.lost({7: 111}, marks_at(LATER), LATER) for _ in range(20)]
    assert returns.count([7]) == MOST_RETURNS


# --- Marks ----------------------------------------------------------------------------
def test_marks_and_tasks_are_read_as_they_were_written(tmp_path):
    with (tmp_path / "marks").open("w+b") as file:
        progress = Progress()
        progress.attach(file.fileno())
        assert (progress.read(), progress.open_tasks()) == (Marks(), {})
        progress.mark(Mark.BUSY, 3)
        progress.mark(Mark.WORKED, 12.5)
        progress.note_task(1, TAKEN)
        progress.note_task(2, TAKEN)
        progress.note_task(2, 4711)
        progress.note_task(3, DONE)
        assert progress.read() == Marks(busy=3, worked=12.5)
        assert progress.open_tasks() == {1: TAKEN, 2: 4711}


def test_without_a_supervisor_no_marks_are_kept():
    progress = Progress()
    progress.mark(Mark.BUSY, 3)
    progress.note_task(1, TAKEN)
    assert (progress.attached, progress.read(), progress.open_tasks()) == (
        False,
        Marks(),
        {},
    )
