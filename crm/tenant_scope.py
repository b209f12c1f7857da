"""Which rows a person may know of, and what the role allows (promise P5)."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest

from crm.desk_access import EVERYBODY, SUPERUSERS, WRITERS, access_of
from crm.models import Business
from crm.tenancy import businesses_of, visible


class TenantScope:
    """Rows and permissions, shared by pages and inlines.

    ``tenant_path`` leads from the row to its business ("" is the business itself).
    The ``*_roles`` say who may; ``SUPERUSERS`` is the empty set of roles.
    """

    tenant_path = "business"
    view_roles = EVERYBODY
    change_roles = WRITERS
    add_roles = WRITERS
    delete_roles = SUPERUSERS

    model: type[Model]

    def scoped(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """``rows`` that the person may know of."""
        if not self.tenant_path:
            return rows.filter(pk__in=businesses_of(request.user))
        return visible(rows, request.user, path=self.tenant_path)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only the person's own rows; every page starts here."""
        return self.scoped(request, super().get_queryset(request))  # type: ignore[misc]

    def get_field_queryset(
        self, db: str | None, db_field: "ForeignKey[Any, Any]", request: HttpRequest
    ) -> QuerySet[Any]:
        """The choices of a relation, narrowed to the person's businesses."""
        related = db_field.remote_field.model
        rows = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        if rows is None:
            rows = related._default_manager.all()
        return narrowed(rows, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Any member may look, unless the page says otherwise."""
        return self._allows(request, self.view_roles, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the row's business."""
        return self._allows(request, self.change_roles, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role; ``obj`` is the parent row of an inline."""
        return self._allows(request, self.add_roles, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role in the row's business."""
        return self._allows(request, self.delete_roles, obj)

    def _allows(self, request: HttpRequest, roles: frozenset[str], obj: Any) -> bool:
        return access_of(request).allows(roles, business_id_of(obj))


def business_id_of(obj: Any) -> int | None:
    """The business of a row, or of the business itself; None for no stored row."""
    if isinstance(obj, Business):
        return obj.pk
    found: int | None = getattr(obj, "business_id", None)
    return found


def narrowed(rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Rows of any model that the person may choose from; unknown models: none."""
    if rows.model is Business:
        return rows.filter(pk__in=businesses_of(request.user))
    if access_of(request).superuser:
        return rows
    if rows.model is get_user_model():
        mine = businesses_of(request.user).values("pk")
        return rows.filter(memberships__business__in=mine).distinct()
    try:
        rows.model._meta.get_field("business")
    except FieldDoesNotExist:
        return rows.none()
    return visible(rows, request.user)


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A list filter whose choices are rows of the person's own businesses."""

    def field_choices(
        self,
        field: Any,
        request: HttpRequest,
        model_admin: "admin.ModelAdmin[Any]",
    ) -> list[Any]:
        """As Django's, from narrowed rows."""
        rows = narrowed(field.remote_field.model._default_manager.all(), request)
        chosen: list[Any] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": rows.values("pk")},
        )
        return chosen
