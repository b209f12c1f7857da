"""A queue between processes that a killed process cannot take along.

`multiprocessing.Queue` lets the waiting reader hold a lock that all readers share: kill
that reader and the others wait for ever (https://github.com/django-q2/django-q2/issues/23).
Here the kernel hands each message to one reader and keeps all the book-keeping, which
nobody's death can spoil. See unix(7), SOCK_SEQPACKET.
"""

import errno
import fcntl
import os
import pickle
import socket
import struct
import sys
import termios
import time
from typing import Any

# Messages are padded to a multiple of this, so that the number of bytes that wait
# says how many messages do.
_BLOCK = 1024
_BUFFER_BYTES = 1 << 20
_LONGEST_RESULT = 20_000
# How long a reader sleeps before it looks whether its parent still lives.
_LOOK_ROUND_SECONDS = 1
_FULL_PAUSE_SECONDS = 0.005
_TIMEVAL = struct.Struct("@ll")


class SeqQueue:
    """First in, first out; as much of a queue's interface as django-q2 uses.

    At most `maxsize` items wait (0: as many as the kernel's buffer holds); `put`
    waits for room. For the process that makes it and its children made by fork.
    """

    def __init__(self, maxsize: int = 0) -> None:
        self._reader, self._writer = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET
        )
        self._reader.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(_LOOK_ROUND_SECONDS, 0)
        )
        # The kernel takes less when it is allowed less; it then also says so.
        self._writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        limit = self._writer.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        self._buffer = bytearray(limit)
        self._maxsize = maxsize
        self._maker, self._makers_parent = os.getpid(), os.getppid()

    def put(self, item: Any) -> None:
        """Add an item. Raises ValueError for one too large for a message."""
        while self._maxsize and self.qsize() >= self._maxsize:
            self._leave_if_orphaned()
            time.sleep(_FULL_PAUSE_SECONDS)
        try:
            self._writer.send(_packed(item))
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            self._writer.send(_packed(_shortened(item)))

    def get(self) -> Any:
        """Wait for an item and take it. Ends the process when its parent is gone."""
        self._leave_if_orphaned()
        while True:
            try:
                size = self._reader.recv_into(self._buffer)
            except BlockingIOError:
                self._leave_if_orphaned()
            else:
                # Only our own processes hold the other end.
                return pickle.loads(self._buffer[:size])  # noqa: S301

    def qsize(self) -> int:
        """How many items wait; a large item may count as several."""
        waiting = bytearray(4)
        fcntl.ioctl(self._reader, termios.FIONREAD, waiting)
        return -(-int.from_bytes(waiting, sys.byteorder) // _BLOCK)

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self.qsize() == 0

    def close(self) -> None:
        """Nothing to do: an item is handed over when `put` returns."""

    def join_thread(self) -> None:
        """Nothing to do: no thread is involved."""

    def __del__(self) -> None:
        """Close both ends here; whoever inherited them keeps their own."""
        self._reader.close()
        self._writer.close()

    def _leave_if_orphaned(self) -> None:
        """End this process if the one that made it has died.

        A worker that outlives its sentinel would work beside the next one's for ever.
        """
        made_it = os.getpid() == self._maker
        if os.getppid() != (self._makers_parent if made_it else self._maker):
            raise SystemExit(1)


def works_here() -> bool:
    """Whether this system's sockets behave as `SeqQueue` needs (Linux's do)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        queue = SeqQueue()
        queue.put(1)
        queue.put(2)
        return queue.qsize() == 2 and [queue.get(), queue.get()] == [1, 2]
    except OSError:
        return False


def _packed(item: Any) -> bytes:
    data = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
    return data + bytes(-len(data) % _BLOCK)


def _shortened(item: Any) -> Any:
    """A finished task whose result is cut to what somebody might read."""
    if not isinstance(item, dict) or "result" not in item:
        raise ValueError("the item is too large for the queue")
    return {**item, "result": str(item["result"])[:_LONGEST_RESULT]}
