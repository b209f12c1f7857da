"""The demo's businesses: who they are, when they open, which lines they have."""

from dataclasses import dataclass
from datetime import date, time

from django.utils import timezone

from conversations.lines import open_line, write_default_templates
from conversations.models import PhoneLine
from crm.businesses import create_business
from crm.models import Business, Closure, LeadSource, OpeningHours

_WEEKDAYS = range(5)
_SATURDAY = 5


@dataclass(frozen=True)
class Line:
    """A number of the business, and the phones that it rings first."""

    number: str
    source: str
    ring: tuple[str, ...] = ()

    @property
    def plan(self) -> str:
        """Ring first when there is a phone to ring."""
        return PhoneLine.Plan.RING if self.ring else PhoneLine.Plan.FORWARDED


@dataclass(frozen=True)
class Profile:
    """What distinguishes one demo business from the next."""

    name: str
    slug: str
    trade: str
    timezone: str
    color: str
    phone: str
    weekdays: tuple[int, int]
    saturday: tuple[int, int] | None
    lines: tuple[Line, ...]


PROFILES = (
    Profile(
        name="Northside Heating",
        slug="northside-heating",
        trade=Business.Trade.HVAC,
        timezone="America/Chicago",
        color="#b4420f",
        phone="+13125550110",
        weekdays=(7, 19),
        saturday=(8, 16),
        lines=(
            Line("+13125550100", "Google Ads"),
            Line("+13125550101", "Website", ("+13125550111", "+13125550112")),
            Line("+13125550102", "Yard signs"),
        ),
    ),
    Profile(
        name="Maple Street Dental",
        slug="maple-street-dental",
        trade=Business.Trade.DENTAL,
        timezone="America/New_York",
        color="#0f766e",
        phone="+12125550130",
        weekdays=(8, 17),
        saturday=(9, 13),
        lines=(
            Line("+12125550120", "Google Ads"),
            Line("+12125550121", "Website", ("+12125550131", "+12125550132")),
        ),
    ),
    Profile(
        name="Harbor Law",
        slug="harbor-law",
        trade=Business.Trade.LAW,
        timezone="America/Los_Angeles",
        color="#1e3a5f",
        phone="+12135550150",
        weekdays=(9, 18),
        saturday=None,
        lines=(
            Line("+12135550140", "Billboard"),
            Line("+12135550141", "Website", ("+12135550151", "+12135550152")),
        ),
    ),
)


def open_business(profile: Profile) -> Business:
    """Make the business with its hours, lines, sources and words."""
    first, *others = profile.lines
    business, source = create_business(
        name=profile.name,
        timezone=profile.timezone,
        source=first.source,
        trade=profile.trade,
        color=profile.color,
        phone=profile.phone,
    )
    _set_hours(business, profile)
    _open(business, first, source)
    for line in others:
        named = LeadSource.objects.create(business=business, name=line.source)
        _open(business, line, named)
    write_default_templates(business)
    return business


def _open(business: Business, line: Line, source: LeadSource) -> None:
    open_line(
        business,
        number=line.number,
        source=source,
        plan=line.plan,
        ring=line.ring,
        label=line.source,
    )


def _set_hours(business: Business, profile: Profile) -> None:
    business.opening_hours.all().delete()
    days = dict.fromkeys(_WEEKDAYS, profile.weekdays)
    if profile.saturday:
        days[_SATURDAY] = profile.saturday
    OpeningHours.objects.bulk_create(
        OpeningHours(
            business=business, weekday=day, opens=time(opens), closes=time(closes)
        )
        for day, (opens, closes) in days.items()
    )
    year = timezone.localdate(timezone=business.zone).year
    Closure.objects.bulk_create(
        Closure(
            business=business,
            name="Christmas",
            starts_on=date(christmas, 12, 25),
            ends_on=date(christmas, 12, 25),
        )
        for christmas in (year, year + 1)
    )
