"""Tasks are opened by events and closed by people."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.desk import finish_task, open_task
from crm.models import DeskTask, LeadEvent
from crm.tests.factories import BusinessFactory, LeadFactory, UserFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture
def business():
    return BusinessFactory()


def opened(business, *, ref="episode:1", kind=DeskTask.Kind.CALL_BACK, now=NOW, **more):
    return open_task(kind, business=business, ref=ref, now=now, **more)


def test_an_event_opens_a_task(business):
    lead = LeadFactory(business=business)

    task = opened(
        business, lead=lead, detail="d" * 500, priority=3, preferred_time="at noon"
    )

    assert (task.state, task.lead, task.created_at) == ("open", lead, NOW)
    assert (task.detail, task.priority) == ("d" * 400, 3)
    assert task.preferred_time == "at noon"


def test_what_comes_again_is_the_same_task_with_the_news(business):
    first = opened(business, detail="Nobody answered.", priority=1)

    again = opened(business, detail="Line was busy.", priority=4, now=LATER)

    assert again == first
    assert (again.detail, again.priority) == ("Line was busy.", 4)
    # It has been waiting since the first time.
    assert again.created_at == NOW


def test_a_task_never_loses_weight(business):
    opened(business, priority=4)

    assert opened(business, priority=2, now=LATER).priority == 4
    assert opened(business, now=LATER).priority == 4


def test_what_comes_again_reopens_a_closed_task(business):
    ana = UserFactory()
    finish_task(opened(business), user=ana, now=NOW)

    task = opened(business, now=LATER)

    assert task.state == DeskTask.State.OPEN
    assert (task.done_at, task.done_by) == (None, None)


def test_another_thing_kind_or_business_is_another_task(business):
    opened(business)
    opened(business, ref="episode:2")
    opened(business, kind=DeskTask.Kind.SETUP)
    opened(BusinessFactory())

    assert DeskTask.objects.count() == 4


def test_a_person_finishes_a_task_once(business):
    ana, ben = UserFactory.create_batch(2)
    task = opened(business, lead=LeadFactory(business=business))

    assert finish_task(task, user=ana, now=NOW)
    assert not finish_task(task, user=ben, now=LATER)

    task.refresh_from_db()
    assert (task.state, task.done_by, task.done_at) == ("done", ana, NOW)
    event = LeadEvent.objects.get()
    assert (event.kind, event.lead) == (LeadEvent.Kind.TASK_DONE, task.lead)
    assert (event.ref, event.data) == ("episode:1", {"task": "call_back"})


def test_a_reopened_task_can_be_finished_again(business):
    ana = UserFactory()
    finish_task(opened(business), user=ana, now=NOW)

    assert finish_task(opened(business, now=LATER), user=ana, now=LATER)

    assert LeadEvent.objects.filter(kind="task_done").count() == 2
