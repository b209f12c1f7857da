"""The one thread of a business and a number."""

from datetime import datetime

from conversations.models import Conversation, PhoneLine
from crm.models import Lead


def conversation_with(*, lead: Lead, line: PhoneLine, now: datetime) -> Conversation:
    """Find or open the lead's thread; the line used last becomes its line."""
    mine = Conversation.objects.filter(business_id=lead.business_id, phone=lead.phone)
    thread = mine.first()
    if thread is None:
        fresh = Conversation(
            business_id=lead.business_id,
            phone=lead.phone,
            lead=lead,
            line=line,
            last_message_at=now,
        )
        Conversation.objects.bulk_create([fresh], ignore_conflicts=True)
        thread = mine.get()
    if thread.line_id != line.pk:
        thread.line = line
        thread.save(update_fields=["line"])
    return thread
