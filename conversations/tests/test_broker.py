import statistics
import subprocess
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from django.db import OperationalError, connections
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from conversations.background.broker import WakefulBroker, release
from conversations.tests.services import fresh_postgres_database
from conversations.tests.workers import Installation

# Takes tasks until none has come for two seconds, or for twenty before the first;
# prints row ids and moments.
TAKE = """
from conversations.background.broker import WakefulBroker
broker = WakefulBroker()
broker.dequeue()
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + 20
while time.monotonic() < end:
    for row_id, _ in broker.dequeue() or []:
        print(row_id, time.monotonic(), flush=True)
        end = time.monotonic() + 2
"""
# Adds tasks one by one; prints row ids and the moments before.
GIVE = """
from conversations.background.broker import WakefulBroker
broker = WakefulBroker()
for number in range(int(sys.argv[1])):
    began = time.monotonic()
    print(broker.enqueue("task"), began, flush=True)
    time.sleep(float(sys.argv[2]))
"""
DROP_EVERYBODY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def sqlite_installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sqlite")
    installation = Installation(folder, f"sqlite:///{folder / 'db.sqlite3'}")
    installation.migrate()
    return installation


@pytest.fixture(scope="module")
def postgres_installation(tmp_path_factory):
    with fresh_postgres_database() as url:
        installation = Installation(tmp_path_factory.mktemp("postgres"), url)
        installation.migrate()
        yield installation


@pytest.fixture(
    params=[
        "sqlite_installation",
        pytest.param("postgres_installation", marks=pytest.mark.postgres),
    ]
)
def installation(request):
    return request.getfixturevalue(request.param)


@contextmanager
def takers(installation, count):
    """Processes that listen already and wait for the word to go on."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                installation.python(TAKE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            for _ in range(count)
        ]
        try:
            for process in processes:
                assert process.stdout.readline() == "ready\n"
            yield processes
        finally:
            for process in processes:
                process.kill()


def go_on(taker):
    taker.stdin.write("\n")
    taker.stdin.flush()


def takings(taker):
    """What it took, when nothing has come for a while."""
    return moments(taker.communicate(timeout=60)[0])


def moments(output):
    return {int(row): float(at) for row, at in map(str.split, output.splitlines())}


@pytest.mark.processes
def test_each_task_is_taken_once_whatever_the_number_of_takers(installation):
    with takers(installation, 3) as processes:
        given = moments(installation.run(GIVE, 200, 0))
        for process in processes:
            go_on(process)
        taken = [list(takings(process)) for process in processes]
    rows = [row for rows in taken for row in rows]
    assert sorted(rows) == sorted(given)
    assert len(set(rows)) == 200
    # Oldest first, also where several take turns.
    assert all(rows == sorted(rows) for rows in taken)


def latencies(installation, count=15):
    with takers(installation, 1) as (taker,):
        go_on(taker)
        given = moments(installation.run(GIVE, count, 0.05))
        taken = takings(taker)
    assert taken.keys() == given.keys()
    return [taken[row] - given[row] for row in given]


@pytest.mark.processes
def test_a_waiting_taker_is_woken_long_before_it_would_look(installation):
    assert statistics.median(latencies(installation)) < 0.3


@pytest.mark.processes
def test_without_redis_the_database_still_wakes(sqlite_installation, tmp_path):
    url = sqlite_installation.environment["DATABASE_URL"]
    down = Installation(tmp_path, url, redis_url="redis://127.0.0.1:9/0")
    assert statistics.median(latencies(down)) < 0.3


@pytest.mark.processes
@pytest.mark.postgres
def test_a_database_that_drops_everybody_costs_about_a_second(postgres_installation):
    url = postgres_installation.environment["DATABASE_URL"]
    with takers(postgres_installation, 1) as (taker,):
        go_on(taker)
        with psycopg.connect(url, autocommit=True) as admin:
            dropped = admin.execute(DROP_EVERYBODY).fetchall()
        assert len(dropped) >= 2  # the queue's connection and the listening one
        given = moments(postgres_installation.run(GIVE, 1, 0))
        taken = takings(taker)
    assert taken.keys() == given.keys()
    assert max(taken.values()) - max(given.values()) < 2


# --- In one process -------------------------------------------------------------------
@pytest.fixture
def broker(monkeypatch):
    monkeypatch.setattr("conversations.background.broker.POLL_SECONDS", 0.05)
    broker = WakefulBroker()
    yield broker
    broker._doorbell.close()


@pytest.mark.django_db
def test_the_oldest_due_task_is_taken_and_locked_for_the_retry_time(broker):
    for task in ("first", "second"):
        broker.enqueue(task)
    before = timezone.now()
    ((row_id, payload),) = broker.dequeue()
    lock = OrmQ.objects.get(id=row_id).lock
    assert payload == "first"
    assert Conf.RETRY - 1 < (lock - before).total_seconds() < Conf.RETRY + 5
    assert broker.dequeue()[0][1] == "second"
    assert broker.dequeue() is None


@pytest.mark.django_db
def test_a_released_task_is_taken_again_and_a_finished_one_is_not(broker):
    rows = [broker.enqueue("one"), broker.enqueue("two")]
    assert [broker.dequeue()[0][0] for _ in rows] == rows
    broker.acknowledge(rows[0])
    assert release(rows) == 1
    assert broker.dequeue()[0][0] == rows[1]


@pytest.mark.django_db
def test_a_database_error_neither_leaves_the_broker_nor_keeps_it_long(
    broker, monkeypatch, caplog
):
    broker.enqueue("task")
    errors = [OperationalError("gone"), OperationalError("gone"), None]
    claim = broker._claim
    monkeypatch.setattr(type(connections["default"]), "close", lambda _self: None)

    def flaky():
        if error := errors.pop(0):
            raise error
        return claim()

    monkeypatch.setattr(broker, "_claim", flaky)
    began = time.monotonic()
    assert [broker.dequeue(), broker.dequeue()] == [None, None]
    assert broker.dequeue()[0][1] == "task"
    assert time.monotonic() - began < 2
    assert [r.levelname for r in caplog.records] == ["WARNING"]


@pytest.mark.django_db
def test_an_acknowledgement_waits_for_the_database(broker, monkeypatch):
    row_id = broker.enqueue("task")
    errors = [OperationalError("gone")]
    using = OrmQ.objects.using
    monkeypatch.setattr(type(connections["default"]), "close", lambda _self: None)

    def flaky(alias):
        if errors:
            raise errors.pop()
        return using(alias)

    monkeypatch.setattr(OrmQ.objects, "using", flaky)
    broker.acknowledge(row_id)
    monkeypatch.undo()
    assert not OrmQ.objects.exists()
