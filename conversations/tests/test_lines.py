"""Putting a number into service."""

import pytest

from conversations.lines import LineError, open_line, write_default_templates
from conversations.models import PhoneLine, RingTarget, Template
from conversations.wording import Situation, problems
from crm.models import Business
from crm.tests.factories import BusinessFactory, LeadSourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(business):
    """Open a line for the business."""
    source = LeadSourceFactory(business=business)

    def line(number="(312) 555-0142", *, plan=PhoneLine.Plan.FORWARDED, **more):
        return open_line(business, number=number, source=source, plan=plan, **more)

    return line


def test_a_forwarded_line_needs_only_a_number(opened, business):
    line = opened(label="Van")

    assert (line.number, line.plan, line.label) == ("+13125550142", "forwarded", "Van")
    assert (line.business, line.targets.count()) == (business, 0)


def test_a_ring_line_rings_its_phones_in_the_order_given_and_each_once(opened):
    line = opened(
        plan=PhoneLine.Plan.RING,
        ring=["+17735550199", "(773) 555-0188", "773-555-0199"],
    )

    targets = line.targets.values_list("number", "position")
    assert list(targets) == [("+17735550199", 0), ("+17735550188", 1)]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"plan": "ring"}, "needs a phone to ring"),
        ({"number": "12"}, "not a phone number"),
        ({"number": ""}, "Enter a phone number"),
        ({"plan": "ring", "ring": ["+1773"]}, "not a phone number"),
        ({"plan": "ring", "ring": ["+13125550142"]}, "cannot ring itself"),
    ],
)
def test_a_line_that_cannot_be_opened_says_why_and_leaves_nothing(
    opened, arguments, why
):
    with pytest.raises(LineError, match=why):
        opened(**arguments)

    assert not PhoneLine.objects.exists()
    assert not RingTarget.objects.exists()


def test_a_number_belongs_to_one_line_of_one_business(opened):
    opened()
    other = BusinessFactory()

    with pytest.raises(LineError, match=r"\(312\) 555-0142 already belongs to a line"):
        open_line(
            other,
            number="+13125550142",
            source=LeadSourceFactory(business=other),
            plan="forwarded",
        )


@pytest.mark.parametrize("trade", list(Business.Trade))
def test_a_business_starts_with_usable_words_for_every_situation(trade):
    business = BusinessFactory(trade=trade)

    write_default_templates(business)

    written = Template.objects.filter(business=business)
    pairs = set(written.values_list("situation", "language"))
    assert pairs == {(s, language) for s in Situation for language in ("en", "es")}
    assert all(problems(template.body) == [] for template in written)


def test_words_that_a_manager_has_changed_are_kept(business):
    Template.objects.create(
        business=business, situation=Situation.IN_HOURS, language="en", body="Ours"
    )

    write_default_templates(business)

    kept = Template.objects.get(situation=Situation.IN_HOURS, language="en")
    assert kept.body == "Ours"
