"""The personal link in a text."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Business, Lead


class BookingLink(models.Model):
    """A link made for one lead; only its hash is stored, so a leak opens nothing."""

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="booking_links"
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="booking_links"
    )
    # The opportunity it was made for, for example "episode:12".
    ref = models.CharField(max_length=60, blank=True, default="")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("good until"))
    used_at = models.DateTimeField(_("first used"), null=True, blank=True)

    class Meta:
        verbose_name = _("booking link")
        verbose_name_plural = _("booking links")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.lead} {self.created_at:%Y-%m-%d}"
