"""Writing the lead's timeline."""

from crm.models import LeadEvent


def log(*events: LeadEvent) -> None:
    """Append steps; an event whose ``key`` the business has changes nothing.

    The key names the step itself ("call:12:missed"), so that a repeated webhook or a
    task that runs twice writes it once; ``ref`` names the row that it is about.
    """
    LeadEvent.objects.bulk_create(events, ignore_conflicts=True)
