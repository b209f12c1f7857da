"""Calls, each with its evidence told as a sentence."""

import logging
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from conversations.admin.marks import outcome_mark
from conversations.call_story import duration, facts_of, tell, with_texts
from conversations.gateway.base import CarrierError
from conversations.gateway.choice import carrier
from conversations.models import Call
from crm.desk_marks import link, nowrap, number_words, ref_url, when
from crm.tenant_admin import ReadOnlyAdmin

logger = logging.getLogger(__name__)


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    """Newest first; what happened is read, never edited."""

    list_display = ["who", "mark", "sentence", "moment"]
    list_filter = ["outcome", "line", "started_at"]
    phone_search = ("caller",)
    search_fields = ["caller_raw", "transcript"]
    search_help_text = _("Number or words of a voicemail")
    fieldsets = [
        (None, {"fields": ["who", "rang_at", "on_line", "mark", "sentence"]}),
        (_("Voicemail"), {"fields": ["voicemail", "transcript_words"]}),
        (_("Evidence"), {"fields": ["evidence_table"]}),
    ]
    readonly_fields = [
        "who",
        "rang_at",
        "on_line",
        "mark",
        "sentence",
        "voicemail",
        "transcript_words",
        "evidence_table",
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the episode and its text: the sentence needs both."""
        return with_texts(super().get_queryset(request)).select_related("source")

    @admin.display(description=_("caller"), ordering="caller")
    def who(self, call: Call) -> SafeString | str:
        """The number as people write it."""
        return nowrap(number_words(call.caller, call.business))

    @admin.display(description=_("when"), ordering="started_at")
    def moment(self, call: Call) -> SafeString:
        """On the business's clock, with the line that rang."""
        seen = when(call.started_at, call.business.zone)
        return format_html("{}<br><small>{}</small>", seen, call.line)

    @admin.display(description=_("when"))
    def rang_at(self, call: Call) -> SafeString | str:
        """On the business's clock."""
        return when(call.started_at, call.business.zone)

    @admin.display(description=_("line"))
    def on_line(self, call: Call) -> str:
        """The line that rang, and what it was for."""
        return f"{call.line} ({call.source})"

    @admin.display(description=_("outcome"), ordering="outcome")
    def mark(self, call: Call) -> SafeString:
        """The outcome, coloured."""
        return outcome_mark(call)

    @admin.display(description=_("what happened"))
    def sentence(self, call: Call) -> SafeString:
        """The story, with the way to the opportunity."""
        return format_html(
            '<span class="desk-sentence">{} {}</span>', tell(call), self._episode(call)
        )

    def _episode(self, call: Call) -> SafeString | str:
        """The missed-call episode that this call belongs to."""
        if call.episode is None:
            return ""
        return link(_now("Episode"), ref_url(call.episode.ref))

    def get_urls(self) -> list[URLPattern]:
        """The sound of a voicemail has an address of its own."""
        view = self.admin_site.admin_view(self.sound)
        name = "conversations_call_recording"
        return [path("<int:pk>/recording/", view, name=name), *super().get_urls()]

    def sound(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A voicemail, for those who may see its call; fetched from the carrier.

        The carrier's own address needs our password and so is never shown.
        """
        call = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            found = carrier().fetch_recording(call.recording_id or "none")
        except CarrierError as error:
            logger.warning("No recording of %s: %s", call.ref, error.code)
            found = None
        if found is None:
            raise Http404(_now("The carrier does not have this recording."))
        answer = HttpResponse(found.sound, content_type=found.content_type)
        answer["Cache-Control"] = "private, max-age=3600"
        return answer

    @admin.display(description=_("message"))
    def voicemail(self, call: Call) -> SafeString | str:
        """The recording, to be listened to; the carrier's address stays with us."""
        seconds = call.evidence.get("voicemail_seconds")
        if not call.recording_id:
            return _now("None")
        player = format_html(
            '<audio controls preload="none" src="{}"></audio>',
            reverse("admin:conversations_call_recording", args=[call.pk]),
        )
        if not seconds:
            return player
        return format_html("{}<br>{}", player, duration(seconds))

    @admin.display(description=_("in words"))
    def transcript_words(self, call: Call) -> str:
        """What the carrier understood."""
        return call.transcript

    @admin.display(description=_("facts"))
    def evidence_table(self, call: Call) -> SafeString:
        """Everything reported, in a table."""
        context = {"facts": facts_of(call)}
        return render_to_string("admin/conversations/facts.html", context)
