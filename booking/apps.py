"""App registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    """See docs/architecture.md for what belongs here."""

    name = "booking"
    verbose_name = _("Booking")
