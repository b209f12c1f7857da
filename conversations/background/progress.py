"""What the processes of one cluster are doing, told to their supervisor.

Marks go to an unnamed file that all of them inherit, so that keeping them costs the
database nothing and cannot wait for anybody: no lock, one small write each.
Times are `time.monotonic()`, which all processes of a machine share.
"""

import os
import struct
import time
from dataclasses import dataclass
from enum import IntEnum

_NUMBER = struct.Struct("@d")
# A task's row and who has it: nobody yet (0), a worker's process, or done (-1).
_TASK = struct.Struct("@qq")
# Row ids count up, so the ones in memory at a time do not share a place.
_PLACES = 512

TAKEN = 0
DONE = -1


class Mark(IntEnum):
    """The place of each number in the file."""

    LOOKED = 0
    WORKED = 1
    FINISHED = 2
    GUARDED = 3
    BUSY = 4
    WORKERS = 5
    WAITING = 6
    LIMIT = 7


@dataclass(frozen=True)
class Marks:
    """All marks of a cluster; 0.0 for a time means never."""

    looked: float = 0.0  # the pusher came back from asking the database
    worked: float = 0.0  # a worker began or ended a task
    finished: float = 0.0  # the monitor acknowledged a task
    guarded: float = 0.0  # the sentinel went round its workers
    busy: float = 0  # workers that had a task when it did
    workers: float = 0  # workers that it had
    waiting: float = 0  # tasks that waited in memory for a worker
    limit: float = 0  # the most that may


class Progress:
    """Writes and reads the marks; does nothing until it is attached to a file."""

    def __init__(self) -> None:
        self._file: int | None = None

    @property
    def attached(self) -> bool:
        """Whether a supervisor reads along."""
        return self._file is not None

    def attach(self, descriptor: int) -> None:
        """Write to and read from this open file from now on."""
        self._file = descriptor

    def mark(self, mark: Mark, value: float | None = None) -> None:
        """Set a mark to `value`, by default to the present moment."""
        if self._file is not None:
            number = time.monotonic() if value is None else value
            os.pwrite(self._file, _NUMBER.pack(number), mark * _NUMBER.size)

    def read(self) -> Marks:
        """The marks as they are now."""
        size = len(Mark) * _NUMBER.size
        data = os.pread(self._file, size, 0) if self._file is not None else b""
        return Marks(*(n for (n,) in _NUMBER.iter_unpack(data.ljust(size, b"\0"))))

    def note_task(self, row_id: int, holder: int) -> None:
        """Remember who has a task: a process id, `TAKEN` by the cluster, or `DONE`."""
        if self._file is not None:
            place = len(Mark) * _NUMBER.size + row_id % _PLACES * _TASK.size
            os.pwrite(self._file, _TASK.pack(row_id, holder), place)

    def open_tasks(self) -> dict[int, int]:
        """The holder of each task that was taken and is not done, by row id."""
        if self._file is None:
            return {}
        size = _PLACES * _TASK.size
        data = os.pread(self._file, size, len(Mark) * _NUMBER.size)
        tasks = _TASK.iter_unpack(data.ljust(size, b"\0"))
        return {row_id: holder for row_id, holder in tasks if row_id and holder >= 0}


progress = Progress()
