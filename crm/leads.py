"""Finding or making the lead behind a number."""

from datetime import datetime

from django.db import IntegrityError, transaction

from crm.models import Business, Lead, LeadEvent
from crm.timeline import log


def lead_for_caller(
    *, business: Business, phone: str, source_id: int, now: datetime
) -> Lead:
    """The one lead of ``phone`` (E.164) at ``business``, made on first contact.

    The first lead source is kept for ever; ``source_id`` becomes the latest one.
    """
    lead = find_or_make(business=business, phone=phone, source_id=source_id)
    if lead.just_made:
        log(first_contact(lead, now=now))
    return lead


def find_or_make(*, business: Business, phone: str, source_id: int) -> Lead:
    """As ``lead_for_caller``, but leaves the timeline entry to the caller."""
    lead = Lead.objects.filter(business=business, phone=phone).first()
    if lead is None:
        return _make(business=business, phone=phone, source_id=source_id)
    if lead.latest_source_id != source_id:
        lead.latest_source_id = source_id
        lead.save(update_fields=["latest_source", "updated_at"])
    return lead


def first_contact(lead: Lead, *, now: datetime) -> LeadEvent:
    """The timeline entry of a lead that has just been made."""
    return LeadEvent(
        kind=LeadEvent.Kind.LEAD_CREATED,
        business=lead.business,
        lead=lead,
        source_id=lead.first_source_id,
        key=f"lead:{lead.pk}:created",
        at=now,
    )


def _make(*, business: Business, phone: str, source_id: int) -> Lead:
    fresh = Lead(
        business=business,
        phone=phone,
        first_source_id=source_id,
        latest_source_id=source_id,
    )
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        # Two processes met a new caller at once, and the other one was first.
        return Lead.objects.get(business=business, phone=phone)
    fresh.just_made = True
    return fresh
