"""Who wants no texts, for a number and a whole business."""

from datetime import UTC, datetime

import pytest
from django.db.models import Value

from crm.consent import is_opted_out, latest_answer, record
from crm.models import Business, ConsentEvent, LeadEvent
from crm.tests.factories import BusinessFactory, LeadFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
OUT, IN = ConsentEvent.Kind.OPT_OUT, ConsentEvent.Kind.OPT_IN

pytestmark = pytest.mark.django_db


@pytest.fixture
def business():
    return BusinessFactory()


def says(business, kind, *, phone=MARIA, text="STOP", how=ConsentEvent.How.KEYWORD):
    return record(
        ConsentEvent(
            business=business,
            phone=phone,
            kind=kind,
            how=how,
            text=text,
            ref="message:7",
            at=NOW,
        )
    )


def test_who_said_nothing_may_be_texted(business):
    assert not is_opted_out(business=business, phone=MARIA)


def test_the_last_word_counts(business):
    for kind, opted_out in [(OUT, True), (IN, False), (OUT, True)]:
        assert says(business, kind)
        assert is_opted_out(business=business, phone=MARIA) is opted_out

    assert ConsentEvent.objects.count() == 3


def test_saying_it_again_writes_nothing(business):
    assert says(business, OUT)
    assert not says(business, OUT)

    assert ConsentEvent.objects.count() == 1


def test_a_yes_that_nobody_had_refused_writes_nothing(business):
    assert not says(business, IN)

    assert not ConsentEvent.objects.exists()


def test_an_answer_counts_for_one_number_at_one_business(business):
    says(business, OUT)

    assert not is_opted_out(business=business, phone="+13125559999")
    assert not is_opted_out(business=BusinessFactory(), phone=MARIA)


def test_the_ledger_says_how_when_and_which_message(business):
    says(business, OUT, text="x" * 900)

    kept = ConsentEvent.objects.get()
    assert (kept.how, kept.at, kept.ref) == ("keyword", NOW, "message:7")
    assert kept.text == "x" * 400


def test_the_answer_is_on_the_leads_timeline(business):
    lead = LeadFactory(business=business, phone=MARIA)
    LeadFactory(phone=MARIA)

    says(business, OUT, how=ConsentEvent.How.STAFF)
    says(business, IN)

    out, back = LeadEvent.objects.order_by("id")
    assert (out.kind, out.lead, out.data) == ("opted_out", lead, {"how": "staff"})
    assert (back.kind, back.lead, back.at) == ("opted_in", lead, NOW)


def test_a_number_without_a_lead_can_answer_too(business):
    assert says(business, OUT)

    assert LeadEvent.objects.get().lead is None


@pytest.mark.parametrize(("said", "answer"), [([], ""), ([OUT], OUT), ([OUT, IN], IN)])
def test_the_last_answer_can_be_part_of_another_query(business, said, answer):
    for kind in said:
        says(business, kind)
    says(BusinessFactory(), OUT)

    row = Business.objects.annotate(
        phone_asked=Value(MARIA),
        answer=latest_answer(business="pk", phone="phone_asked"),
    ).get(pk=business.pk)

    assert row.answer == answer
