"""Whatever is due is found, handed on once, and moved on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from conversations import sweeps
from conversations.models import Call, Episode, Message
from conversations.sweeps import AGAIN_AFTER, BATCH, RECEIPT_AGAIN_AFTER, run_due_work
from conversations.tests.factories import CallFactory, EpisodeFactory, MessageFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def enqueued():
    tasks = [SignedPackage.loads(row.payload) for row in OrmQ.objects.order_by("id")]
    return [(task["func"].rpartition(".")[2], *task["args"]) for task in tasks]


def text(state, *, due_at=NOW):
    return MessageFactory(outbound=True, state=state, due_at=due_at)


def test_nothing_due_is_nothing_to_do():
    EpisodeFactory(next_check_at=NOW + SECOND)
    EpisodeFactory(next_check_at=None)
    CallFactory(next_check_at=NOW + SECOND)
    text(Message.State.QUEUED, due_at=NOW + SECOND)
    text(Message.State.QUEUED, due_at=None)

    run_due_work(NOW)

    assert enqueued() == []


def test_each_row_gets_the_task_that_its_state_asks_for():
    episode = EpisodeFactory(next_check_at=NOW)
    call = CallFactory(next_check_at=NOW)
    queued, sending, sent = (
        text(state)
        for state in (Message.State.QUEUED, Message.State.SENDING, Message.State.SENT)
    )

    run_due_work(NOW)

    assert enqueued() == [
        ("answer", episode.pk),
        ("close_call", call.pk),
        ("deliver", queued.pk),
        ("look_up", sending.pk),
        ("ask_for_receipt", sent.pk),
    ]


@pytest.mark.parametrize(
    "state", ["delivered", "failed", "undelivered", "cancelled", "unknown"]
)
def test_a_text_with_an_end_is_not_looked_at(state):
    text(state)

    run_due_work(NOW)

    assert enqueued() == []


def test_a_row_is_handed_on_once_and_found_again_when_its_task_was_lost():
    episode = EpisodeFactory(next_check_at=NOW)

    run_due_work(NOW)
    run_due_work(NOW)
    assert len(enqueued()) == 1
    episode.refresh_from_db()
    assert episode.next_check_at == NOW + AGAIN_AFTER

    run_due_work(NOW + AGAIN_AFTER)
    assert len(enqueued()) == 2


def test_a_receipt_is_asked_for_less_often():
    message = text(Message.State.SENT)

    run_due_work(NOW)

    message.refresh_from_db()
    assert message.due_at == NOW + RECEIPT_AGAIN_AFTER


def test_what_another_machine_has_handed_on_is_left_to_it(monkeypatch):
    EpisodeFactory(next_check_at=NOW)
    pause = sweeps._pause

    def and_the_other_was_faster(row):
        Episode.objects.update(next_check_at=NOW + SECOND)
        return pause(row)

    monkeypatch.setattr(sweeps, "_pause", and_the_other_was_faster)

    run_due_work(NOW)

    assert enqueued() == []


def test_a_long_backlog_is_worked_off_oldest_first():
    call = CallFactory(next_check_at=None)
    Call.objects.bulk_create(
        Call(
            business=call.business,
            line=call.line,
            source=call.source,
            carrier="twilio",
            carrier_id=f"CA{number}",
            started_at=NOW,
            next_check_at=NOW - number * SECOND,
        )
        for number in range(BATCH + 1)
    )

    run_due_work(NOW)

    assert len(enqueued()) == BATCH
    left = Call.objects.get(next_check_at__lte=NOW)
    assert left.next_check_at == NOW

    run_due_work(NOW)
    assert enqueued()[-1] == ("close_call", left.pk)


def test_a_settled_episode_costs_one_look_and_no_more(run_tasks):
    episode = EpisodeFactory(next_check_at=NOW, state=Episode.State.TEXTED)

    run_due_work(NOW)
    run_tasks()
    run_due_work(NOW + timedelta(days=1))

    assert enqueued() == []
    episode.refresh_from_db()
    assert episode.state == Episode.State.TEXTED


def test_a_text_whose_wake_up_got_lost_is_delivered(stub, run_tasks):
    message = text(Message.State.QUEUED)

    run_due_work(NOW)
    assert run_tasks() == ["conversations.tasks.deliver"]

    message.refresh_from_db()
    assert message.state == Message.State.SENT


def test_a_text_of_unknown_fate_and_one_without_receipt_are_asked_about(
    stub, run_tasks
):
    lost = text(Message.State.SENDING)
    Message.objects.update(claimed_at=timezone.now() - timedelta(minutes=1))
    text(Message.State.SENT)

    run_due_work(NOW)
    assert run_tasks() == [
        "conversations.tasks.look_up",
        "conversations.tasks.ask_for_receipt",
    ]

    lost.refresh_from_db()
    assert lost.looks == 1
