"""Making a business, and letting people into it."""

from datetime import time

import pytest
from django.contrib.auth import get_user_model

from crm.businesses import (
    BusinessError,
    add_member,
    create_business,
    free_slug,
    read_hours,
)
from crm.models import Business, LeadSource, Membership
from crm.tests.factories import PASSWORD, BusinessFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_new_business_is_open_every_day_and_has_a_source():
    business, source = create_business(
        name=" Northside Heating ", timezone="America/Chicago", trade="hvac"
    )

    assert (business.name, business.slug) == ("Northside Heating", "northside-heating")
    assert (business.timezone, business.trade) == ("America/Chicago", "hvac")
    assert (source.name, source.business) == ("Phone", business)
    hours = business.opening_hours.values_list("weekday", "opens", "closes")
    assert list(hours) == [(day, time(8), time(18)) for day in range(7)]


def test_the_source_may_have_a_name_of_its_own():
    _business, source = create_business(
        name="Northside", timezone="UTC", source="Radio " * 40
    )

    assert source.name == ("Radio " * 40)[:80]


@pytest.mark.parametrize(
    ("name", "timezone", "why"),
    [
        ("  ", "America/Chicago", "Give the business a name"),
        ("Northside", "Chicago", "“Chicago” is no time zone"),
        ("Northside", "", "is no time zone"),
        ("Northside", "../etc/passwd", "is no time zone"),
    ],
)
def test_a_business_that_cannot_be_made_says_why_and_leaves_nothing(
    name, timezone, why
):
    with pytest.raises(BusinessError, match=why):
        create_business(name=name, timezone=timezone)

    assert not Business.objects.exists()
    assert not LeadSource.objects.exists()


def test_a_very_long_name_is_cut_to_fit():
    business, _source = create_business(name="N" * 300, timezone="UTC")

    assert len(business.name) == 80
    assert business.slug == "n" * 50


@pytest.mark.parametrize(
    ("taken", "slug"),
    [
        ([], "acme"),
        (["acme"], "acme-2"),
        (["acme", "acme-2", "acme-3"], "acme-4"),
        (["acme-2"], "acme"),
        (["acme-heating"], "acme"),
    ],
)
def test_a_web_name_is_free(taken, slug):
    for name in taken:
        BusinessFactory(slug=name)

    assert free_slug("Acme") == slug


@pytest.mark.parametrize("name", ["🔥", "北"])
def test_a_name_without_letters_for_the_web_still_gets_a_web_name(name):
    assert free_slug(name) == "business"


def test_a_new_person_gets_an_account_and_a_role():
    business = BusinessFactory()

    ana = add_member(
        business, email="Ana@Example.com", role=Membership.Role.OWNER, password=PASSWORD
    )

    assert (ana.email, ana.username) == ("ana@example.com", "ana@example.com")
    assert ana.is_staff
    assert not ana.is_superuser
    assert ana.check_password(PASSWORD)
    assert Membership.objects.get().role == Membership.Role.OWNER


def test_an_account_without_a_password_cannot_be_entered():
    ana = add_member(BusinessFactory(), email="ana@example.com", role="owner")

    assert not ana.has_usable_password()


def test_a_known_person_keeps_account_and_password_and_gets_a_second_business():
    ana = UserFactory(email="ana@example.com", is_staff=False)

    for business in BusinessFactory.create_batch(2):
        again = add_member(
            business, email="ANA@example.com", role="manager", password="another"
        )

    ana.refresh_from_db()
    assert again == ana
    assert ana.is_staff
    assert ana.check_password(PASSWORD)
    assert ana.memberships.count() == 2
    assert get_user_model().objects.count() == 1


def test_a_role_can_be_changed():
    business = BusinessFactory()
    add_member(business, email="ana@example.com", role="front_desk")

    add_member(business, email="ana@example.com", role="manager")

    assert Membership.objects.get().role == Membership.Role.MANAGER


def test_hours_are_read_as_people_write_them():
    spans = read_hours("Mon-Fri 8:00-18:00,  sat 9:30-24:00")
    assert [s.weekday for s in spans] == [0, 1, 2, 3, 4, 5]
    assert (spans[0].opens, spans[0].closes) == (time(8), time(18))
    assert (spans[5].opens, spans[5].closes) == (time(9, 30), time(0))


def test_days_may_run_over_the_weekend():
    assert [s.weekday for s in read_hours("sat-mon 10:00-12:00")] == [5, 6, 0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("always", "no opening hours"),
        ("foo-bar 8:00-18:00", "no opening hours"),
        ("mon 8:00-25:00", "no time of day"),
        ("mon 8:61-18:00", "no time of day"),
        ("mon 24:30-18:00", "no time of day"),
        ("mon-fri 8:00-18:00,", "no opening hours"),
    ],
)
def test_hours_that_cannot_be_read_are_told_in_one_sentence(text, words):
    with pytest.raises(BusinessError, match=words):
        read_hours(text)
