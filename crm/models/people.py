"""Who works for which business, and what they may do."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.business import Business


class Membership(models.Model):
    """A user's role in one business."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Manager")
        FRONT_DESK = "front_desk", _("Front desk")
        READ_ONLY = "read_only", _("Read only")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(
        _("role"), max_length=20, choices=Role, default=Role.FRONT_DESK
    )

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "business"], name="one_role_per_user_and_business"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"
