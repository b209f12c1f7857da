"""Appointments that staff entered."""

from datetime import datetime

from booking.models import Appointment
from crm.models import Lead


def next_appointment(*, lead: Lead, now: datetime) -> Appointment | None:
    """The lead's next booked visit after ``now`` (aware), if there is one."""
    return (
        Appointment.objects.filter(
            lead=lead, status=Appointment.Status.BOOKED, starts_at__gte=now
        )
        .order_by("starts_at")
        .first()
    )
