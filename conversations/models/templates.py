"""The words a business uses, editable by its manager."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.wording import Situation
from crm.models import Business


class Template(models.Model):
    """Words for one situation in one language."""

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="templates"
    )
    situation = models.CharField(_("situation"), max_length=24, choices=Situation)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=[("en", _("English")), ("es", _("Spanish"))],
        default="en",
    )
    body = models.TextField(_("words"), max_length=1600)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        ordering = ["situation", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "situation", "language"],
                name="one_template_per_situation_and_language",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_situation_display()} ({self.get_language_display()})"
