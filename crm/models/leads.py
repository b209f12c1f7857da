"""People who called, and what brought them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.business import Business
from crm.phones import format_for_people


class LeadSource(models.Model):
    """What made the phone ring: an ad, the web page, a van."""

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="sources"
    )
    name = models.CharField(_("name"), max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("lead source")
        verbose_name_plural = _("lead sources")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "name"], name="one_source_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Lead(models.Model):
    """One person per business and number."""

    class Kind(models.TextChoices):
        NEW = "new", _("New lead")
        CUSTOMER = "customer", _("Customer")
        VENDOR = "vendor", _("Vendor")
        INTERNAL = "internal", _("Own staff")
        SPAM = "spam", _("Spam")

    class Stage(models.TextChoices):
        NEW = "new", _("New")
        CONTACTED = "contacted", _("Contacted")
        QUALIFIED = "qualified", _("Qualified")
        BOOKED = "booked", _("Booked")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="leads"
    )
    phone = models.CharField(_("phone"), max_length=16)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.NEW)
    stage = models.CharField(
        _("stage"), max_length=20, choices=Stage, default=Stage.NEW
    )
    value = models.DecimalField(
        _("value"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    language = models.CharField(
        _("language"), max_length=5, blank=True, default="", help_text=_("en or es")
    )
    first_source = models.ForeignKey(
        LeadSource,
        verbose_name=_("first source"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="first_leads",
    )
    latest_source = models.ForeignKey(
        LeadSource,
        verbose_name=_("latest source"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="latest_leads",
    )
    do_not_text = models.BooleanField(_("do not text"), default=False)
    # Why texts cannot reach this number, as the carrier told us; empty = they can.
    not_textable = models.CharField(
        _("cannot get texts"), max_length=40, blank=True, default=""
    )
    # Set on the instance by whoever has just inserted it: nothing can refer to it yet.
    just_made = False

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "phone"], name="one_lead_per_number"
            )
        ]

    def __str__(self) -> str:
        return self.name or format_for_people(self.phone)

    @property
    def first_name(self) -> str:
        """The first word of the name, or nothing."""
        return self.name.split(" ")[0] if self.name else ""
