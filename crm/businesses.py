"""Making a business: the tenant, its hours, its people."""

import zoneinfo
from datetime import time
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.text import slugify

from crm.models import Business, LeadSource, Membership, OpeningHours

DEFAULT_OPENS = time(8)
DEFAULT_CLOSES = time(18)


class BusinessError(ValueError):
    """The business cannot be made; the message says why and what to do."""


def create_business(
    *, name: str, timezone: str, source: str = "Phone", **more: Any
) -> tuple[Business, LeadSource]:
    """Make a business, open every day 8:00-18:00, with one lead source.

    Raises ``BusinessError`` with one sentence for a blank name or a time zone that
    the tz database does not have. ``more``: other fields of ``Business``.
    """
    if not name.strip():
        raise BusinessError("Give the business a name.")
    if timezone not in zoneinfo.available_timezones():
        raise BusinessError(
            f"“{timezone}” is no time zone. Write it like America/Chicago."
        )
    business = Business.objects.create(
        name=name.strip()[:80],
        slug=free_slug(name),
        timezone=timezone,
        **more,
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(
            business=business,
            weekday=day,
            opens=DEFAULT_OPENS,
            closes=DEFAULT_CLOSES,
        )
        for day in OpeningHours.Weekday.values
    )
    lead_source = LeadSource.objects.create(business=business, name=source[:80])
    return business, lead_source


def free_slug(name: str) -> str:
    """A web name that no other business has: "acme", "acme-2" ..."""
    base = slugify(name)[:50] or "business"
    taken = set(
        Business.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    number = 1
    slug = base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def add_member(
    business: Business, *, email: str, role: str, password: str | None = None
) -> Any:
    """Give the person with this address a role; a new account when there is none.

    Without a ``password`` a new account can only be entered through a password
    reset. An existing account keeps its password.
    """
    users = get_user_model().objects
    user = users.filter(email__iexact=email).first()
    if user is None:
        user = users.create_user(
            username=email.lower(), email=email.lower(), password=password
        )
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    Membership.objects.update_or_create(
        user=user, business=business, defaults={"role": role}
    )
    return user
