"""What happened, append-only: the lead's timeline and the consent ledger."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.business import Business
from crm.models.leads import Lead, LeadSource


class AppendOnlyError(Exception):
    """Somebody tried to change history."""


class AppendOnly(models.Model):
    """A row that is written once and never changed."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; raise ``AppendOnlyError`` for a row that is already stored."""
        if self.pk is not None and not self._state.adding:
            raise AppendOnlyError(f"{self._meta.label} rows are never changed")
        super().save(*args, **kwargs)


class LeadEvent(AppendOnly):
    """One step of a lead's story; the only thing that reports read."""

    class Kind(models.TextChoices):
        LEAD_CREATED = "lead_created", _("First contact")
        CALL_ANSWERED = "call_answered", _("Call answered")
        CALL_MISSED = "call_missed", _("Call missed")
        VOICEMAIL = "voicemail", _("Voicemail left")
        TEXT_BACK_QUEUED = "text_back_queued", _("Text written")
        TEXT_BACK_SENT = "text_back_sent", _("Text sent")
        TEXT_BACK_SKIPPED = "text_back_skipped", _("No text, with reason")
        TEXT_BACK_FAILED = "text_back_failed", _("Text failed")
        TEXT_SENT = "text_sent", _("Text sent by hand")
        TEXT_DELIVERED = "text_delivered", _("Text delivered")
        TEXT_FAILED = "text_failed", _("Text not delivered")
        TEXT_RECEIVED = "text_received", _("Text received")
        OPTED_OUT = "opted_out", _("Asked for no more texts")
        OPTED_IN = "opted_in", _("Asked for texts again")
        LINK_OPENED = "link_opened", _("Booking link opened")
        CALL_BACK_ASKED = "call_back_asked", _("Asked to be called back")
        TASK_DONE = "task_done", _("Task done")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="events"
    )
    # Empty when the caller withheld the number: such callers share no lead.
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    kind = models.CharField(_("what"), max_length=30, choices=Kind)
    source = models.ForeignKey(
        LeadSource, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    # Names the step, so that a repeated webhook cannot write it twice.
    key = models.CharField(max_length=120)
    # What it is about, for example "episode:12"; upper apps name their own rows.
    ref = models.CharField(max_length=60, blank=True, default="")
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "key"], name="one_event_per_key"
            )
        ]
        indexes = [
            models.Index(fields=["lead", "at"], name="event_lead_at"),
            models.Index(fields=["business", "kind", "at"], name="event_kind_at"),
        ]

    def __str__(self) -> str:
        at = self.at.astimezone(self.business.zone)
        return f"{self.get_kind_display()} {at:%Y-%m-%d %H:%M}"


class ConsentEvent(AppendOnly):
    """One yes or no to texts from a number, for the whole business."""

    class Kind(models.TextChoices):
        OPT_OUT = "opt_out", _("No more texts")
        OPT_IN = "opt_in", _("Texts welcome")

    class How(models.TextChoices):
        KEYWORD = "keyword", _("Replied with a keyword")
        CARRIER = "carrier", _("The carrier told us")
        STAFF = "staff", _("Entered by staff")
        FORM = "form", _("Ticked on a form")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="consents"
    )
    phone = models.CharField(_("phone"), max_length=16)
    kind = models.CharField(_("answer"), max_length=10, choices=Kind)
    how = models.CharField(_("how"), max_length=10, choices=How)
    text = models.CharField(_("words"), max_length=400, blank=True, default="")
    ref = models.CharField(_("message"), max_length=60, blank=True, default="")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["business", "phone", "-id"], name="consent_latest")
        ]

    def __str__(self) -> str:
        return f"{self.phone}: {self.get_kind_display()}"
