"""The virtual environment: made when missing, filled when requirements changed."""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from missedcall.launch.trouble import LaunchError, say

RUN = "requirements.txt"
DEVELOP = "requirements-dev.txt"

# What installing one file brings along.
_INCLUDES = {RUN: (RUN,), DEVELOP: (DEVELOP, RUN)}
_COMPLAINT = re.compile(r"^ERROR: (.+)$", re.MULTILINE)


def ensure(root: Path, requirements: str = RUN) -> Path:
    """Return the Python of `root`/.venv with `requirements` (a file name) installed.

    Costs a few hundredths of a second when nothing changed. Two that start at once
    take turns. Raises LaunchError when the environment cannot be made or filled.
    """
    folder = root / ".venv"
    try:
        folder.mkdir(exist_ok=True)
        with _alone(folder):
            _make(folder)
            _fill(folder, root, requirements)
    except OSError as error:
        raise LaunchError(f"{folder} cannot be used: {error}.") from error
    return _python(folder)


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> None:
    if _works(_python(folder)):
        return
    say(f"Making {folder} with Python {sys.version.split()[0]} ...")
    for stale in folder.glob(".has-*"):
        stale.unlink()
    try:
        venv.EnvBuilder(with_pip=True, symlinks=True, upgrade_deps=False).create(folder)
    except subprocess.CalledProcessError as error:
        raise LaunchError(
            f"{sys.executable} cannot make a virtual environment. On Debian and Ubuntu,"
            " install the package python3-venv."
        ) from error


def _works(python: Path) -> bool:
    """Whether it is there, starts (its Python may have gone), and has pip."""
    if not python.exists():
        return False
    asked = subprocess.run(  # noqa: S603 - our own path
        [python, "-c", "import pip, sys; sys.exit(sys.version_info < (3, 12))"],
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


def _fill(folder: Path, root: Path, requirements: str) -> None:
    wanted = {
        folder / f".has-{name}": hashlib.sha256((root / name).read_bytes()).hexdigest()
        for name in _INCLUDES[requirements]
    }
    if all(mark.exists() and mark.read_text() == has for mark, has in wanted.items()):
        return
    say(f"Installing {requirements}; the first time this takes a minute ...")
    _install(folder, root / requirements)
    for mark, has in wanted.items():
        mark.write_text(has)


def _install(folder: Path, requirements: Path) -> None:
    log = folder / "install.log"
    pip = [str(_python(folder)), "-m", "pip", "install", "--disable-pip-version-check"]
    with log.open("w") as file:
        done = subprocess.run(  # noqa: S603 - our own path and file
            [*pip, "--no-input", "--requirement", str(requirements)],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            check=False,
        )
    if done.returncode:
        raise LaunchError(
            f"Installing {requirements.name} failed: {_excuse(log.read_text())}"
            f" Check the connection to the package index, then start again; {log}"
            " has the details."
        )


def _excuse(log: str) -> str:
    """The installer's last complaint, as a sentence."""
    said = _COMPLAINT.findall(log)
    words = said[-1].strip() if said else "the installer gave no reason"
    return words if words.endswith((".", "!", "?")) else f"{words}."
