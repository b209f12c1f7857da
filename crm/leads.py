"""Finding or making the lead behind a number."""

from datetime import datetime

from crm.models import Business, Lead, LeadEvent, LeadSource
from crm.timeline import log


def lead_for_caller(
    *, business: Business, phone: str, source: LeadSource, now: datetime
) -> Lead:
    """The one lead of ``phone`` (E.164) at ``business``, made on first contact.

    The first source is kept for ever; ``source`` becomes the latest one.
    """
    lead = Lead.objects.filter(business=business, phone=phone).first()
    if lead is None:
        lead = _create(business=business, phone=phone, source=source, now=now)
    if lead.latest_source_id != source.pk:
        lead.latest_source = source
        lead.save(update_fields=["latest_source", "updated_at"])
    return lead


def _create(
    *, business: Business, phone: str, source: LeadSource, now: datetime
) -> Lead:
    # Two processes may meet a new caller at once: the constraint picks the winner.
    fresh = Lead(
        business=business, phone=phone, first_source=source, latest_source=source
    )
    Lead.objects.bulk_create([fresh], ignore_conflicts=True)
    lead = Lead.objects.get(business=business, phone=phone)
    log(
        LeadEvent(
            kind=LeadEvent.Kind.LEAD_CREATED,
            business=business,
            lead=lead,
            source=source,
            key=f"lead:{lead.pk}:created",
            at=now,
        )
    )
    return lead
