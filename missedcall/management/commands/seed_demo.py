"""Load the three demo businesses."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from crm.models import Business
from missedcall.demo.businesses import PROFILES, Profile, open_business
from missedcall.demo.people import hire_team, sign_ins
from missedcall.demo.stories import tell


class Command(BaseCommand):
    """Safe to repeat: a demo business that is there is left as it is."""

    help = "Load three demo businesses with lines, people and a little history."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raise CommandError, and write nothing, where a real carrier is set up."""
        if settings.CARRIER != "simulator":
            raise CommandError(
                "The demo has made-up numbers and a password that everybody knows."
                " Load it where no real carrier is set up: unset TWILIO_ACCOUNT_SID,"
                " or set SIMULATOR=1."
            )
        there = set(Business.objects.values_list("slug", flat=True))
        missing = [profile for profile in PROFILES if profile.slug not in there]
        with transaction.atomic():
            for profile in missing:
                _load(profile)
        if options["verbosity"]:
            names = ", ".join(profile.name for profile in missing)
            self.stdout.write(f"Loaded {names}." if missing else "Already loaded.")
            self.stdout.write("\n".join(sign_ins()))


def _load(profile: Profile) -> None:
    business = open_business(profile)
    hire_team(business)
    tell(business, now=timezone.now())
