"""A time that a client and the business agreed on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models import Business, Lead


class Appointment(models.Model):
    """One visit, entered by staff."""

    class Status(models.TextChoices):
        BOOKED = "booked", _("Booked")
        COMPLETED = "completed", _("Completed")
        NO_SHOW = "no_show", _("Did not come")
        CANCELLED = "cancelled", _("Cancelled")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="appointments"
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="appointments"
    )
    title = models.CharField(_("what"), max_length=120)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.BOOKED
    )

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="appointment_ends_after_it_starts",
                violation_error_message=_("The end is not after the start."),
            )
        ]
        indexes = [
            models.Index(fields=["lead", "starts_at"], name="appointment_lead_start")
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.lead}"
