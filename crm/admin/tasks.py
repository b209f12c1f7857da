"""The desk's work: what a person has to do, most urgent first."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crm.desk import finish_task
from crm.desk_access import WRITERS, access_of
from crm.desk_marks import link, number_words, pill, ref_url, ref_words, when
from crm.models import DeskTask
from crm.tenant_admin import ReadOnlyAdmin

_URGENT, _SOON = 4, 2


class StateFilter(admin.SimpleListFilter):
    """Open tasks unless somebody asks for others."""

    title = _("state")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Besides the open ones."""
        return [("done", _("Done")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The first choice is "Open" rather than "All"."""
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("Open"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Open, done or all."""
        if self.value() == "all":
            return queryset
        done = self.value() == "done"
        wanted = DeskTask.State.DONE if done else DeskTask.State.OPEN
        return queryset.filter(state=wanted)


@admin.register(DeskTask)
class TaskAdmin(ReadOnlyAdmin):
    """Tasks come from events; people finish them, one by one or many at once."""

    list_display = ["what", "who", "since", "done_button"]
    list_filter = [StateFilter, "kind"]
    list_filter_options = {"show": {"horizontal": True, "label": ""}}
    list_select_related = ["business", "lead", "done_by"]
    search_fields = ["detail", "lead__name"]
    phone_search = ("lead__phone",)
    search_help_text = _("Name, number or words")
    actions = ["finish"]
    change_form_outer_before_template = "admin/crm/desktask/finish.html"
    fieldsets = [
        (None, {"fields": ["what", "who", "about", "preferred_time"]}),
        (_("State"), {"fields": ["state", "created_at", "done_at", "finished_by"]}),
    ]
    readonly_fields = ["what", "who", "about", "finished_by"]

    @admin.display(description=_("task"), ordering="-priority")
    def what(self, task: DeskTask) -> SafeString:
        """The kind, and what it is about in words."""
        return format_html(
            '<span class="desk-two"><span>{} {}</span><small>{}</small></span>',
            task.get_kind_display(),
            _priority(task),
            task.detail,
        )

    @admin.display(description=_("who"), ordering="lead__name")
    def who(self, task: DeskTask) -> SafeString | str:
        """The lead, with the number."""
        if task.lead is None:
            return _now("Nobody known")
        url = reverse("admin:crm_lead_change", args=[task.lead.pk])
        number = number_words(task.lead.phone, task.business)
        if not task.lead.name:
            return link(number, url)
        return format_html("{}<br><small>{}</small>", link(task.lead, url), number)

    @admin.display(description=_("about"))
    def about(self, task: DeskTask) -> SafeString | str:
        """The call, episode, text or line that it came from."""
        url = ref_url(task.ref)
        return link(ref_words(task.ref), url) if url else ""

    @admin.display(description=_("done by"))
    def finished_by(self, task: DeskTask) -> str:
        """The colleague."""
        return task.done_by.get_username() if task.done_by else ""

    @admin.display(description=_("since"), ordering="created_at")
    def since(self, task: DeskTask) -> SafeString | str:
        """Since when it waits."""
        seen = when(task.created_at, task.business.zone)
        return format_html("{}<br>{}", seen, self.about(task))

    @admin.display(description="")
    def done_button(self, task: DeskTask) -> SafeString | str:
        """One click; the list's own form carries the token."""
        if task.state == DeskTask.State.DONE:
            return pill(_now("Done"), "good")
        url = reverse("admin:crm_desktask_done", args=[task.pk])
        return format_html(
            '<button type="submit" class="desk-button" formmethod="post"'
            ' formaction="{}">{}</button>',
            url,
            _now("Done"),
        )

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Who may not finish a task sees no button."""
        columns = super().get_list_display(request)
        if self.has_finish_permission(request):
            return columns
        return [column for column in columns if column != "done_button"]

    def has_finish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everybody who works at the desk."""
        return self._allows(request, WRITERS, obj)

    @admin.action(description=_("Mark as done"), permissions=["finish"])
    def finish(self, request: HttpRequest, queryset: QuerySet[DeskTask]) -> None:
        """Finish the chosen tasks of the businesses where the person works."""
        mine = [t for t in queryset if self.has_finish_permission(request, t)]
        now = timezone.now()
        done = sum(finish_task(task, user=request.user, now=now) for task in mine)
        said = ngettext("%d task is done.", "%d tasks are done.", done) % done
        messages.success(request, said)

    def get_urls(self) -> list[URLPattern]:
        """Add the one-click address."""
        view = self.admin_site.admin_view(require_POST(self.finish_view))
        done = path("<int:task_id>/done/", view, name="crm_desktask_done")
        return [done, *super().get_urls()]

    def finish_view(self, request: HttpRequest, task_id: int) -> HttpResponseBase:
        """Finish one task and go back to where the person was."""
        task = self.row_or_404(request, str(task_id))
        if not self.has_finish_permission(request, task):
            raise PermissionDenied
        if finish_task(task, user=request.user, now=timezone.now()):
            messages.success(request, _now("Done: %s") % task)
        else:
            messages.info(request, _now("Somebody had done this already."))
        return redirect(_way_back(request))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the button to those who may press it."""
        may = access_of(request).allows(WRITERS)
        context = {"may_finish": may, **(extra_context or {})}
        response: HttpResponseBase = super().change_view(
            request, object_id, form_url, context
        )
        return response


def _priority(task: DeskTask) -> SafeString | str:
    if task.priority >= _URGENT:
        return pill(_now("Urgent"), "bad")
    if task.priority >= _SOON:
        return pill(_now("Soon"), "warn")
    return ""


def _way_back(request: HttpRequest) -> str:
    """The list as it was filtered, when the click came from there."""
    home = reverse("admin:crm_desktask_changelist")
    came_from = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    )
    return came_from if safe and home in came_from else home
