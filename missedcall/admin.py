"""The admin site that staff live in."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from conversations.models import Conversation, Episode
from crm.desk_access import MANAGERS, WRITERS, access_of
from crm.models import DeskTask, Membership
from crm.tenancy import visible
from crm.tenant_admin import rendered

# Pages of other apps would show every business's rows; these apps' pages are ours.
OUR_PAGES = ("crm", "booking", "conversations")


class DeskSite(UnfoldAdminSite):  # type: ignore[misc]
    """Sign-in goes through the accounts pages; clocks show the business's time."""

    index_template = "admin/desk_index.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff only; what each may see is decided per row."""
        return bool(request.user.is_active and request.user.is_staff)

    def register(
        self, model_or_iterable: Any, admin_class: Any = None, **options: Any
    ) -> None:
        """Take the pages written in our apps, and no other app's."""
        written_in = getattr(admin_class, "__module__", "").partition(".")[0]
        if written_in in OUR_PAGES:
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Show every page in the zone of the person's business."""
        checked = super().admin_view(view, cacheable)

        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                return checked(request, *args, **kwargs)
            with timezone.override(access_of(request).zone):
                return rendered(checked(request, *args, **kwargs))

        return in_zone

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Hand over to the accounts pages, which slow down guessing."""
        home = reverse("admin:index", current_app=self.name)
        wanted = request.GET.get(REDIRECT_FIELD_NAME, home)
        if self.has_permission(request):
            return redirect(home)
        if request.user.is_authenticated:
            return render(request, "account/no_desk.html", status=403)
        query = urlencode({REDIRECT_FIELD_NAME: wanted})
        return redirect(f"{reverse('account_login')}?{query}")

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Back to the sign-in page."""
        logout(request)
        return redirect("account_login")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """What waits for a person, and the way to it."""
        access = access_of(request)
        context = {
            "title": _("Today"),
            "cards": _cards(request),
            "has_desk": access.superuser or bool(access.roles),
            **(extra_context or {}),
        }
        page: TemplateResponse = super().index(request, context)
        return page

    def app_index(
        self,
        request: HttpRequest,
        app_label: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Nobody looks for apps: the menu is the way around."""
        return redirect("admin:index")


def _cards(request: HttpRequest) -> list[dict[str, Any]]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    missed = visible(Episode.objects.all(), request.user)
    today = urlencode({"last_missed_at__gte": midnight.isoformat(sep=" ")})
    return [
        {
            "title": _("Open tasks"),
            "count": _open_tasks(request),
            "url": reverse("admin:crm_desktask_changelist"),
            "note": _("Most urgent first"),
        },
        {
            "title": _("Waiting for an answer"),
            "count": _waiting(request),
            "url": reverse("admin:conversations_conversation_changelist")
            + "?show=waiting",
            "note": _("Longest waiting first"),
        },
        {
            "title": _("Missed today"),
            "count": missed.filter(last_missed_at__gte=midnight).count(),
            "url": f"{reverse('admin:conversations_episode_changelist')}?{today}",
            "note": _("People, not calls"),
        },
    ]


def _open_tasks(request: HttpRequest) -> int:
    tasks = DeskTask.objects.filter(state=DeskTask.State.OPEN)
    return visible(tasks, request.user).count()


def _waiting(request: HttpRequest) -> int:
    threads = Conversation.objects.filter(waiting_since__isnull=False)
    return visible(threads, request.user).count()


# --- called by name from the UNFOLD settings ---------------------------------------
def site_header(request: HttpRequest) -> str:
    """The business's name, when there is only one."""
    if not request.user.is_authenticated:
        return "Missed Call"
    business = access_of(request).only_business
    return business.name if business else "Missed Call"


def site_subheader(request: HttpRequest) -> str:
    """The person's role there."""
    if not request.user.is_authenticated:
        return ""
    access = access_of(request)
    if access.superuser:
        return _("Superuser")
    if access.only_business is None:
        return _("%d businesses") % len(access.roles) if access.roles else ""
    role = access.roles[access.only_business.pk]
    return str(Membership.Role(role).label)


def open_tasks_badge(request: HttpRequest) -> str | None:
    """How many tasks wait; nothing when none does."""
    return _badge(_open_tasks(request))


def waiting_badge(request: HttpRequest) -> str | None:
    """How many people wait for an answer; nothing when none does."""
    return _badge(_waiting(request))


def _badge(count: int) -> str | None:
    return str(count) if count else None


def may_look(request: HttpRequest) -> bool:
    """Whether the person belongs to a business."""
    access = access_of(request)
    return access.superuser or bool(access.roles)


def may_work(request: HttpRequest) -> bool:
    """Whether the person works at a desk."""
    return access_of(request).allows(WRITERS)


def may_manage(request: HttpRequest) -> bool:
    """Whether the person may change set-up."""
    return access_of(request).allows(MANAGERS)


def is_superuser(request: HttpRequest) -> bool:
    """Whether the person runs the installation."""
    return access_of(request).superuser
