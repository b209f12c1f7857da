"""Who works behind the web, and when we last heard of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkerPulse(models.Model):
    """The last sign of life of a supervisor, or of the workers it looks after.

    Each supervisor keeps two rows, renews them about once a second and removes them
    when it is stopped; a row that grows old tells of a process that died.
    """

    class Kind(models.TextChoices):
        """Whose sign of life it is."""

        SUPERVISOR = "supervisor", _("Supervisor")
        WORKER = "worker", _("Workers")

    class State(models.TextChoices):
        """What the supervisor last saw of its workers."""

        STARTING = "starting", _("Starting")
        WORKING = "working", _("Working")
        STALLED = "stalled", _("Stalled")

    name = models.CharField(max_length=150, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    at = models.DateTimeField(help_text=_("The last sign of life."))

    class Meta:
        verbose_name = _("worker pulse")
        verbose_name_plural = _("worker pulses")

    def __str__(self) -> str:
        return f"{self.name}: {self.get_state_display()}"
