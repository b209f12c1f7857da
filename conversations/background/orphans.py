"""No process of a cluster outlives the process that made it."""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1  # prctl(2)
_LOOK_ROUND_SECONDS = 1.0
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None

_forking: dict[str, int] = {}


def die_with(parent: int) -> None:
    """Let this process be killed when `parent`, which made it, ends in any way."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=[parent], daemon=True).start()
    # It may have ended before we asked.
    if os.getppid() != parent:
        os._exit(1)


def tie_children() -> None:
    """Let every process that is forked from now on, at any depth, die so."""
    os.register_at_fork(before=_remember, after_in_child=_tie)


def _remember() -> None:
    _forking["parent"] = os.getpid()


def _tie() -> None:
    die_with(_forking["parent"])


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_ROUND_SECONDS)
    os._exit(1)
