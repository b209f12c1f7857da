import multiprocessing
import os
import signal
import time

import pytest

from conversations.background.seqqueue import SeqQueue, works_here

pytestmark = [
    pytest.mark.skipif(not works_here(), reason="needs Linux's SOCK_SEQPACKET"),
    # Forking is what the queue is for; pytest's own threads do not use it.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]

fork = multiprocessing.get_context("fork")


def started(target, *args):
    process = fork.Process(target=target, args=args)
    process.start()
    return process


def wait_until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def copy_to(source, target):
    for item in iter(source.get, "STOP"):
        target.put((os.getpid(), item))


def test_items_come_out_in_the_order_they_went_in():
    queue = SeqQueue()
    for item in (1, "two", {"three": [3]}, "x" * 5000):
        queue.put(item)
    assert [queue.get() for _ in range(4)] == [1, "two", {"three": [3]}, "x" * 5000]
    assert queue.empty()


def test_it_counts_what_waits():
    queue = SeqQueue()
    assert (queue.qsize(), queue.empty()) == (0, True)
    queue.put(1)
    queue.put(2)
    assert (queue.qsize(), queue.empty()) == (2, False)
    queue.get()
    assert queue.qsize() == 1


def put_all(queue, count):
    for number in range(count):
        queue.put(number)


def test_no_more_than_the_limit_waits_and_a_place_is_filled_when_it_is_free():
    queue = SeqQueue(maxsize=3)
    writer = started(put_all, queue, 5)
    assert wait_until(lambda: queue.qsize() == 3)
    time.sleep(0.1)
    assert (queue.qsize(), writer.is_alive()) == (3, True)
    assert [queue.get() for _ in range(5)] == [0, 1, 2, 3, 4]
    writer.join(5)
    assert writer.exitcode == 0


def test_a_result_too_large_for_a_message_is_cut():
    queue = SeqQueue()
    queue.put({"id": 1, "result": "x" * 10_000_000})
    assert queue.get() == {"id": 1, "result": "x" * 20_000}


def test_any_other_item_too_large_for_a_message_is_refused():
    with pytest.raises(ValueError, match="too large"):
        SeqQueue().put("x" * 10_000_000)


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_readers_killed_while_idle_take_nothing_along(attempt):
    tasks, results = SeqQueue(maxsize=4), SeqQueue()
    readers = [started(copy_to, tasks, results) for _ in range(4)]
    time.sleep(0.2)
    for reader in readers[:3]:
        reader.kill()
        reader.join(5)
    for number in range(10):
        tasks.put(number)
    assert [results.get() for _ in range(10)] == [
        (readers[3].pid, n) for n in range(10)
    ]
    tasks.put("STOP")
    readers[3].join(5)
    assert readers[3].exitcode == 0


def sentinel_with_a_reader(pids):
    queue = SeqQueue()
    pids.put(started(queue.get).pid)
    signal.pause()


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_reader_whose_parent_was_killed_ends_by_itself():
    pids = SeqQueue()
    sentinel = started(sentinel_with_a_reader, pids)
    reader = pids.get()
    assert is_running(reader)
    sentinel.kill()
    sentinel.join(5)
    assert wait_until(lambda: not is_running(reader))
