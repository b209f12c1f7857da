"""Conversations: who waits, the thread, and answering it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from conversations.admin.composer import composer_of, sizes_of
from conversations.admin.replying import answer
from conversations.admin.thread import newest_text, thread_items
from conversations.inbox import ReplyError
from conversations.models import Conversation, Message
from crm.desk_access import WRITERS
from crm.desk_marks import number_words, pill, when
from crm.tenant_admin import ReadOnlyAdmin

EXCERPT = 90


class StatusFilter(admin.SimpleListFilter):
    """Open threads unless somebody asks for others."""

    title = _("status")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Besides the open ones."""
        return [
            ("waiting", _("Waiting")),
            ("mine", _("Mine")),
            ("done", _("Done")),
            ("all", _("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        """The first choice is "Open" rather than "All"."""
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("Open"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen threads."""
        done = Q(status=Conversation.Status.DONE)
        wanted = {
            "waiting": Q(waiting_since__isnull=False),
            "mine": Q(assignee=request.user.pk) & ~done,
            "done": done,
            "all": Q(),
        }
        return queryset.filter(wanted.get(self.value() or "", ~done))


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """The list, longest waiting first; each page is the thread with an answer box."""

    list_display = ["who", "waiting", "last"]
    list_filter = [StatusFilter]
    list_filter_options = {"show": {"horizontal": True, "label": ""}}
    list_select_related = ["business", "lead", "assignee"]
    ordering = [F("waiting_since").asc(nulls_last=True), "-last_message_at"]
    phone_search = ("phone",)
    search_fields = ["lead__name", "messages__body"]
    search_help_text = _("Name, number or words")
    actions = ["mark_done"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the last text of each thread."""
        newest = Message.objects.filter(conversation=OuterRef("pk")).order_by(
            "-created_at", "-id"
        )
        return (
            super()
            .get_queryset(request)
            .select_related("business", "lead", "line", "assignee")
            .annotate(
                last_body=Subquery(newest.values("body")[:1]),
                last_direction=Subquery(newest.values("direction")[:1]),
            )
        )

    # --- the list -------------------------------------------------------------------
    @admin.display(description=_("conversation"), ordering="lead__name")
    def who(self, thread: Conversation) -> SafeString:
        """Name or number, and the last words."""
        shown = thread.lead.name or number_words(thread.phone, thread.business)
        return format_html(
            '<span class="desk-row"><span class="desk-avatar" aria-hidden="true">{}'
            '</span><span class="desk-two"><span>{}</span><small>{}</small></span>'
            "</span>",
            thread.lead.name[:1].upper() or "#",
            shown,
            _excerpt(thread),
        )

    @admin.display(description=_("status"), ordering="waiting_since")
    def waiting(self, thread: Conversation) -> SafeString:
        """How long the person waits, else the status; and whose it is."""
        if thread.waiting_since:
            ago = timesince(thread.waiting_since, depth=1)
            mark = pill(_now("Waiting %s") % ago, "warn")
        else:
            mark = pill(thread.get_status_display())
        if thread.assignee is None:
            return mark
        return format_html("{} {}", mark, pill(thread.assignee.get_username()))

    @admin.display(description=_("last text"), ordering="last_message_at")
    def last(self, thread: Conversation) -> SafeString | str:
        """On the business's clock."""
        return when(thread.last_message_at, thread.business.zone)

    def has_answer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everybody who works at the desk."""
        return self._allows(request, WRITERS, obj)

    @admin.action(description=_("Mark as done"), permissions=["answer"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Nothing more to say in the chosen threads."""
        mine = [t.pk for t in queryset if self.has_answer_permission(request, t)]
        done = _finish(Conversation.objects.filter(pk__in=mine))
        said = ngettext("%d is done.", "%d are done.", done) % done
        messages.success(request, said)

    # --- the thread -----------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        """Add what the thread's page calls."""
        own = [
            ("measure/", require_POST(self.measure_view), "measure"),
            ("<int:thread_id>/reply/", require_POST(self.reply_view), "reply"),
            ("<int:thread_id>/status/", require_POST(self.status_view), "status"),
            ("<int:thread_id>/items/", require_GET(self.items_view), "items"),
        ]
        name = "conversations_conversation_"
        wrap = self.admin_site.admin_view
        ours = [path(url, wrap(view), name=name + short) for url, view, short in own]
        return [*ours, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """The thread with its answer box."""
        thread = self._thread(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self._page(request, thread)

    def reply_view(self, request: HttpRequest, thread_id: int) -> HttpResponseBase:
        """Send what a colleague wrote; on refusal the words stay in the box."""
        thread = self._thread(request, str(thread_id), answering=True)
        body = request.POST.get("body", "")
        seen = request.POST.get("seen", "")
        try:
            answer(thread, body=body, seen=seen, author=request.user)
        except ReplyError as error:
            refused = {"body": body, "error": str(error)}
            return self._page(request, thread, **refused)
        return redirect("admin:conversations_conversation_change", thread.pk)

    def status_view(self, request: HttpRequest, thread_id: int) -> HttpResponseBase:
        """Done, open again, or taken by the person."""
        thread = self._thread(request, str(thread_id), answering=True)
        rows = Conversation.objects.filter(pk=thread.pk)
        step = request.POST.get("step", "")
        if step == "done":
            _finish(rows)
            return redirect("admin:conversations_conversation_changelist")
        if step == "take":
            rows.update(assignee=request.user)
        else:
            rows.update(status=Conversation.Status.OPEN)
        return redirect("admin:conversations_conversation_change", thread.pk)

    def items_view(self, request: HttpRequest, thread_id: int) -> HttpResponse:
        """The thread's items alone, for a page that is open."""
        thread = self._thread(request, str(thread_id))
        context = {"items": thread_items(thread), "newest": newest_text(thread)}
        return render(request, "admin/conversations/items.html", context)

    def measure_view(self, request: HttpRequest) -> JsonResponse:
        """How many segments the words would be; says nothing about anybody."""
        return JsonResponse(sizes_of(request.POST.get("body", "")))

    def _thread(
        self, request: HttpRequest, object_id: str, *, answering: bool = False
    ) -> Conversation:
        thread: Conversation = self.row_or_404(request, object_id)
        if answering and not self.has_answer_permission(request, thread):
            raise PermissionDenied
        return thread

    def _page(
        self, request: HttpRequest, thread: Conversation, **typed: str
    ) -> TemplateResponse:
        may_answer = self.has_answer_permission(request, thread)
        context = {
            **self.admin_site.each_context(request),
            "title": str(thread),
            "opts": self.opts,
            "original": thread,
            "thread": thread,
            "number": number_words(thread.phone, thread.business),
            "may_answer": may_answer,
            "items": thread_items(thread),
            "newest": newest_text(thread),
            "composer": composer_of(thread, may_answer=may_answer, **typed),
            "is_fullwidth": "1",
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/conversations/thread.html", context)


def _excerpt(thread: Any) -> str:
    words = thread.last_body
    if words is None:
        return _now("No texts yet")
    shown = Truncator(words or _now("(picture)")).chars(EXCERPT)
    ours = thread.last_direction == Message.Direction.OUT
    return _now("You: %s") % shown if ours else shown


def _finish(rows: QuerySet[Conversation]) -> int:
    return rows.update(status=Conversation.Status.DONE, waiting_since=None)
