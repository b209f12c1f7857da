"""All texts in one list, for looking up what became of one."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from conversations.admin.marks import message_mark
from conversations.gateway.errors import explain
from conversations.models import Message
from crm.desk_marks import link, nowrap, number_words, when
from crm.tenant_admin import ReadOnlyAdmin


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Read in the thread, found here."""

    list_display = ["words", "number", "mark", "moment"]
    list_filter = ["direction", "state", "kind", "line", "created_at"]
    list_select_related = ["business", "line"]
    ordering = ["-created_at", "-id"]
    phone_search = ("phone",)
    search_fields = ["body"]
    search_help_text = _("Number or words")
    fieldsets = [
        (None, {"fields": ["words", "number", "kind", "mark", "why", "thread"]}),
        (
            _("On its way"),
            {"fields": ["moment", "sent", "arrived", "segments", "carrier_id"]},
        ),
    ]
    readonly_fields = [
        *("words", "number", "mark", "why", "thread", "moment", "sent", "arrived"),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what each line shows."""
        return super().get_queryset(request).select_related("business", "line")

    @admin.display(description=_("text"))
    def words(self, message: Message) -> SafeString:
        """The words, or what there is instead."""
        shown = message.body or _now("(picture)")
        return format_html('<span class="desk-sentence">{}</span>', shown)

    @admin.display(description=_("number"), ordering="phone")
    def number(self, message: Message) -> SafeString:
        """As people write it, with the direction."""
        arrow = "→" if message.direction == Message.Direction.OUT else "←"
        shown = number_words(message.phone, message.business)
        return nowrap(f"{arrow} {shown}")

    @admin.display(description=_("state"), ordering="state")
    def mark(self, message: Message) -> SafeString:
        """How far it got."""
        return message_mark(message)

    @admin.display(description=_("why"))
    def why(self, message: Message) -> str:
        """What the carrier's code means."""
        return explain(message.error_code) if message.error_code else ""

    @admin.display(description=_("conversation"))
    def thread(self, message: Message) -> SafeString:
        """The way to the thread."""
        page = "admin:conversations_conversation_change"
        return link(_now("Open"), reverse(page, args=[message.conversation_id]))

    @admin.display(description=_("when"), ordering="created_at")
    def moment(self, message: Message) -> SafeString | str:
        """On the business's clock."""
        return when(message.created_at, message.business.zone)

    @admin.display(description=_("sent"))
    def sent(self, message: Message) -> SafeString | str:
        """When the carrier took it."""
        return when(message.sent_at, message.business.zone)

    @admin.display(description=_("delivered"))
    def arrived(self, message: Message) -> SafeString | str:
        """When the phone had it."""
        return when(message.delivered_at, message.business.zone)
