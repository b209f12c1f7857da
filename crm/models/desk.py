"""Work that needs a person at the front desk."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.business import Business
from crm.models.leads import Lead


class DeskTask(models.Model):
    """One thing for a person to do; an automatic text never closes it."""

    class Kind(models.TextChoices):
        CALL_BACK = "call_back", _("Call back")
        CALL_BACK_ASKED = "call_back_asked", _("Asked to be called back")
        VOICEMAIL = "voicemail", _("Listen to a voicemail")
        TEXT_FAILED = "text_failed", _("Text did not go")
        UNKNOWN_CALL = "unknown_call", _("Unclear call")
        IN_CONVERSATION = "in_conversation", _("Called while texting with you")
        SETUP = "setup", _("Settings need attention")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="tasks"
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, null=True, blank=True, related_name="tasks"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.OPEN
    )
    detail = models.CharField(_("detail"), max_length=400, blank=True, default="")
    preferred_time = models.CharField(
        _("preferred time"), max_length=80, blank=True, default=""
    )
    # What it is about, for example "episode:12"; one open task per kind and thing.
    ref = models.CharField(max_length=60)
    priority = models.PositiveSmallIntegerField(_("priority"), default=1)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("done by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["-priority", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "kind", "ref"], name="one_task_per_thing"
            )
        ]
        indexes = [
            models.Index(fields=["business", "state", "-priority"], name="task_open")
        ]

    def __str__(self) -> str:
        return self.detail or self.get_kind_display()
