"""Maria, who called Northside Heating and has its link in a text."""

from datetime import UTC, datetime, time, timedelta
from itertools import count

import pytest

from booking.links import link_for, open_link
from crm.models import OpeningHours
from crm.tests.factories import BusinessFactory, LeadFactory, OpeningHoursFactory

# A Tuesday, 10:00 in Chicago.
NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)


@pytest.fixture
def now(monkeypatch):
    """It is 10:00 of a Tuesday; whoever looks again sees a microsecond more."""
    ticks = count()
    monkeypatch.setattr(
        "django.utils.timezone.now", lambda: NOW + timedelta(microseconds=next(ticks))
    )
    return NOW


@pytest.fixture
def business(db):
    """Open on weekdays from 8 to 18."""
    business = BusinessFactory(
        name="Northside Heating", phone="+13125550110", color="#b4420f"
    )
    for day in list(OpeningHours.Weekday)[:5]:
        OpeningHoursFactory(
            business=business, weekday=day, opens=time(8), closes=time(18)
        )
    return business


@pytest.fixture
def maria(business):
    """A caller whose name nobody knows yet."""
    return LeadFactory(business=business, phone="+13125550143")


@pytest.fixture
def address(maria, now):
    """The path of Maria's link."""
    return "/b/" + link_for(lead=maria, ref="episode:12", now=now).split("/b/")[1]


@pytest.fixture
def link(address):
    """The row behind it."""
    return open_link(address.split("/")[2])
