"""Calls, each with its evidence told as a sentence."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from conversations.admin.marks import outcome_mark
from conversations.call_story import duration, facts_of, tell, with_texts
from conversations.models import Call
from crm.desk_marks import link, nowrap, number_words, ref_url, when
from crm.tenant_admin import ReadOnlyAdmin


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

    @admin.display(description=_("message"))
    def voicemail(self, call: Call) -> str:
        """Whether there is a recording; its address stays with us."""
        seconds = call.evidence.get("voicemail_seconds")
        if not call.recording_id and not call.recording_url:
            return _now("None")
        if seconds is None:
            return _now("There is a recording.")
        return _now("There is a recording of %s.") % duration(seconds)

    @admin.display(description=_("in words"))
    def transcript_words(self, call: Call) -> str:
        """What the carrier understood."""
        return call.transcript

    @admin.display(description=_("facts"))
    def evidence_table(self, call: Call) -> SafeString:
        """Everything reported, in a table."""
        context = {"facts": facts_of(call)}
        return render_to_string("admin/conversations/facts.html", context)
