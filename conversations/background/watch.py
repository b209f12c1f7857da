"""Judges from its marks whether a cluster works. Pure: no clock, no process."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from conversations.background.progress import TAKEN, Marks

# A healthy cluster leaves each mark at least every second or two, busy or not.
STALL_SECONDS = 4.0
# The sentinel's marks are younger than this unless it is in trouble itself.
FRESH_SECONDS = 2.0
# A task that kills its worker each time is then left to the queue's slow repetition.
MOST_RETURNS = 3
# From the start of the process to its first task: mostly imports.
START_SECONDS = 20.0


class Trouble(StrEnum):
    """What is wrong with the workers, for the log."""

    NONE = ""
    START = "they did not start working"
    SENTINEL = "nobody looks after them"
    WORKERS = "they are free but take no task"
    PUSHER = "they have stopped asking for tasks"
    MONITOR = "they have stopped acknowledging finished tasks"


class Watch:
    """Follows one cluster from its start. Times in seconds of `time.monotonic()`."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._fine_at: dict[Trouble, float] = {}

    def trouble(self, marks: Marks, now: float, *, database_fine: bool) -> Trouble:
        """The first part that stands still without an excuse. Ask often.

        Workers that are all busy excuse whoever waits for them: a task may take as
        long as the queue's time-out allows. So does a database that does not answer.
        """
        if not marks.worked:
            late = now - self._started > START_SECONDS
            return Trouble.START if late else Trouble.NONE
        idle = marks.busy < marks.workers
        full = marks.waiting >= marks.limit
        unconfirmed = marks.worked > marks.finished
        parts = (
            (Trouble.SENTINEL, marks.guarded, True),
            (Trouble.WORKERS, marks.worked, idle and marks.waiting > 0),
            (Trouble.PUSHER, marks.looked, database_fine and not full),
            (Trouble.MONITOR, marks.finished, database_fine and idle and unconfirmed),
        )
        stalled = [
            part
            for part, mark, expected in parts
            if now - self._last_fine(part, mark if expected else now) > STALL_SECONDS
        ]
        return stalled[0] if stalled else Trouble.NONE

    def _last_fine(self, part: Trouble, moment: float) -> float:
        self._fine_at[part] = max(self._fine_at.get(part, self._started), moment)
        return self._fine_at[part]


class LostAndFound:
    """Finds the tasks that a killed worker took along, where the queue waits a minute.

    `is_running` says whether a process exists.
    """

    def __init__(self, is_running: Callable[[int], bool]) -> None:
        self._is_running = is_running
        self._suspects: set[int] = set()
        self._returns: Counter[int] = Counter()

    def lost(self, tasks: dict[int, int], marks: Marks, now: float) -> list[int]:
        """The rows of tasks that nobody has; ask about once a second.

        A task is lost when it is found in nobody's hands twice in a row: once may be
        the moment between two hands.
        """
        nothing_waits = not marks.waiting and now - marks.guarded < FRESH_SECONDS
        suspects = {
            row_id
            for row_id, holder in tasks.items()
            if (nothing_waits if holder == TAKEN else not self._is_running(holder))
        }
        lost = suspects & self._suspects
        self._suspects = suspects - lost
        self._returns.update(lost)
        return sorted(row for row in lost if self._returns[row] <= MOST_RETURNS)
