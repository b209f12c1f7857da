"""Finding or making the lead behind a number."""

from datetime import datetime

from crm.models import Business, Lead, LeadEvent
from crm.timeline import log


def lead_for_caller(
    *, business: Business, phone: str, source_id: int, now: datetime
) -> Lead:
    """The one lead of ``phone`` (E.164) at ``business``, made on first contact.

    The first lead source is kept for ever; ``source_id`` becomes the latest one.
    """
    lead = Lead.objects.filter(business=business, phone=phone).first()
    if lead is None:
        lead = _create(business=business, phone=phone, source_id=source_id, now=now)
    if lead.latest_source_id != source_id:
        lead.latest_source_id = source_id
        lead.save(update_fields=["latest_source", "updated_at"])
    return lead


def _create(*, business: Business, phone: str, source_id: int, now: datetime) -> Lead:
    # Two processes may meet a new caller at once: the constraint picks the winner.
    fresh = Lead(
        business=business,
        phone=phone,
        first_source_id=source_id,
        latest_source_id=source_id,
    )
    Lead.objects.bulk_create([fresh], ignore_conflicts=True)
    lead = Lead.objects.get(business=business, phone=phone)
    log(
        LeadEvent(
            kind=LeadEvent.Kind.LEAD_CREATED,
            business=business,
            lead=lead,
            source_id=source_id,
            key=f"lead:{lead.pk}:created",
            at=now,
        )
    )
    return lead
