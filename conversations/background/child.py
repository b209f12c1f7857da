"""The cluster as its supervisor sees it: a process group, and its marks."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from conversations.background.progress import Marks, Progress

_LOOK_SECONDS = 0.05
_ENTRY = (
    "import django; django.setup();"
    " from conversations.background.cluster import main; main()"
)


class Child:
    """A running cluster in a process group of its own."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        # Without a name: it goes away with the last process that has it open.
        descriptor, path = tempfile.mkstemp()
        os.unlink(path)
        self._descriptor = descriptor
        self._progress = Progress()
        self._progress.attach(descriptor)
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and code
            [sys.executable, "-c", _ENTRY, str(descriptor), str(os.getpid())],
            pass_fds=[descriptor],
            # A Ctrl-C in the terminal reaches the supervisor alone.
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def marks(self) -> Marks:
        """What the cluster's processes last did."""
        return self._progress.read()

    def open_tasks(self) -> dict[int, int]:
        """See `Progress.open_tasks`."""
        return self._progress.open_tasks()

    def exit_code(self) -> int | None:
        """How the cluster's first process ended, None while it runs."""
        return self._process.poll()

    def stop(self, *, seconds: float, at_once: Callable[[], bool]) -> None:
        """Let running tasks end; kill what is left after `seconds`, or `at_once`."""
        deadline = time.monotonic() + seconds
        self._process.terminate()
        while self.exit_code() is None and time.monotonic() < deadline:
            if at_once():
                break
            time.sleep(_LOOK_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End every process of the group at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Forget the marks."""
        os.close(self._descriptor)


def is_running(process: int) -> bool:
    """Whether there is such a process, which we may not even be allowed to signal."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
