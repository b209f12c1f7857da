"""`python -m missedcall.launch run`, or `environment`, or `environment-dev`."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from missedcall.launch import environment, family
from missedcall.launch.trouble import LaunchError, say
from missedcall.launch.wishes import Wishes, read_env_file, settle

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


def main(arguments: list[str]) -> int:
    """Do what was asked; the exit code says whether it went well."""
    try:
        match arguments:
            case ["run"]:
                run()
            case ["environment"]:
                environment.ensure(ROOT)
            case ["environment-dev"]:
                environment.ensure(ROOT, environment.DEVELOP)
            case _:
                raise LaunchError("Say run, environment or environment-dev.")
    except LaunchError as error:
        sys.stderr.write(f"Missed Call: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run() -> None:
    """Start everything and stay until asked to stop."""
    wishes = settle(os.environ, read_env_file(ROOT / ".env"))
    check_port(wishes)
    python = str(environment.ensure(ROOT))
    known = {**os.environ, **wishes.environment, "PYTHONUNBUFFERED": "1"}
    notes = prepare(python, known)
    stop = family.Stop()
    members = [
        family.Member("web server", web_command(python, wishes), known),
        family.Member("worker", [python, "manage.py", "work"], known),
    ]
    try:
        late = time.monotonic() + START_SECONDS
        if family.wait_until(lambda: answers(wishes.port, late), members, stop):
            say(welcome(wishes, notes))
            family.look_after(members, stop)
    finally:
        family.stop_all(members, stop)
    say("Stopped.")


def check_port(wishes: Wishes) -> None:
    """Raise LaunchError when somebody else listens there, or nobody may."""
    for address in wishes.addresses:
        host = address.rsplit(":", 1)[0].strip("[]")
        kind = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, wishes.port))
        except OSError as error:
            raise LaunchError(
                f"Port {wishes.port} on {host} cannot be used: {error.strerror}."
                " Stop what uses it, or choose another:"
                f" PORT={wishes.port + 1} make run"
            ) from error


def prepare(python: str, known: dict[str, str]) -> str:
    """Bring the database up to date; return what `manage.py prepare` has to tell."""
    done = subprocess.run(  # noqa: S603 - our own command
        [python, "manage.py", "prepare"],
        cwd=ROOT,
        env=known,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        last = (
            lines[-1] if lines else f"manage.py prepare ended with {done.returncode}."
        )
        raise LaunchError(last.split("Error: ", 1)[-1].split("Configured: ", 1)[-1])
    return done.stdout.strip()


def web_command(python: str, wishes: Wishes) -> list[str]:
    """gunicorn: threads that wait for the network, and no log of private links."""
    shared_memory = ["--worker-tmp-dir=/dev/shm"] if os.path.isdir("/dev/shm") else []  # noqa: S108
    return [
        python,
        "-m",
        "gunicorn",
        "missedcall.wsgi",
        *(f"--bind={address}" for address in wishes.addresses),
        f"--workers={wishes.web_processes}",
        "--worker-class=gthread",
        "--threads=4",
        "--keep-alive=30",
        "--graceful-timeout=8",
        "--log-level=warning",
        "--no-control-socket",
        *shared_memory,
    ]


def answers(port: int, late: float) -> bool:
    """Whether the web server answers; LaunchError after `late` (monotonic seconds)."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return True
    except urllib.error.HTTPError:
        # Another host name than ours may be all that is allowed: it is up.
        return True
    except OSError as error:
        if time.monotonic() > late:
            raise LaunchError(
                f"The web server did not answer within {START_SECONDS} seconds."
            ) from error
        return False


def welcome(wishes: Wishes, notes: str) -> str:
    """What to open, and how to get in."""
    site = wishes.environment.get("SITE_URL", f"http://localhost:{wishes.port}")
    site = site.rstrip("/")
    lines = ["", f"Missed Call answers at {site}"]
    if wishes.simulator:
        lines.append(f"  Simulator     {site}/simulator/")
    lines.append(f"  Staff         {site}/admin/")
    return "\n".join([*lines, *([notes] if notes else []), "Ctrl-C stops it.", ""])


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
