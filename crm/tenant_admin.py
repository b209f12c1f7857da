"""Staff pages that show a person their own businesses and nothing else (promise P5).

Every page, choice, filter, search, action and inline starts from the rows of the
businesses that the person belongs to; what they may do there follows from the role
in that business. Another business's row does not exist: 404, for reading and writing.
"""

import re
from typing import Any

from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline

from crm.desk_access import MANAGERS, access_of
from crm.models import Business
from crm.tenancy import businesses_of
from crm.tenant_forms import TenantForm
from crm.tenant_scope import ScopedRelatedFilter, TenantScope

FEWEST_DIGITS = 3


class TenantAdmin(TenantScope, ModelAdmin):  # type: ignore[misc]
    """Base of every page about a tenant's rows.

    ``phone_search`` names the fields that a search by digits looks into, however the
    number was typed.
    """

    form = TenantForm
    phone_search: tuple[str, ...] = ()
    list_per_page = 50
    list_filter_sheet = False
    empty_value_display = "–"  # noqa: RUF001 - a dash, as printed

    # --- rows -----------------------------------------------------------------------
    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        raise Http404

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Read and show clocks in the zone of the row's business."""
        business = self._business(request, object_id)
        zone = business.zone if business else access_of(request).zone
        with timezone.override(zone):
            return rendered(
                super().changeform_view(request, object_id, form_url, extra_context)
            )

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """What the person cannot know of is not "forbidden" but not there."""
        self.row_or_404(request, object_id)
        shown: HttpResponseBase = super().delete_view(request, object_id, extra_context)
        return shown

    def row_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if the person may know of it; raises ``Http404``."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        return row

    def _business(self, request: HttpRequest, object_id: str | None) -> Business | None:
        if object_id is not None:
            row = self.row_or_404(request, object_id)
            return row if isinstance(row, Business) else getattr(row, "business", None)
        chosen = request.POST.get("business", "")
        if not chosen.isdecimal():
            return None
        return businesses_of(request.user).filter(pk=chosen).first()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Digits find numbers, however they were typed; words search as usual."""
        digits = re.sub(r"\D", "", search_term)
        typed_a_number = not re.search(r"[^\d\s()+./-]", search_term)
        if self.phone_search and typed_a_number and len(digits) >= FEWEST_DIGITS:
            wanted = Q()
            for field in self.phone_search:
                wanted |= Q(**{f"{field}__contains": digits})
            return queryset.filter(wanted), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Relations offer the person's own rows; businesses, if there are several."""
        named = super().get_list_filter(request)
        filters = [self._scoped_filter(one) for one in named]
        if self._offers_businesses(request):
            filters.append(("business", ScopedRelatedFilter))
        return filters

    def _scoped_filter(self, one: Any) -> Any:
        if not isinstance(one, str):
            return one
        field = self.model._meta.get_field(one)
        return (one, ScopedRelatedFilter) if field.is_relation else one

    def _offers_businesses(self, request: HttpRequest) -> bool:
        if self.tenant_path != "business":
            return False
        return access_of(request).only_business is None

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Name the business where there are several."""
        columns = list(super().get_list_display(request))
        return [*columns, "business"] if self._offers_businesses(request) else columns

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The page is called what it lists."""
        titled = {"title": capfirst(self.opts.verbose_name_plural)}
        shown: HttpResponseBase = super().changelist_view(
            request, {**titled, **(extra_context or {})}
        )
        return shown

    # --- forms ----------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The business comes first, for those who have several."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if not self._offers_businesses(request):
            return fieldsets
        return [(None, {"fields": ["business"]}), *fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """A stored row never moves to another business."""
        fixed = list(super().get_readonly_fields(request, obj))
        return [*fixed, "business"] if obj and self.tenant_path == "business" else fixed

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[TenantForm]:
        """A form class that knows what the person may do."""
        form: type[TenantForm] = super().get_form(request, obj, change, **kwargs)
        form.access = access_of(request)
        return form

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A new row may go to a business where the person may add such rows."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "business":
            access = access_of(request)
            may = [pk for pk, role in access.roles.items() if role in self.add_roles]
            if not access.superuser:
                field.queryset = field.queryset.filter(pk__in=may)
        return field

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Last gate: the row's business is one that the person may write to."""
        roles = self.change_roles if change else self.add_roles
        if self.tenant_path and not self._allows(request, roles, obj):
            raise Http404
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Who may delete the row deletes what hangs on it, append-only or not."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        if all(self.has_delete_permission(request, obj) for obj in objs):
            needed = set()
        return deleted, counts, needed, protected


class ReadOnlyAdmin(TenantAdmin):
    """Pages that only show: nobody adds, changes or deletes here."""

    actions: list[str] | None = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows come from events."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays."""
        return False


class TenantInline(TenantScope, TabularInline):  # type: ignore[misc]
    """Base of rows shown within their parent's page."""

    form = TenantForm
    extra = 0
    show_title = False
    change_roles = MANAGERS
    add_roles = MANAGERS
    delete_roles = MANAGERS


class ReadOnlyInline(TenantInline):
    """Rows that are only shown."""

    can_delete = False
    max_num = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows come from events."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays."""
        return False


def rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Render a template response now, while the right time zone is active."""
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        response.render()
    return response
