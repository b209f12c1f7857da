"""Missed-call episodes: one opportunity each, and what we did about it."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from conversations.admin.marks import episode_mark, message_mark
from conversations.call_story import duration, happened
from conversations.models import Call, Episode, Message
from crm.desk_marks import link, number_words, when
from crm.tenant_admin import ReadOnlyAdmin, ReadOnlyInline


class ReasonFilter(admin.ChoicesFieldListFilter):
    """Only the reasons that occur, each with its count."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Leave out what would show nothing."""
        counts = self.get_facet_queryset(changelist)
        for place, choice in enumerate(super().choices(changelist)):
            counted = place == 0 or counts.get(f"{place - 1}__c")
            if counted or choice["selected"]:
                yield choice


class CallsInline(ReadOnlyInline):
    """The calls that make up the episode."""

    model = Call
    fields = ["moment", "story"]
    readonly_fields = fields
    verbose_name_plural = _("Calls")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what each line shows."""
        return super().get_queryset(request).select_related("business", "line")

    @admin.display(description=_("when"))
    def moment(self, call: Call) -> SafeString:
        """On the business's clock, with the way to the call."""
        url = reverse("admin:conversations_call_change", args=[call.pk])
        return link(when(call.started_at, call.business.zone), url)

    @admin.display(description=_("what happened"))
    def story(self, call: Call) -> str:
        """The sentence without the text, which is the episode's."""
        return happened(call)


@admin.register(Episode)
class EpisodeAdmin(ReadOnlyAdmin):
    """Every missed episode ends in a text, a reason or a task; here is which."""

    list_display = ["who", "mark", "calls_count", "time_to_text", "source", "moment"]
    list_filter = ["state", ("reason", ReasonFilter), "source", "last_missed_at"]
    list_select_related = ["business", "lead", "source", "line"]
    show_facets = admin.ShowFacets.ALWAYS
    phone_search = ("caller",)
    search_fields = ["lead__name"]
    search_help_text = _("Name or number")
    inlines = [CallsInline]
    fieldsets = [
        (None, {"fields": ["who", "mark", "situation", "time_to_text", "text"]}),
        (
            _("Where and when"),
            {"fields": ["line", "source", "first_missed", "moment", "reached"]},
        ),
    ]
    readonly_fields = [
        "who",
        "mark",
        "time_to_text",
        "text",
        "first_missed",
        "moment",
        "reached",
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the moment its text left."""
        texts = Message.objects.filter(
            episode=OuterRef("pk"), kind=Message.Kind.TEXT_BACK
        )
        rows = super().get_queryset(request)
        return rows.annotate(text_sent_at=Subquery(texts.values("sent_at")[:1]))

    @admin.display(description=_("caller"), ordering="caller")
    def who(self, episode: Episode) -> SafeString | str:
        """The lead, or the number."""
        number = number_words(episode.caller, episode.business)
        if episode.lead is None:
            return number
        name = episode.lead.name
        return format_html(
            '<span class="desk-two"><span>{}</span><small>{}</small></span>',
            name or number,
            number if name else episode.line,
        )

    @admin.display(description=_("text"), ordering="state")
    def mark(self, episode: Episode) -> SafeString:
        """How it ended, and why when there was no text."""
        shown = episode_mark(episode)
        if not episode.reason:
            return shown
        return format_html(
            "{}<br><small>{}</small>", shown, episode.get_reason_display()
        )

    @admin.display(description=_("time to text"), ordering="text_sent_at")
    def time_to_text(self, episode: Episode) -> str:
        """From the first miss to the carrier's yes."""
        sent = getattr(episode, "text_sent_at", None)
        if sent is None or episode.state != Episode.State.TEXTED:
            return ""
        return duration(max((sent - episode.opened_at).total_seconds(), 0.0))

    @admin.display(description=_("last missed"), ordering="last_missed_at")
    def moment(self, episode: Episode) -> SafeString | str:
        """On the business's clock."""
        return when(episode.last_missed_at, episode.business.zone)

    @admin.display(description=_("first missed"))
    def first_missed(self, episode: Episode) -> SafeString | str:
        """On the business's clock."""
        return when(episode.opened_at, episode.business.zone)

    @admin.display(description=_("reached you"))
    def reached(self, episode: Episode) -> SafeString | str:
        """When the caller got through after all."""
        return when(episode.answered_at, episode.business.zone) or _now("Not yet")

    @admin.display(description=_("words sent"))
    def text(self, episode: Episode) -> SafeString:
        """The text, how far it got, and the way to the thread."""
        texts = episode.messages.filter(kind=Message.Kind.TEXT_BACK)
        rows = [(text.body, message_mark(text), _thread(text)) for text in texts]
        return format_html_join("", "<p>{}</p><p>{} {}</p>", rows)


def _thread(text: Message) -> SafeString:
    url = reverse(
        "admin:conversations_conversation_change", args=[text.conversation_id]
    )
    return link(_now("Open the conversation"), url)
