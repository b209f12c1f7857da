"""App registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """See docs/architecture.md for what belongs here."""

    name = "crm"
    verbose_name = _("Customers")
