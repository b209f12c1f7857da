"""The business's words, with a preview that follows the typing."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextareaWidget

from conversations.admin.composer import sizes_of
from conversations.default_wording import default_body
from conversations.models import Template
from conversations.wording import (
    GREETINGS,
    MAX_CHARACTERS,
    TEXT_BACKS,
    Situation,
    first_text,
    hints,
    problems,
    render,
    variables,
)
from conversations.words import opening_words
from crm.desk_access import MANAGERS, access_of
from crm.desk_marks import pill
from crm.hours import when_open_words
from crm.models import Business
from crm.phones import format_for_people
from crm.tenancy import businesses_of
from crm.tenant_admin import TenantAdmin
from crm.tenant_forms import TenantForm

_SAMPLE_VISIT = timedelta(days=3)
_EXCERPT = 110


class WordingForm(TenantForm):
    """Words that can be used; what is wrong with them is said in sentences."""

    body = forms.CharField(
        label=_("Words"),
        max_length=MAX_CHARACTERS,
        strip=False,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "data-wording-body": ""}),
    )

    def clean_body(self) -> str:
        """Refuse what would puzzle the reader of the text."""
        body = str(self.cleaned_data["body"]).replace("\r\n", "\n").strip()
        found = problems(body)
        if found:
            raise forms.ValidationError(found)
        return body


@admin.register(Template)
class WordingAdmin(TenantAdmin):
    """What callers get to read and hear."""

    change_roles = MANAGERS
    add_roles = MANAGERS
    delete_roles = MANAGERS
    form = WordingForm
    list_display = ["situation_words", "language", "excerpt", "size"]
    list_filter = ["language", "situation"]
    list_select_related = ["business"]
    search_fields = ["body"]
    change_form_template = "admin/conversations/wording.html"
    fieldsets = [(None, {"fields": ["situation", "language", "body"]})]

    @admin.display(description=_("situation"), ordering="situation")
    def situation_words(self, template: Template) -> str:
        """When these words are used."""
        return template.get_situation_display()

    @admin.display(description=_("words"))
    def excerpt(self, template: Template) -> SafeString | str:
        """The beginning."""
        return Truncator(template.body).chars(_EXCERPT)

    @admin.display(description=_("size"))
    def size(self, template: Template) -> SafeString | str:
        """How many texts it is with example values."""
        if template.situation in GREETINGS:
            return pill(_now("Spoken"))
        values = _examples(template.business)
        shown = render(template.body, values, language=template.language)
        segments = int(sizes_of(shown)["segments"])
        return pill(segments, "plain" if segments == 1 else "warn")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """With the variables to insert and the preview's address."""
        business = access_of(request).only_business
        if object_id and (template := self.get_object(request, object_id)):
            business = template.business
        context = {
            "wording_variables": variables(),
            "preview_url": reverse("admin:conversations_template_preview"),
            "preview_business": business.pk if business else "",
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        """Add the preview."""
        view = self.admin_site.admin_view(require_POST(self.preview_view))
        name = "conversations_template_preview"
        return [path("preview/", view, name=name), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> JsonResponse:
        """What the words would read like, for a business of the person."""
        business = _chosen_business(request)
        if business is None:
            raise PermissionDenied
        shown = preview(
            request.POST.get("body", "")[: MAX_CHARACTERS * 2],
            business=business,
            situation=request.POST.get("situation", ""),
            language=request.POST.get("language", "en"),
            now=timezone.now(),
        )
        return JsonResponse(shown)


def _chosen_business(request: HttpRequest) -> Business | None:
    chosen = request.POST.get("business", "")
    if not chosen:
        return (
            access_of(request).businesses[0] if access_of(request).businesses else None
        )
    if not chosen.isdecimal():
        return None
    return businesses_of(request.user).filter(pk=chosen).first()


def preview(
    body: str, *, business: Business, situation: str, language: str, now: datetime
) -> dict[str, Any]:
    """What a client would read, its size, and what is wrong or forgotten.

    ``first`` is the text to a number that never got one, when it reads differently:
    it has to say who writes and how to stop. Greetings are spoken and have no size.
    """
    shown = shown_words(body, business, language, now=now)
    spoken = situation in GREETINGS
    first = ""
    if situation in TEXT_BACKS:
        first = first_text(shown, business=business.name, language=language)
    return {
        "text": shown,
        "spoken": spoken,
        "size": "" if spoken else sizes_of(shown)["words"],
        "first": "" if first == shown else first,
        "first_size": sizes_of(first)["words"] if first != shown else "",
        "problems": problems(body),
        "hints": hints(body, situation),
        "usual": _usual(situation, language, business),
    }


def _usual(situation: str, language: str, business: Business) -> str:
    if situation not in Situation.values or language not in ("en", "es"):
        return ""
    return default_body(situation, language=language, trade=business.trade)


def shown_words(body: str, business: Business, language: str, *, now: datetime) -> str:
    """``body`` with the business's own values, and examples for a caller's."""
    visit = (now + _SAMPLE_VISIT).astimezone(business.zone)
    visit = visit.replace(hour=14, minute=0)
    values = {
        **_examples(business),
        "opens": opening_words(business, now=now, language=language),
        "appointment": when_open_words(visit, now, business.zone, language),
    }
    return render(body, values, language=language)


def _examples(business: Business) -> dict[str, str]:
    """Values that need no look at the opening hours."""
    values = {name: example for name, _label, example in variables()}
    values["business"] = business.name
    values["link"] = f"{settings.SITE_URL}/b/AbCdEfGhIjKl/"
    if business.phone:
        values["phone"] = format_for_people(business.phone)
    return values
