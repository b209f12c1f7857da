"""The timeline and the ledger are written once and never changed."""

from datetime import UTC, datetime

import pytest

from crm.models import ConsentEvent, LeadEvent
from crm.models.timeline import AppendOnlyError
from crm.tests.factories import BusinessFactory, LeadFactory
from crm.timeline import log

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def missed(lead, *, key="call:1:missed", **more):
    return LeadEvent(
        kind=LeadEvent.Kind.CALL_MISSED,
        business=lead.business,
        lead=lead,
        key=key,
        at=NOW,
        **more,
    )


def test_a_step_is_written_with_everything_about_it():
    lead = LeadFactory()

    log(missed(lead, source=lead.first_source, ref="episode:1", data={"n": 1}))

    event = LeadEvent.objects.get()
    assert (event.lead, event.source, event.at) == (lead, lead.first_source, NOW)
    assert (event.ref, event.data) == ("episode:1", {"n": 1})


def test_the_same_step_is_written_once_and_the_first_writing_stands():
    lead = LeadFactory()

    log(missed(lead, data={"n": 1}))
    log(missed(lead, data={"n": 2}))

    assert LeadEvent.objects.get().data == {"n": 1}


def test_businesses_name_their_steps_independently():
    for lead in LeadFactory.create_batch(2):
        log(missed(lead))

    assert LeadEvent.objects.count() == 2


def test_different_steps_stand_side_by_side():
    lead = LeadFactory()

    log(missed(lead))
    log(missed(lead, key="call:2:missed"))

    assert LeadEvent.objects.count() == 2


@pytest.mark.parametrize("kind", [LeadEvent, ConsentEvent])
def test_history_cannot_be_rewritten(kind):
    business = BusinessFactory()
    row = (
        LeadEvent(business=business, kind="call_missed", key="k")
        if kind is LeadEvent
        else ConsentEvent(
            business=business, phone="+13125551234", kind="opt_out", how="staff"
        )
    )
    row.save()

    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(AppendOnlyError):
        kind.objects.get().save()
