"""The one thread of a business and a number."""

from datetime import datetime

from django.db import IntegrityError, transaction

from conversations.models import Conversation, PhoneLine
from crm.models import Lead


def conversation_with(*, lead: Lead, line: PhoneLine, now: datetime) -> Conversation:
    """Find or open the lead's thread; the line used last becomes its line."""
    mine = Conversation.objects.filter(business_id=lead.business_id, phone=lead.phone)
    thread = None if lead.just_made else mine.first()
    if thread is None:
        thread = Conversation(
            business=lead.business, phone=lead.phone, lead=lead, line=line
        )
        thread.last_message_at = now
        try:
            with transaction.atomic():
                thread.save(force_insert=True)
        except IntegrityError:
            # Another process opened it at the same moment.
            thread = mine.get()
    if thread.line_id != line.pk:
        thread.line = line
        thread.save(update_fields=["line"])
    # Whoever asked has these rows already: no query to read them again.
    thread.lead, thread.business, thread.line = lead, lead.business, line
    return thread
