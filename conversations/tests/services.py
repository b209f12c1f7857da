"""The PostgreSQL and Redis servers that some tests need.

`TEST_POSTGRES_URL` and `TEST_REDIS_URL` say where they are. Without a server the test
is skipped, unless `REQUIRE_SERVICES=1` says that a missing server is a failure.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

POSTGRES_DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_DEFAULT = "redis://127.0.0.1:6379/0"


@cache
def _refusal(url: str, default_port: int) -> str:
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "127.0.0.1", parts.port or default_port)
        socket.create_connection(address, timeout=2).close()
    except OSError as error:
        return str(error)
    return ""


def _reachable(variable: str, default: str, port: int) -> str:
    url = os.environ.get(variable, default)
    refusal = _refusal(url, port)
    if refusal and os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{variable}={url} does not answer: {refusal}")
    if refusal:
        pytest.skip(f"needs a server at {variable}={url}: {refusal}")
    return url


def postgres_url() -> str:
    """The URL of a PostgreSQL server where databases may be created."""
    return _reachable("TEST_POSTGRES_URL", POSTGRES_DEFAULT, 5432)


def redis_url() -> str:
    """The URL of a Redis server that may be used, but must not be emptied."""
    return _reachable("TEST_REDIS_URL", REDIS_DEFAULT, 6379)


@contextmanager
def fresh_postgres_database() -> Iterator[str]:
    """The URL of an empty database, dropped afterwards with whoever still uses it."""
    server = postgres_url()
    name = f"test_{uuid4().hex[:16]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )
