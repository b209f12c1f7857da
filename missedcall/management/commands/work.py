"""`manage.py work`: the workers, and what is due every second."""

from typing import Any

from django.core.management.base import BaseCommand

from conversations.background.supervisor import supervise
from conversations.sweeps import run_due_work


class Command(BaseCommand):
    """Run until SIGTERM or Ctrl-C."""

    help = "Send texts and do everything else that waits, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """See `supervise`."""
        supervise(tick=run_due_work)
