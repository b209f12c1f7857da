"""The team: who may do what in a business."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget

from crm.businesses import add_member
from crm.desk_access import MANAGERS
from crm.models import Membership
from crm.tenant_admin import TenantAdmin
from crm.tenant_forms import TenantForm

_OWNER = Membership.Role.OWNER
_OWNERS = frozenset({_OWNER.value})


class RoleForm(TenantForm):
    """A role that the person may give; a business keeps an owner."""

    def clean_role(self) -> str:
        """Only owners make owners, and the last one stays."""
        role = str(self.cleaned_data["role"])
        if role == _OWNER and not self._by_owner():
            raise ValidationError(_now("Only an owner can make somebody an owner."))
        if self.instance.pk and role != _OWNER and is_last_owner(self.instance):
            raise ValidationError(_now("This is the only owner. Name another first."))
        return role

    def _by_owner(self) -> bool:
        business = self.business
        if self.access is None or business is None:
            return False
        return self.access.allows(_OWNERS, business.pk)


class InviteForm(RoleForm):
    """A new colleague, known by e-mail address."""

    email = forms.EmailField(
        label=_("E-mail"),
        widget=UnfoldAdminEmailInputWidget(),
        help_text=_(
            "They sign in with it. For a first password they choose"
            " “Forgot your password?” on the sign-in page."
        ),
    )

    field_order = ["business", "email", "role"]

    def clean(self) -> dict[str, Any]:
        """Nobody is in a team twice."""
        cleaned = super().clean()
        email, business = cleaned.get("email"), self.business
        known = Membership.objects.filter(business=business, user__email__iexact=email)
        if email and business and known.exists():
            self.add_error("email", _now("%s is in the team already.") % email)
        return cleaned


def is_last_owner(member: Membership) -> bool:
    """Whether the business would be without an owner."""
    owners = Membership.objects.filter(business=member.business_id, role=_OWNER)
    was_owner = owners.filter(pk=member.pk).exists()
    return was_owner and not owners.exclude(pk=member.pk).exists()


@admin.register(Membership)
class TeamAdmin(TenantAdmin):
    """Managers add and change colleagues; owners are changed by owners."""

    change_roles = MANAGERS
    add_roles = MANAGERS
    delete_roles = MANAGERS
    form = RoleForm
    list_display = ["person", "email", "role", "last_seen"]
    list_select_related = ["user", "business"]
    search_fields = ["user__username", "user__email", "user__last_name"]
    add_fieldsets = [(None, {"fields": ["email", "role"]})]
    fieldsets = [(None, {"fields": ["person", "email", "role", "last_seen"]})]

    @admin.display(description=_("name"), ordering="user__username")
    def person(self, member: Membership) -> str:
        """The name, or the sign-in name."""
        return member.user.get_full_name() or member.user.get_username()

    @admin.display(description=_("e-mail"), ordering="user__email")
    def email(self, member: Membership) -> str:
        """Where they get mail, and what they sign in with."""
        return member.user.email

    @admin.display(description=_("last signed in"), ordering="user__last_login")
    def last_seen(self, member: Membership) -> Any:
        """When they last signed in."""
        return member.user.last_login or _now("Not yet")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[TenantForm]:
        """A new member is asked for by address."""
        if obj is None:
            kwargs["form"] = InviteForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The address can only be given once."""
        if obj is not None:
            return super().get_fieldsets(request, obj)
        fields = ["email", "role"]
        if self._offers_businesses(request):
            fields.insert(0, "business")
        return [(None, {"fields": fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The person stays; the role may change."""
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "person", "email", "last_seen"] if obj else fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An owner is changed by an owner."""
        return self._allows(request, self._roles_for(obj), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An owner is removed by an owner, and never the last one."""
        if obj is not None and is_last_owner(obj):
            return False
        return self._allows(request, self._roles_for(obj), obj)

    def _roles_for(self, obj: Any) -> frozenset[str]:
        return _OWNERS if obj is not None and obj.role == _OWNER else MANAGERS

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """A new colleague gets an account when there is none."""
        if change:
            super().save_model(request, obj, form, change)
            return
        email = form.cleaned_data["email"]
        obj.user = add_member(obj.business, email=email, role=obj.role)
        stored = Membership.objects.get(user=obj.user, business=obj.business)
        obj.pk, obj._state.adding = stored.pk, False
        if not obj.user.has_usable_password():
            hint = _("%s can now choose a password: sign-in page, “Forgot password?”.")
            messages.info(request, hint % email)
