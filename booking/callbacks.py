"""A client asks to be called: one task for the desk, however often it is sent."""

import hashlib
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from booking.models import BookingLink
from crm.atomic import in_one_transaction
from crm.desk import open_task
from crm.models import DeskTask, Lead, LeadEvent
from crm.phones import format_for_people
from crm.timeline import log

PER_HOUR = 5
# Somebody who asks is worth more than somebody who only called.
PRIORITY = 3


class TooOftenError(Exception):
    """The same link has sent too many requests within an hour."""


@dataclass(frozen=True)
class Request:
    """What the client asks for; `phone` is E.164.

    `preferred_time` is in words for the desk; empty means as soon as possible.
    """

    name: str
    phone: str
    preferred_time: str
    note: str = ""

    @property
    def detail(self) -> str:
        """One line for the desk."""
        who = f"{self.name}, {format_for_people(self.phone)}"
        return f"{who}: {self.note}" if self.note else who


def ref_of(link: BookingLink) -> str:
    """The opportunity that the link was made for, else the link itself."""
    return link.ref or f"link:{link.pk}"


@in_one_transaction
def ask_for_call_back(link: BookingLink, asked: Request, *, now: datetime) -> DeskTask:
    """Open the desk's task, or bring the one that is there up to date.

    The same request sent twice changes nothing the second time. Raises TooOftenError
    after five different ones within an hour.
    """
    mark_opened(link, now=now)
    task = open_request(link)
    key = f"link:{link.pk}:asked:{_digest(asked)}:{now:%Y-%m-%d}"
    if task is not None and _requests(link).filter(key=key).exists():
        return task
    if _requests(link).filter(at__gt=now - timedelta(hours=1)).count() >= PER_HOUR:
        raise TooOftenError
    _keep_name(link, asked.name)
    _log(LeadEvent.Kind.CALL_BACK_ASKED, link, key=key, now=now)
    return _open_task(link, asked, now=now)


def _open_task(link: BookingLink, asked: Request, *, now: datetime) -> DeskTask:
    task = open_task(
        DeskTask.Kind.CALL_BACK_ASKED,
        business=link.business,
        lead=link.lead,
        ref=ref_of(link),
        detail=asked.detail,
        preferred_time=asked.preferred_time[:80],
        priority=PRIORITY,
        now=now,
    )
    # The last wish counts, and the task may have been opened by an earlier one.
    task.preferred_time = asked.preferred_time[:80]
    task.save(update_fields=["preferred_time"])
    return task


@in_one_transaction
def mark_opened(link: BookingLink, *, now: datetime) -> None:
    """A person uses the page: written down once per link.

    Opening the address is no sign of a person: phones, carriers and chat programs
    fetch every link to show a preview of it.
    """
    used = BookingLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now)
    if used:
        _log(LeadEvent.Kind.LINK_OPENED, link, key=f"link:{link.pk}:opened", now=now)


def open_request(link: BookingLink) -> DeskTask | None:
    """The call that this link has asked for and nobody has made yet."""
    return DeskTask.objects.filter(
        business_id=link.business_id,
        kind=DeskTask.Kind.CALL_BACK_ASKED,
        ref=ref_of(link),
        state=DeskTask.State.OPEN,
    ).first()


def _requests(link: BookingLink) -> QuerySet[LeadEvent]:
    return LeadEvent.objects.filter(
        business_id=link.business_id,
        kind=LeadEvent.Kind.CALL_BACK_ASKED,
        key__startswith=f"link:{link.pk}:asked:",
    )


def _digest(asked: Request) -> str:
    return hashlib.sha256(repr(astuple(asked)).encode()).hexdigest()[:32]


def _keep_name(link: BookingLink, name: str) -> None:
    Lead.objects.filter(pk=link.lead_id, name="").update(name=name)


def _log(kind: str, link: BookingLink, *, key: str, now: datetime) -> None:
    log(
        LeadEvent(
            kind=kind,
            business=link.business,
            lead=link.lead,
            source=link.lead.latest_source,
            key=key,
            at=now,
            ref=ref_of(link),
        )
    )
