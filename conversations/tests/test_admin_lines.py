"""Setting up phone lines on the staff pages."""

import pytest
from django.urls import reverse

from conversations.models import PhoneLine
from conversations.tests.factories import PhoneLineFactory, RingTargetFactory
from conversations.verdict import DEFAULT_CHOICES, Choice, Outcome
from crm.models import Membership
from crm.tests.factories import LeadSourceFactory, MembershipFactory

pytestmark = pytest.mark.django_db

ADD = reverse("admin:conversations_phoneline_add")


@pytest.fixture
def source(client):
    """A source of the business whose manager is signed in with `client`."""
    member = MembershipFactory(role=Membership.Role.MANAGER)
    client.force_login(member.user)
    return LeadSourceFactory(business=member.business)


def fields(source, *phones, **changed):
    data = {
        "number": "(312) 867-5309",
        "source": source.pk,
        "plan": "forwarded",
        "ring_order": "at_once",
        "ring_seconds": 20,
        "when_closed": "ring",
        "after_miss": "voicemail",
        "texting": "on",
        "text_timing": "at_once",
        "texts_per_second": 10,
        "targets-TOTAL_FORMS": len(phones),
        "targets-INITIAL_FORMS": 0,
    }
    data |= {f"after_{outcome}": choice for outcome, choice in DEFAULT_CHOICES.items()}
    for place, phone in enumerate(phones):
        data |= {f"targets-{place}-number": phone, f"targets-{place}-position": place}
    return {**data, **changed}


def refusal(client, data):
    answer = client.post(ADD, data)
    assert answer.status_code == 200
    assert not PhoneLine.objects.filter(number="+13128675309").exists()
    return answer.content.decode()


def test_a_line_is_made_from_numbers_as_people_type_them(client, source):
    client.post(ADD, fields(source, "773.200.0001", plan="ring"))
    line = PhoneLine.objects.get()
    assert line.number == "+13128675309"
    assert line.business == source.business
    assert line.targets.get().number == "+17732000001"


def test_a_ring_plan_without_phones_is_refused_in_a_sentence(client, source):
    page = refusal(client, fields(source, plan="ring"))
    assert "A line that rings needs a phone to ring." in page


def test_a_line_cannot_ring_itself(client, source):
    page = refusal(client, fields(source, "+1 312 867 5309", plan="ring"))
    assert "A line cannot ring itself." in page


def test_a_taken_number_is_refused_even_of_another_business(client, source):
    PhoneLineFactory(number="+13125550123")
    page = refusal(client, fields(source, number="312 555 0123"))
    assert "(312) 555-0123 already belongs to a line." in page


def test_what_is_no_number_is_refused_in_a_sentence(client, source):
    assert "is not a phone number" in refusal(client, fields(source, number="12345"))


def test_removing_the_last_phone_of_a_ringing_line_is_refused(client, source):
    line = PhoneLineFactory(
        business=source.business, source=source, plan=PhoneLine.Plan.RING
    )
    target = RingTargetFactory(line=line)
    data = fields(source, number=line.number, plan="ring") | {
        "targets-TOTAL_FORMS": 1,
        "targets-INITIAL_FORMS": 1,
        "targets-0-id": target.pk,
        "targets-0-line": line.pk,
        "targets-0-number": target.number,
        "targets-0-position": 0,
        "targets-0-DELETE": "on",
    }
    address = reverse("admin:conversations_phoneline_change", args=[line.pk])
    assert "needs a phone to ring" in client.post(address, data).content.decode()
    assert line.targets.exists()


def test_a_line_is_changed_and_keeps_its_number(client, source):
    line = PhoneLineFactory(business=source.business, source=source)
    data = fields(source, "773 200 0001", number=line.number, plan="ring", label="Desk")
    address = reverse("admin:conversations_phoneline_change", args=[line.pk])
    assert client.post(address, data).status_code == 302
    changed = PhoneLine.objects.get()
    assert (changed.number, changed.label) == (line.number, "Desk")
    assert changed.targets.count() == 1


def test_only_choices_that_differ_are_kept(client, source):
    changed = {"after_busy": Choice.IGNORE, "after_withheld": Choice.NOTIFY}
    client.post(ADD, fields(source, **changed))
    line = PhoneLine.objects.get()
    assert line.outcome_choices == {"busy": "ignore"}
    page = reverse("admin:conversations_phoneline_change", args=[line.pk])
    form = client.get(page).context["adminform"].form
    assert form.initial["after_busy"] == Choice.IGNORE
    assert form.initial["after_no_answer"] == Choice.TEXT


def test_every_outcome_of_a_missed_call_has_its_choice(client, source):
    form = client.get(ADD).context["adminform"].form
    named = {name for name in form.fields if name.startswith("after_")}
    missed = {f"after_{o}" for o in Outcome if o != Outcome.ANSWERED}
    assert missed <= named
