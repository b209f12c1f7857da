import os
import select
import socket
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from conversations.background.bells import (
    RedisBell,
    SocketBell,
    ring_redis,
    ring_socket,
)
from conversations.tests.services import redis_url
from conversations.tests.workers import wait_until


def is_rung(bell, seconds=0.0):
    return bool(select.select([bell], [], [], seconds)[0])


@pytest.fixture
def database_name(tmp_path):
    return str(tmp_path / "db.sqlite3")


def test_every_listener_on_a_file_is_woken(database_name):
    bells = [SocketBell(database_name), SocketBell(database_name)]
    ring_socket(database_name)
    assert [is_rung(bell) for bell in bells] == [True, True]
    for bell in bells:
        bell.hush()
        assert not is_rung(bell)
        bell.close()


def test_another_file_has_other_listeners(database_name):
    bell = SocketBell(database_name)
    ring_socket(database_name + "-2")
    assert not is_rung(bell)
    bell.close()


def test_a_listener_that_was_killed_is_forgotten(database_name):
    bell = SocketBell(database_name)
    bell._socket.close()
    assert Path(bell.path).exists()
    ring_socket(database_name)
    assert not Path(bell.path).exists()


def test_ringing_more_often_than_anybody_listens_does_no_harm(database_name):
    bell = SocketBell(database_name)
    for _ in range(1000):
        ring_socket(database_name)
    bell.hush()
    assert not is_rung(bell)
    bell.close()


def test_a_path_too_long_for_a_socket_is_replaced_by_the_temporary_folder(tmp_path):
    folder = tmp_path / ("a" * 90)
    folder.mkdir()
    bell = SocketBell(str(folder / "db.sqlite3"))
    assert bell.path.startswith(tempfile.gettempdir())
    assert len(os.fsencode(bell.path)) <= 100
    ring_socket(str(folder / "db.sqlite3"))
    assert is_rung(bell)
    bell.close()


@pytest.mark.redis
def test_redis_wakes_and_comes_back(monkeypatch):
    url, channel = redis_url(), f"wake_{uuid4().hex}"
    bell = RedisBell(url, channel)

    def rung():
        ring_redis(url, channel)
        return is_rung(bell)

    assert wait_until(rung, 5)
    bell.hush()
    assert not is_rung(bell)
    bell.close()


def test_a_redis_that_never_answers_holds_nobody_up(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{port}/0")
        began = time.monotonic()
        for _ in range(5):
            ring_redis(settings.REDIS_URL, "wake")
        assert time.monotonic() - began < 1
