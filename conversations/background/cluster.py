"""The process that holds a cluster of workers; started by the supervisor.

It is django-q2's cluster, with a queue that a killed worker cannot block, children
that cannot outlive it, and marks that tell the supervisor how it is doing.
"""

import os
import sys
from typing import Any

import django_q.cluster
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.signals import post_execute, post_execute_in_worker, pre_execute

from conversations.background.orphans import die_with, tie_children
from conversations.background.progress import DONE, Mark, progress
from conversations.background.seqqueue import SeqQueue, works_here


class WatchedSentinel(django_q.cluster.Sentinel):  # type: ignore[misc]  # has no type hints
    """Leaves marks each time it goes round, about twice a second."""

    def status(self) -> str:
        """What django-q2 calls its state; asked for on each round."""
        workers = list(self.pool)
        progress.mark(Mark.BUSY, sum(w.timer.value > 0 for w in workers))
        progress.mark(Mark.WORKERS, len(workers))
        progress.mark(Mark.WAITING, self.task_queue.qsize())
        progress.mark(Mark.LIMIT, Conf.QUEUE_LIMIT)
        progress.mark(Mark.GUARDED)
        status: str = super().status()
        return status


def _mark_begun(*, task: dict[str, Any], **_: Any) -> None:
    progress.mark(Mark.WORKED)
    # A probe has no row.
    if task.get("ack_id"):
        progress.note_task(task["ack_id"], os.getpid())


def _mark_ended(*, task: dict[str, Any], **_: Any) -> None:
    progress.mark(Mark.WORKED)
    if task.get("ack_id"):
        progress.note_task(task["ack_id"], DONE)


def _mark_finished(**_: Any) -> None:
    progress.mark(Mark.FINISHED)


def _install() -> None:
    django_q.cluster.Sentinel = WatchedSentinel
    if works_here():
        django_q.cluster.Queue = SeqQueue
    pre_execute.connect(_mark_begun)
    post_execute_in_worker.connect(_mark_ended)
    post_execute.connect(_mark_finished)


def main() -> None:
    """Run a cluster until SIGTERM; arguments: file for the marks, supervisor's pid."""
    descriptor, supervisor = map(int, sys.argv[1:3])
    die_with(supervisor)
    tie_children()
    progress.attach(descriptor)
    _install()
    # Before the workers are forked, so that they inherit it.
    import_string(settings.WARM_UP)()
    connections.close_all()
    cluster = django_q.cluster.Cluster()
    cluster.start()
    cluster.sentinel.join()
