"""The business itself: what it is called, when it is open, how it texts."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import TimeField
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextInputWidget,
)

from crm.businesses import open_doors
from crm.desk_access import MANAGERS, SUPERUSERS, access_of
from crm.models import Business, Closure, Membership, OpeningHours
from crm.tenant_admin import ReadOnlyInline, TenantAdmin, TenantInline
from crm.tenant_forms import TenantForm

_NEARBY = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix"),
    *("America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu"),
    *("America/Toronto", "America/Winnipeg", "America/Edmonton", "America/Vancouver"),
)
_COUNTRY_CODE_LETTERS = 2


def zone_choices() -> list[tuple[Any, Any]]:
    """Zone names for a select: the nearby ones first, then all."""
    names = sorted(zoneinfo.available_timezones())
    return [
        (_("United States and Canada"), [(name, name) for name in _NEARBY]),
        (_("Everywhere"), [(name, name) for name in names]),
    ]


class BusinessForm(TenantForm):
    """Numbers and country codes as people type them."""

    phone = forms.CharField(
        label=_("Phone shown to clients"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "tel"}),
        help_text=_("In texts that say how to reach you. Empty: the line they called."),
    )

    class Meta:
        model = Business
        fields = "__all__"
        widgets = {
            "color": UnfoldAdminColorInputWidget(),
            "timezone": UnfoldAdminSelectWidget(choices=zone_choices),
        }

    def clean_phone(self) -> str:
        """E.164, or nothing."""
        raw = str(self.cleaned_data["phone"])
        return self.read_number(raw) if raw.strip() else ""

    def clean_country(self) -> str:
        """Two letters."""
        return _code(str(self.cleaned_data["country"]))

    def clean_text_countries(self) -> str:
        """Two-letter codes with commas, at least one."""
        codes = str(self.cleaned_data["text_countries"]).split(",")
        return ",".join(_code(code) for code in codes if code.strip())


def _code(text: str) -> str:
    code = text.strip().upper()
    if len(code) != _COUNTRY_CODE_LETTERS or not code.isalpha():
        raise ValidationError(
            _now("“%s” is no country code. Write two letters, for example US.") % code
        )
    return code


_TIMES = {TimeField: {"widget": UnfoldAdminSingleTimeWidget(format="%H:%M")}}


class HoursInline(TenantInline):
    """Weekly hours; a day without a row is closed."""

    model = OpeningHours
    formfield_overrides = _TIMES
    verbose_name_plural = _("Opening hours (a day without a row is closed)")


class ClosureInline(TenantInline):
    """Holidays and other days that differ."""

    model = Closure
    formfield_overrides = _TIMES
    verbose_name_plural = _("Holidays and closures")


class TeamInline(ReadOnlyInline):
    """Who works here; changed on the Team page."""

    model = Membership
    fields = ["person", "role"]
    readonly_fields = ["person", "role"]
    verbose_name_plural = _("Team (add people on the Team page)")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what each line shows."""
        return super().get_queryset(request).select_related("user")

    @admin.display(description=_("name"))
    def person(self, member: Membership) -> str:
        """The name, or the sign-in name."""
        return member.user.get_full_name() or member.user.get_username()


@admin.register(Business)
class BusinessAdmin(TenantAdmin):
    """What a receptionist needs to know about the place, on one page."""

    tenant_path = ""
    change_roles = MANAGERS
    add_roles = SUPERUSERS
    delete_roles = SUPERUSERS
    form = BusinessForm
    inlines = [HoursInline, ClosureInline, TeamInline]
    list_display = ["name", "trade", "timezone", "phone"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (
            _("Your business"),
            {"fields": ["name", "trade", "phone", "language", "slug", "color"]},
        ),
        (_("Where you are"), {"fields": ["timezone", "country", "currency"]}),
        (
            _("Automatic texts"),
            {
                "fields": [
                    "text_countries",
                    "episode_minutes",
                    "suppression_hours",
                    "conversation_hours",
                    "monthly_segments",
                ],
            },
        ),
    ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """With one business there is no list to choose from."""
        access = access_of(request)
        if access.only_business and not access.superuser:
            return redirect("admin:crm_business_change", access.only_business.pk)
        response: HttpResponseBase = super().changelist_view(request, extra_context)
        return response

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Business | None = None
    ) -> dict[str, list[str]]:
        """Only a new business: a known web name must not change with a typo mended."""
        return {} if obj else {"slug": ["name"]}

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """A new business without hours is open every day from 8 to 18."""
        super().save_related(request, form, formsets, change)
        business = form.instance
        if not change and not business.opening_hours.exists():
            open_doors(business)
