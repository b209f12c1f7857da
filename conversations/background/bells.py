"""Wake-ups: whoever adds a task rings, and the workers need not poll.

A bell carries no news but "look now". A lost ring costs a second, never a task: the
database row is the truth and is looked for once a second anyway.
"""

import contextlib
import hashlib
import logging
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import redis
from django.db.backends.base.base import BaseDatabaseWrapper
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# The shortest limit for a socket's path is macOS's: 104 bytes with the final zero.
_LONGEST_PATH = 100
# A server that does not answer may cost one caller this long, then nobody for a while.
_REDIS_TIMEOUT_SECONDS = 0.25
_REDIS_PAUSE_SECONDS = 5.0


class Bell(Protocol):
    """Something to wait for with `select`."""

    def fileno(self) -> int:
        """The file descriptor that becomes readable when somebody rings."""
        ...

    def hush(self) -> None:
        """Take notice of all rings so far."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


# --- A local socket, for a database that is a file ------------------------------------
def _socket_folders(database_name: str) -> list[Path]:
    """Where the listeners on one database file put their sockets, best place first.

    Beside the file, since whoever shares the file shares its folder; some file systems
    cannot hold sockets and some paths are too long, hence the temporary folder.
    """
    mark = hashlib.sha256(database_name.encode()).hexdigest()[:12]
    folders = [Path(tempfile.gettempdir()) / f"missedcall-{mark}"]
    if (beside := Path(database_name).parent).is_absolute() and beside.is_dir():
        folders.insert(0, beside / f".wake-{mark}")
    # The socket's own name takes 9 bytes: a slash and 8 letters.
    return [f for f in folders if len(os.fsencode(f)) + 9 <= _LONGEST_PATH]


def ring_socket(database_name: str) -> None:
    """Wake every listener on this database file; forget those that are gone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for folder in _socket_folders(database_name):
            for path in _entries(folder):
                try:
                    sender.sendto(b"1", path)
                except ConnectionRefusedError:
                    with contextlib.suppress(OSError):
                        os.unlink(path)
                except OSError:
                    # Its buffer is full: it has been woken already.
                    continue


def _entries(folder: Path) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            yield entry.path


class SocketBell:
    """Rung by `ring_socket`. Raises OSError where no socket can be made."""

    def __init__(self, database_name: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.path = self._bind(database_name)

    def _bind(self, database_name: str) -> str:
        refusal = OSError("no folder with a path short enough for a socket")
        for folder in _socket_folders(database_name):
            path = str(folder / secrets.token_hex(4))
            try:
                folder.mkdir(mode=0o700, exist_ok=True)
                self._socket.bind(path)
            except OSError as error:
                refusal = error
            else:
                return path
        self._socket.close()
        raise refusal

    def fileno(self) -> int:
        """See `Bell`."""
        return self._socket.fileno()

    def hush(self) -> None:
        """See `Bell`."""
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(16):
                continue

    def close(self) -> None:
        """See `Bell`."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)


# --- NOTIFY, for PostgreSQL -----------------------------------------------------------
def ring_postgres(connection: BaseDatabaseWrapper, channel: str) -> None:
    """Wake every listener when the current transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel])


class PostgresBell:
    """Rung by `ring_postgres`; a connection of its own that only listens.

    Raises Django's database errors, at any call, when the database is gone.
    """

    def __init__(self, connection: BaseDatabaseWrapper, channel: str) -> None:
        # A copy outside `django.db.connections`: nobody closes it as an old one.
        self._database = connection.copy(alias="bell")
        self._database.settings_dict["OPTIONS"].pop("pool", None)
        self._database.connect()
        with self._database.cursor() as cursor:
            cursor.execute(f"LISTEN {self._database.ops.quote_name(channel)}")

    def fileno(self) -> int:
        """See `Bell`."""
        with self._database.wrap_database_errors:
            return int(self._database.connection.fileno())

    def hush(self) -> None:
        """See `Bell`."""
        with self._database.wrap_database_errors:
            for _ring in self._database.connection.notifies(timeout=0):
                continue

    def close(self) -> None:
        """See `Bell`."""
        self._database.close()


# --- Redis ----------------------------------------------------------------------------
class _RedisRinger:
    """Publishes; after a failure it keeps quiet for some seconds and says so once."""

    def __init__(self) -> None:
        self._clients: dict[str, redis.Redis] = {}
        self._quiet_until = 0.0
        self._failing = False

    def ring(self, url: str, channel: str) -> None:
        """Wake the listeners if Redis answers at once."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            if url not in self._clients:
                self._clients[url] = _redis_client(url)
            self._clients[url].publish(channel, b"1")
            self._failing = False
        except (redis.RedisError, OSError, ValueError) as error:
            self._quiet_until = time.monotonic() + _REDIS_PAUSE_SECONDS
            if not self._failing:
                logger.warning("Redis wakes nobody, the database does: %s", error)
            self._failing = True


def _redis_client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=_REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


ring_redis = _RedisRinger().ring


class RedisBell:
    """Rung by `ring_redis`: a thread hands each ring on to a socket pair."""

    def __init__(self, url: str, channel: str) -> None:
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self._closed = threading.Event()
        threading.Thread(target=self._listen, args=[url, channel], daemon=True).start()

    def _listen(self, url: str, channel: str) -> None:
        failing = False
        while not self._closed.is_set():
            try:
                self._hand_on(url, channel)
                failing = False
            except (redis.RedisError, OSError, ValueError) as error:
                if not failing and not self._closed.is_set():
                    logger.warning("Redis is gone, the database wakes us: %s", error)
                failing = True
                self._closed.wait(1)

    def _hand_on(self, url: str, channel: str) -> None:
        client = _redis_client(url)
        with client.pubsub() as subscription:  # type: ignore[no-untyped-call]  # redis
            subscription.subscribe(channel)
            while not self._closed.is_set():
                if subscription.get_message(timeout=1.0):
                    with contextlib.suppress(BlockingIOError):
                        self._mouth.send(b"1")

    def fileno(self) -> int:
        """See `Bell`."""
        return self._ear.fileno()

    def hush(self) -> None:
        """See `Bell`."""
        with contextlib.suppress(BlockingIOError):
            while self._ear.recv(4096):
                continue

    def close(self) -> None:
        """See `Bell`."""
        self._closed.set()
        self._ear.close()
        self._mouth.close()
