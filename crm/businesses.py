"""Making a business: the tenant, its hours, its people."""

import re
import zoneinfo
from datetime import time
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.text import slugify

from crm.hours import Span
from crm.models import Business, LeadSource, Membership, OpeningHours

DEFAULT_HOURS = "mon-sun 8:00-18:00"

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?"
    r" (?P<opens>\d{1,2}:\d\d)-(?P<closes>\d{1,2}:\d\d)"
)


class BusinessError(ValueError):
    """The business cannot be made; the message says why and what to do."""


def create_business(
    *, name: str, timezone: str, source: str = "Phone", hours: str = "", **more: Any
) -> tuple[Business, LeadSource]:
    """Make a business with one lead source, open as ``hours`` say (``read_hours``).

    Raises ``BusinessError`` with one sentence for a blank name, a time zone that the
    tz database does not have, or hours that cannot be read. ``more``: other fields
    of ``Business``.
    """
    if not name.strip():
        raise BusinessError("Give the business a name.")
    if timezone not in zoneinfo.available_timezones():
        raise BusinessError(
            f"“{timezone}” is no time zone. Write it like America/Chicago."
        )
    # Read first: nothing is written when the hours cannot be read.
    read_hours(hours or DEFAULT_HOURS)
    business = Business.objects.create(
        name=name.strip()[:80],
        slug=free_slug(name),
        timezone=timezone,
        **more,
    )
    open_doors(business, hours=hours)
    lead_source = LeadSource.objects.create(business=business, name=source[:80])
    return business, lead_source


def open_doors(business: Business, *, hours: str = "") -> None:
    """Write opening hours, every day 8:00-18:00 unless given (see ``read_hours``)."""
    OpeningHours.objects.bulk_create(
        OpeningHours(
            business=business,
            weekday=span.weekday,
            opens=span.opens,
            closes=span.closes,
        )
        for span in read_hours(hours or DEFAULT_HOURS)
    )


def read_hours(text: str) -> list[Span]:
    """Read "mon-fri 8:00-18:00, sat 9:00-13:00"; 24:00 is midnight.

    Raises ``BusinessError`` with one sentence for what cannot be read.
    """
    return [span for part in text.split(",") for span in _read_days(part)]


def _read_days(part: str) -> list[Span]:
    found = _HOURS.fullmatch(" ".join(part.lower().split()))
    days = (found["first"], found["last"] or found["first"]) if found else ()
    if found is None or not set(days) <= set(_DAYS):
        raise BusinessError(
            f"“{part.strip()}” are no opening hours. Write them like"
            " mon-fri 8:00-18:00, sat 9:00-13:00"
        )
    first, last = (_DAYS.index(day) for day in days)
    count = (last - first) % 7 + 1
    opens, closes = _read_clock(found["opens"]), _read_clock(found["closes"])
    return [
        Span(weekday=(first + n) % 7, opens=opens, closes=closes) for n in range(count)
    ]


def _read_clock(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise BusinessError(f"“{text}” is no time of day. Write it like 18:00")
    return time(hour % 24, minute)


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
