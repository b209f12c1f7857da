"""`make run`: what it says when it cannot start, and how it watches and stops."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from missedcall.launch import __main__ as launch
from missedcall.launch import family
from missedcall.launch.trouble import LaunchError
from missedcall.launch.wishes import settle

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); time.sleep(60)",
]
QUITTER = [sys.executable, "-c", "raise SystemExit(3)"]


def gone(member):
    while member.exit_code is None:
        time.sleep(0.01)


class Stop:
    """Asked to stop after so many looks."""

    def __init__(self, looks=0, *, at_once=False):
        self.looks = looks
        self.at_once = at_once

    @property
    def asked(self):
        self.looks -= 1
        return self.looks < 0


@pytest.fixture
def members():
    born = []

    def start(*commands):
        born.extend(
            family.Member("worker", command, os.environ) for command in commands
        )
        return born

    yield start
    for member in born:
        member.end(signal.SIGKILL)
        gone(member)


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_told_with_a_way_out(taken_port):
    with pytest.raises(LaunchError, match=rf"Port {taken_port} on 127\.0\.0\.1 cannot"):
        launch.check_port(settle({"PORT": str(taken_port)}, {}))


def test_a_port_just_left_is_free(taken_port):
    with socket.create_connection(("127.0.0.1", taken_port)):
        pass
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    launch.check_port(settle({"PORT": str(port)}, {}))


def test_an_unknown_wish_is_one_sentence_and_an_exit_code(capsys):
    assert launch.main(["dance"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_ctrl_c_while_installing_shows_no_traceback(monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(launch.environment, "ensure", interrupt)

    assert launch.main(["environment"]) == 130
    assert capsys.readouterr().err == ""


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    known = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "missedcall.settings",
        "DATABASE_URL": "postgres://127.0.0.1:9/none",
        "DATA_DIR": str(tmp_path),
    }

    with pytest.raises(LaunchError) as told:
        launch.prepare(sys.executable, known)

    assert str(told.value).startswith("The database does not answer:")
    assert "\n" not in str(told.value)


def test_a_setting_that_cannot_be_is_one_sentence(tmp_path):
    known = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "missedcall.settings",
        "SITE_URL": "text.example.com",
        "DATA_DIR": str(tmp_path),
    }

    with pytest.raises(LaunchError, match=r"^SITE_URL is 'text\.example\.com'"):
        launch.prepare(sys.executable, known)


def test_a_process_that_dies_at_start_ends_everything(members):
    with pytest.raises(
        LaunchError, match="The worker ended with code 3 while starting"
    ):
        family.wait_until(lambda: False, members(QUITTER), Stop(looks=100))


def test_waiting_ends_when_ready_or_when_asked_to_stop(members):
    started = members(SLEEPER)

    assert family.wait_until(lambda: True, started, Stop(looks=1))
    assert not family.wait_until(lambda: True, started, Stop())


def test_a_process_that_dies_later_starts_again(members, capsys):
    [member] = members(SLEEPER)
    member.end(signal.SIGKILL)
    gone(member)

    family.look_after([member], Stop(looks=1))

    assert member.exit_code is None
    assert "The worker died (code -9) and starts again." in capsys.readouterr().out


def test_a_process_that_dies_again_and_again_ends_everything(members):
    with pytest.raises(LaunchError, match="again and again"):
        family.look_after(members(QUITTER), Stop(looks=100))


def test_everybody_is_stopped_politely(members):
    started = members(SLEEPER, SLEEPER)

    family.stop_all(started, Stop())

    assert [member.exit_code for member in started] == [-signal.SIGTERM] * 2


def test_whoever_does_not_listen_is_ended(members, monkeypatch):
    monkeypatch.setattr(family, "POLITE_SECONDS", 0.1)
    [member] = members(STUBBORN)
    time.sleep(0.3)

    family.stop_all([member], Stop())
    gone(member)

    assert member.exit_code == -signal.SIGKILL


def test_asking_twice_ends_the_politeness(members):
    [member] = members(STUBBORN)
    time.sleep(0.3)
    began = time.monotonic()

    family.stop_all([member], Stop(at_once=True))

    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_interrupt_that_only_make_got_is_noticed(tmp_path):
    (tmp_path / "Makefile").write_text("run:\n\t@exec sleep 30\n")
    make = subprocess.Popen(
        ["make", "-C", tmp_path, "run"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        time.sleep(0.3)
        assert not family.interrupted(make.pid)
        make.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert family.interrupted(make.pid)
    finally:
        os.killpg(make.pid, signal.SIGKILL)
        make.wait()


def test_a_process_that_is_gone_was_not_interrupted():
    assert not family.interrupted(2**22 + 1)


def test_the_welcome_names_the_simulator_only_where_it_is_on():
    with_simulator = launch.welcome(settle({"PORT": "8101"}, {}), "  notes")
    without = launch.welcome(
        settle({"SITE_URL": "https://a.example/"}, {"SIMULATOR": "0"}), ""
    )

    assert "http://localhost:8101/simulator/" in with_simulator
    assert "  notes" in with_simulator
    assert "simulator" not in without
    assert "https://a.example/admin/" in without


def test_addresses_of_personal_pages_are_in_no_access_log():
    command = launch.web_command("python", settle({}, {}))

    assert not [word for word in command if "access" in word]
    assert "--bind=127.0.0.1:8000" in command
    assert "--workers=2" in command
