"""Web and workers as one: started together, watched, stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from missedcall.launch.trouble import LaunchError, say

LOOK_SECONDS = 0.2
# The workers take up to ten seconds to finish what they have begun.
POLITE_SECONDS = 15.0
# Whoever dies more often than this, so fast, will not live.
LIVES = 3
LIFE_SECONDS = 30.0

_PR_SET_PDEATHSIG = 1
_INTERRUPT = 1 << (signal.SIGINT - 1)


class Stop:
    """Asked to stop: by a signal, or because the `make` that started us is gone."""

    def __init__(self) -> None:
        self._signals = 0
        self._maker = os.getppid() if "MAKELEVEL" in os.environ else 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self._signals += 1

    @property
    def asked(self) -> bool:
        """Whether to stop now."""
        return self._signals > 0 or self._maker_is_gone()

    @property
    def at_once(self) -> bool:
        """Somebody asked twice: no more politeness."""
        return self._signals > 1

    def _maker_is_gone(self) -> bool:
        if not self._maker:
            return False
        return os.getppid() != self._maker or interrupted(self._maker)


def interrupted(pid: int) -> bool:
    """Whether `make` got an interrupt that its terminal did not send to us, too.

    GNU make passes SIGTERM on, and waits for us after a SIGINT, which stays blocked
    meanwhile. Linux tells; elsewhere the answer is always no.
    """
    with suppress(OSError, ValueError):
        status = Path(f"/proc/{pid}/status").read_text()
        blocked = status.split("SigBlk:")[1].split()[0]
        return bool(int(blocked, 16) & _INTERRUPT)
    return False


class Member:
    """One process with its children, in a session of its own.

    A Ctrl-C in the terminal reaches us alone, so each member is told to stop once.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self._command = list(command)
        self._environment = dict(environment)
        self._births: list[float] = []
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        self._births.append(time.monotonic())
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def hopeless(self) -> bool:
        """It died again and again."""
        since = time.monotonic() - LIFE_SECONDS
        return sum(birth > since for birth in self._births) > LIVES

    def end(self, number: int) -> None:
        """Send a signal to it, or with SIGKILL to everything that it left."""
        with suppress(ProcessLookupError, PermissionError):
            if number == signal.SIGKILL:
                os.killpg(self._process.pid, number)
            else:
                os.kill(self._process.pid, number)


def die_with_parent() -> None:
    """Runs in the child: end it when we are killed (Linux; prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until(
    ready: Callable[[], bool], members: Sequence[Member], stop: Stop
) -> bool:
    """Wait until `ready()`; False when asked to stop. LaunchError when one died."""
    while not stop.asked:
        for member in members:
            if member.exit_code is not None:
                raise LaunchError(
                    f"The {member.name} ended with code {member.exit_code} while"
                    " starting; the lines above say why."
                )
        if ready():
            return True
        time.sleep(LOOK_SECONDS)
    return False


def look_after(members: Sequence[Member], stop: Stop) -> None:
    """Start again what dies, until asked to stop. LaunchError when it keeps dying."""
    while not stop.asked:
        for member in members:
            if member.exit_code is None:
                continue
            if member.hopeless:
                raise LaunchError(
                    f"The {member.name} ended with code {member.exit_code} again and"
                    " again; the lines above say why."
                )
            say(f"The {member.name} died (code {member.exit_code}) and starts again.")
            member.end(signal.SIGKILL)
            member.start()
        time.sleep(LOOK_SECONDS)


def stop_all(members: Sequence[Member], stop: Stop) -> None:
    """Ask everybody to end, wait for it, and leave nobody behind."""
    for member in members:
        member.end(signal.SIGTERM)
    deadline = time.monotonic() + POLITE_SECONDS
    while any(member.exit_code is None for member in members):
        if stop.at_once or time.monotonic() > deadline:
            break
        time.sleep(LOOK_SECONDS / 4)
    for member in members:
        member.end(signal.SIGKILL)
