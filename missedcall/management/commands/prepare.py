"""Bring the database up to date; on the very first start, load the demo."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from crm.models import Business
from missedcall.demo.people import sign_ins


class Command(BaseCommand):
    """What `make run` does before it starts web and workers."""

    help = "Migrate, and load the demo where there is no business and no real carrier."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Raise CommandError with one sentence when the database does not answer."""
        try:
            call_command("migrate", interactive=False, verbosity=0)
            if settings.SIMULATOR and not Business.objects.exists():
                call_command("seed_demo", verbosity=0)
            self.stdout.write("\n".join(sign_ins()))
        except DatabaseError as error:
            said = " ".join(str(error).split())
            raise CommandError(
                f"The database does not answer: {said}. Check DATABASE_URL."
            ) from error
