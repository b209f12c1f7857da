"""The project's own app (commands, health) and its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class MissedCallConfig(AppConfig):
    """Commands, health pages and system checks of the whole project."""

    name = "missedcall"
    verbose_name = "Missed Call"

    def ready(self) -> None:
        """Register the system checks."""
        from missedcall import checks  # noqa: F401


class MissedCallAdminConfig(AdminConfig):
    """Put staff pages on our own admin site."""

    default_site = "missedcall.admin.DeskSite"
