"""Sign-in accounts: for superusers only, who could otherwise be made here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm


@admin.register(get_user_model())
class AccountAdmin(UserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    """Everybody's accounts. Managers work with the Team page instead."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "email", "password"]}),
        (_("Name"), {"fields": ["first_name", "last_name"]}),
        (_("May"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
