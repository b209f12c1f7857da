"""What is told to whoever starts Missed Call."""

import sys


class LaunchError(Exception):
    """It cannot start; the message says why and what to do, in one sentence or two."""


def say(line: str) -> None:
    """Write a line for the person at the terminal, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
