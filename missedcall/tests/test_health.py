"""What load balancers and people watching are told."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from conversations.background import pulse
from conversations.models import Message, WorkerPulse
from conversations.tests.factories import EpisodeFactory, MessageFactory
from missedcall import health


@pytest.fixture
def worker(db):
    """A group of workers that has just shown that it works."""
    now = timezone.now()
    pulse.renew("here-1", state=WorkerPulse.State.WORKING, worked_at=now, now=now)


def test_the_process_answers_without_a_database(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_all_is_well_while_workers_work(client, worker):
    answer = client.get("/readyz")

    assert answer.status_code == 200, answer.json()
    assert answer.json()["ok"]
    assert answer.json()["problems"] == []
    assert answer.json()["unexplained"] == 0


def test_no_worker_is_a_problem(client, db):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "worker" in answer.json()["problems"][0].lower()


def test_an_episode_that_nobody_explained_is_a_problem(client, worker):
    long_ago = timezone.now() - timedelta(minutes=10)
    EpisodeFactory(opened_at=long_ago, last_missed_at=long_ago)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["unexplained"] == 1
    assert answer.json()["problems"] == ["1 missed calls have neither text nor reason."]


def test_the_age_of_the_oldest_unsent_text_is_told(client, worker):
    MessageFactory(
        outbound=True,
        state=Message.State.QUEUED,
        created_at=timezone.now() - timedelta(seconds=90),
    )

    assert client.get("/readyz").json()["oldest_unsent_seconds"] >= 90


def test_a_database_that_does_not_answer_is_told_and_not_raised(
    client, db, monkeypatch
):
    def fail(now):
        raise DatabaseError("gone")

    monkeypatch.setattr(health, "queue_state", fail)
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The database does not answer."]
