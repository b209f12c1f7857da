"""One lead per business and number, with its first and its latest source."""

from datetime import UTC, datetime

import pytest

from crm import leads
from crm.leads import find_or_make, first_contact, lead_for_caller
from crm.models import Lead, LeadEvent
from crm.tests.factories import BusinessFactory, LeadFactory, LeadSourceFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"

pytestmark = pytest.mark.django_db


@pytest.fixture
def business():
    return BusinessFactory()


@pytest.fixture
def van(business):
    return LeadSourceFactory(business=business, name="Van")


def found(business, source):
    return lead_for_caller(business=business, phone=MARIA, source_id=source.pk, now=NOW)


def test_a_first_contact_makes_a_lead_and_says_so(business, van):
    lead = found(business, van)

    assert (lead.phone, lead.business) == (MARIA, business)
    assert (lead.first_source, lead.latest_source) == (van, van)
    event = LeadEvent.objects.get()
    assert (event.kind, event.lead, event.source, event.at) == (
        LeadEvent.Kind.LEAD_CREATED,
        lead,
        van,
        NOW,
    )


def test_the_next_contact_finds_the_lead_and_changes_nothing(business, van):
    first = found(business, van)
    updated_at = first.updated_at

    again = found(business, van)

    assert again == first
    assert Lead.objects.get().updated_at == updated_at
    assert LeadEvent.objects.count() == 1


def test_the_first_source_is_kept_for_ever_and_the_latest_one_follows(business, van):
    web = LeadSourceFactory(business=business, name="Web")
    found(business, van)

    found(business, web)

    lead = Lead.objects.get()
    assert (lead.first_source, lead.latest_source) == (van, web)


def test_what_staff_know_about_a_lead_is_kept(business, van):
    LeadFactory(business=business, phone=MARIA, name="Maria", kind=Lead.Kind.CUSTOMER)

    found(business, van)

    lead = Lead.objects.get()
    assert (lead.name, lead.kind, lead.latest_source) == ("Maria", "customer", van)


def test_two_businesses_have_a_lead_each(business, van):
    other = BusinessFactory()
    found(business, van)
    found(other, LeadSourceFactory(business=other))

    assert Lead.objects.filter(phone=MARIA).count() == 2


def test_two_processes_that_meet_a_new_caller_make_one_lead(business, van, monkeypatch):
    make = leads._make

    def after_the_other(**who):
        # It makes the lead after we looked and before we write.
        monkeypatch.setattr(leads, "_make", make)
        found(business, van)
        return make(**who)

    monkeypatch.setattr(leads, "_make", after_the_other)

    lead = found(business, van)

    assert Lead.objects.get() == lead
    assert LeadEvent.objects.count() == 1
    assert not lead.just_made


def test_who_finds_or_makes_a_lead_is_told_which_and_writes_no_history(business, van):
    made, again = (
        find_or_make(business=business, phone=MARIA, source_id=van.pk)
        for _contact in range(2)
    )

    assert made == again == Lead.objects.get()
    assert (made.just_made, again.just_made) == (True, False)
    assert not LeadEvent.objects.exists()


def test_a_lead_read_from_its_row_was_not_made_just_now(business, van):
    found(business, van)

    assert not Lead.objects.get().just_made


def test_the_first_contact_is_written_once_whoever_writes_it(business, van):
    lead = found(business, van)

    entry = first_contact(lead, now=NOW)

    written = LeadEvent.objects.get()
    assert (entry.key, entry.kind, entry.lead, entry.source_id, entry.at) == (
        written.key,
        written.kind,
        written.lead,
        written.source_id,
        written.at,
    )
