"""How staff pages show a moment, a number, a state, a link."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.models import Business
from crm.phones import format_for_people

_PAGES = {
    "episode": "admin:conversations_episode_change",
    "call": "admin:conversations_call_change",
    "message": "admin:conversations_message_change",
    "line": "admin:conversations_phoneline_change",
}


def pill(text: object, tone: str = "plain") -> SafeString:
    """A state as a small rounded mark; tones: plain, good, warn, bad, brand."""
    return format_html('<span class="desk-pill desk-{}">{}</span>', tone, text)


def when_words(moment: datetime, zone: ZoneInfo) -> str:
    """``moment`` (aware) on the clock of ``zone``; with the day unless it is today."""
    local = moment.astimezone(zone)
    today = timezone.now().astimezone(zone).date()
    if local.date() == today:
        return date_format(local, "P")
    if local.year == today.year:
        return date_format(local, "M j, P")
    return date_format(local, "M j, Y, P")


def when(moment: datetime | None, zone: ZoneInfo) -> SafeString | str:
    """A ``<time>`` in ``zone``, with the full date and zone on hover."""
    if moment is None:
        return ""
    return _time(moment, zone, when_words(moment, zone))


def _time(moment: datetime, zone: ZoneInfo, words: str) -> SafeString:
    local = moment.astimezone(zone)
    return format_html(
        '<time datetime="{}" title="{}" class="desk-when">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{date_format(local, 'l, F j, Y, P')} {local:%Z}",
        words,
    )


def clock(moment: datetime, zone: ZoneInfo) -> SafeString | str:
    """Like ``when``, with the time of day alone: the day is said elsewhere."""
    return _time(moment, zone, date_format(moment.astimezone(zone), "P"))


def nowrap(text: object) -> SafeString:
    """Text that stays on one line."""
    return format_html('<span class="desk-when">{}</span>', text)


def number_words(phone: str, business: Business) -> str:
    """A number (E.164) as people in the business's country write it."""
    if not phone:
        return _("Number withheld")
    return format_for_people(phone, region=business.country)


def link(text: object, url: str) -> SafeString:
    """A link in the look of the staff pages."""
    return format_html('<a class="desk-link" href="{}">{}</a>', url, text)


def ref_url(ref: str) -> str:
    """The page of what "episode:12", "call:5", "message:9" or "line:3:x" names."""
    kind, _colon, rest = ref.partition(":")
    number = rest.partition(":")[0]
    if kind not in _PAGES or not number.isdecimal():
        return ""
    try:
        return reverse(_PAGES[kind], args=[number])
    except NoReverseMatch:
        return ""


def ref_words(ref: str) -> str:
    """What the thing behind a ref is called on a link."""
    names = {
        "episode": _("Missed call"),
        "call": _("Call"),
        "message": _("Text"),
        "line": _("Phone line"),
    }
    return names.get(ref.partition(":")[0], "")
