"""`make run`, with real processes: it comes up, works, and leaves nobody behind."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        not (ROOT / ".venv" / ".has-requirements-dev.txt").exists(),
        reason="would install: run `make test`",
    ),
]


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def start(tmp_path, port):
    """Start it and read until it says how to stop it; it never outlives the test."""
    started = []

    def run():
        process = subprocess.Popen(
            [sys.executable, "-m", "missedcall.launch", "run"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PORT": str(port),
                "DATA_DIR": str(tmp_path),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        return process, "".join(said)

    yield run
    for process in started:
        process.kill()
        process.stdout.close()
        process.wait()


def nobody_listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_comes_up_with_the_demo_and_goes_without_a_trace(start, port, number):
    process, said = start()

    assert f"http://localhost:{port}/simulator/" in said
    assert "dana@northside.example" in said
    with urllib.request.urlopen(
        f"http://127.0.0.1:{port}/healthz", timeout=5
    ) as answer:
        assert answer.read() == b"ok"
    process.send_signal(number)
    assert process.stdout.read().endswith("Stopped.\n")
    assert process.wait(timeout=30) == 0
    assert nobody_listens(port)


def test_a_second_one_on_the_same_port_is_told_so(start, port):
    start()
    second, said = start()

    assert said.startswith(f"Missed Call: Port {port} on 127.0.0.1 cannot be used")
    assert second.wait(timeout=30) == 1
