"""The project's own app (commands, health) and its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class MissedCallConfig(AppConfig):
    """Commands, health pages and system checks of the whole project."""

    name = "missedcall"
    verbose_name = "Missed Call"


class MissedCallAdminConfig(SimpleAdminConfig):
    """Put staff pages on our own admin site."""

    default_site = "missedcall.admin.DeskSite"
