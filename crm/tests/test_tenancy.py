"""Nobody sees another business."""

import pytest
from django.contrib.auth.models import AnonymousUser

from crm.models import Lead, LeadSource, Membership
from crm.tenancy import businesses_of, may_manage, may_work, visible
from crm.tests.factories import (
    BusinessFactory,
    LeadFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ROLES = Membership.Role


@pytest.fixture
def ana():
    """Works at the front desk of Northside."""
    business = BusinessFactory(name="Northside")
    return MembershipFactory(business=business).user


@pytest.fixture
def root():
    return UserFactory(is_superuser=True)


def names(user):
    return sorted(business.name for business in businesses_of(user))


def test_a_person_sees_the_businesses_they_belong_to(ana, root):
    both = UserFactory()
    for name in ("Southside", "Westside"):
        MembershipFactory(user=both, business=BusinessFactory(name=name))

    assert names(ana) == ["Northside"]
    assert names(both) == ["Southside", "Westside"]
    assert names(root) == ["Northside", "Southside", "Westside"]


@pytest.mark.parametrize("outsider", [UserFactory, AnonymousUser])
def test_an_outsider_sees_nothing(ana, outsider):
    user = outsider()
    LeadFactory()

    assert names(user) == []
    assert not visible(Lead.objects.all(), user).exists()


def test_rows_are_narrowed_to_the_persons_businesses(ana, root):
    mine = LeadFactory(business=businesses_of(ana).get())
    theirs = LeadFactory()

    assert list(visible(Lead.objects.all(), ana)) == [mine]
    assert set(visible(Lead.objects.all(), root)) == {mine, theirs}


def test_the_way_to_the_business_may_be_longer(ana):
    mine = LeadFactory(business=businesses_of(ana).get())
    LeadFactory()

    found = visible(LeadSource.objects.all(), ana, path="first_leads__business")

    assert list(found) == [mine.first_source]


@pytest.mark.parametrize(
    ("role", "works", "manages"),
    [
        (ROLES.OWNER, True, True),
        (ROLES.MANAGER, True, True),
        (ROLES.FRONT_DESK, True, False),
        (ROLES.READ_ONLY, False, False),
    ],
)
def test_the_role_says_what_a_person_may_do(role, works, manages):
    user = MembershipFactory(role=role).user

    assert (may_work(user), may_manage(user)) == (works, manages)


@pytest.mark.parametrize("outsider", [UserFactory, AnonymousUser])
def test_an_outsider_may_do_nothing(outsider):
    user = outsider()

    assert (may_work(user), may_manage(user)) == (False, False)


def test_a_superuser_may_do_everything(root):
    assert (may_work(root), may_manage(root)) == (True, True)
