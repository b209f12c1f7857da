import logging
import threading

import pytest

from conversations.gateway.simulator.threads import in_background


@pytest.fixture
def done():
    return threading.Event()


def test_work_goes_on_in_the_background(done):
    in_background(done.set)
    assert done.wait(5)


def test_a_thread_that_stumbles_says_so_in_the_log(monkeypatch, done):
    def stumble():
        raise RuntimeError("over a cable")

    logged = logging.getLogger("conversations.gateway.simulator.threads")
    monkeypatch.setattr(logged, "exception", lambda *args: done.set())
    in_background(stumble)
    assert done.wait(5)
