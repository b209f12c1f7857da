"""Rows for tests: businesses, their people, leads."""

from datetime import time

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from crm.models import (
    Business,
    DeskTask,
    Lead,
    LeadSource,
    Membership,
    OpeningHours,
)

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory):
    """A staff account that belongs to no business yet; signs in with PASSWORD."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)
    is_staff = True


class BusinessFactory(DjangoModelFactory):
    """A business in Chicago, without opening hours: closed, always."""

    class Meta:
        model = Business

    name = factory.Sequence(lambda n: f"Northside Heating {n}")
    slug = factory.Sequence(lambda n: f"northside-heating-{n}")
    timezone = "America/Chicago"


class OpeningHoursFactory(DjangoModelFactory):
    """Monday, 8 to 18."""

    class Meta:
        model = OpeningHours

    business = factory.SubFactory(BusinessFactory)
    weekday = OpeningHours.Weekday.MONDAY
    opens = time(8)
    closes = time(18)


class MembershipFactory(DjangoModelFactory):
    """A new staff account at the front desk of a new business."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    business = factory.SubFactory(BusinessFactory)
    role = Membership.Role.FRONT_DESK


class LeadSourceFactory(DjangoModelFactory):
    """A source of a new business."""

    class Meta:
        model = LeadSource

    business = factory.SubFactory(BusinessFactory)
    name = factory.Sequence(lambda n: f"Van {n}")


class LeadFactory(DjangoModelFactory):
    """A caller who may be texted; both sources belong to the lead's business."""

    class Meta:
        model = Lead

    business = factory.SubFactory(BusinessFactory)
    phone = factory.Sequence(lambda n: f"+1312{2000000 + n}")
    first_source = factory.SubFactory(
        LeadSourceFactory, business=factory.SelfAttribute("..business")
    )
    latest_source = factory.SelfAttribute("first_source")


class DeskTaskFactory(DjangoModelFactory):
    """An open task about a lead."""

    class Meta:
        model = DeskTask

    business = factory.SubFactory(BusinessFactory)
    lead = factory.SubFactory(LeadFactory, business=factory.SelfAttribute("..business"))
    kind = DeskTask.Kind.CALL_BACK
    ref = factory.Sequence(lambda n: f"episode:{n + 1_000_000}")
    detail = "Nobody answered."
