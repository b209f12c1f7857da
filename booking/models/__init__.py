"""Links and appointments."""

from booking.models.appointment import Appointment
from booking.models.link import BookingLink

__all__ = ["Appointment", "BookingLink"]
