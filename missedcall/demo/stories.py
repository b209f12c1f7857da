"""What happened lately at each demo business."""

from collections.abc import Callable
from datetime import datetime, timedelta

from booking.models import Appointment
from conversations.models import PhoneLine
from crm.businesses import BusinessError
from crm.models import Business, Lead, Membership
from missedcall.demo.history import Caller


class Days:
    """Moments on a business's own clock."""

    def __init__(self, business: Business, now: datetime) -> None:
        self._today = now.astimezone(business.zone)

    def ago(self, days: int, hour: int, minute: int = 0) -> datetime:
        """`hour`:`minute` on the day that lies `days` back (or, negative, ahead)."""
        day = self._today - timedelta(days=days)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def tell(business: Business, *, now: datetime) -> None:
    """Write the story of a demo business up to `now` (aware)."""
    story = _STORIES.get(business.slug)
    if story is None:
        raise BusinessError(f"There is no demo story about {business.slug}.")
    story(business, Days(business, now))


def _line(business: Business, source: str) -> PhoneLine:
    return PhoneLine.objects.select_related("business").get(
        business=business, source__name=source
    )


def _desk(business: Business) -> object:
    member = business.memberships.filter(role=Membership.Role.FRONT_DESK)
    return member.select_related("user").get().user


def _heating(business: Business, days: Days) -> None:
    ads, website, signs = (
        _line(business, source) for source in ("Google Ads", "Website", "Yard signs")
    )
    maria = Caller(ads, "+13125550143", "Maria Lopez")
    maria.misses(days.ago(2, 9, 42))
    maria.texts(days.ago(2, 9, 44), "Our furnace quit last night. Can someone come?")
    maria.gets_reply(
        days.ago(2, 9, 51),
        "Hi Maria, yes. Is it gas or electric, and what is your address?",
        author=_desk(business),
    )
    maria.texts(days.ago(2, 9, 55), "Gas. 1420 W Addison. Thank you!")

    tom = Caller(signs, "+17735550162", "Tom Becker")
    tom.misses(days.ago(1, 19, 40))
    tom.misses(days.ago(1, 19, 52))

    grace = Caller(website, "+13125550177", "Grace Kim")
    grace.is_answered(days.ago(1, 10, 15))
    grace_lead = Lead.objects.get(business=business, phone=grace.number)
    Lead.objects.filter(pk=grace_lead.pk).update(kind=Lead.Kind.CUSTOMER)
    _visit(grace_lead, "Boiler check", days.ago(-2, 10))

    Caller(website, "").misses(days.ago(1, 14, 5))
    Caller(ads, "+18475550119", "Owen Price").leaves_voicemail(
        days.ago(1, 8, 30),
        seconds=24,
        words="Hi, this is Owen Price, the thermostat says E3. Please call me back.",
    )


def _dental(business: Business, days: Days) -> None:
    ads, website = (_line(business, source) for source in ("Google Ads", "Website"))
    nora = Caller(website, "+19175550128", "Nora Feld")
    nora.misses(days.ago(3, 12, 20))
    nora.texts(days.ago(3, 12, 22), "A crown came off. Anything this week?")
    lead = Lead.objects.get(business=business, phone=nora.number)
    _visit(lead, "Crown refit", days.ago(-1, 9, 30))

    luis = Caller(ads, "+16465550184", "Luis Ortega")
    Caller(ads, luis.number, luis.name).misses(days.ago(1, 18, 10))
    luis.texts(days.ago(1, 18, 12), "STOP")

    Caller(website, "+12125550166", "June Park").is_answered(days.ago(2, 11, 0))


def _law(business: Business, days: Days) -> None:
    board, website = (_line(business, source) for source in ("Billboard", "Website"))
    paul = Caller(board, "+12135550173", "Paul Rivera")
    paul.misses(days.ago(2, 7, 15))
    paul.asks_for_call_back(days.ago(2, 7, 31), preferred_time="after lunch")
    ana = Caller(website, "+13105550138", "Ana Whitfield")
    ana.misses(days.ago(1, 16, 45))
    ana.texts(days.ago(1, 16, 50), "Tomorrow after 3 works. Thank you.")


def _visit(lead: Lead, title: str, starts_at: datetime) -> None:
    Appointment.objects.create(
        business=lead.business,
        lead=lead,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
    )


_STORIES: dict[str, Callable[[Business, Days], None]] = {
    "northside-heating": _heating,
    "maple-street-dental": _dental,
    "harbor-law": _law,
}
