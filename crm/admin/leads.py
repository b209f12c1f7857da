"""Leads with their story, sources, and who wants texts."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm import consent
from crm.desk_access import MANAGERS
from crm.desk_marks import link, number_words, pill, ref_url, ref_words, when
from crm.models import ConsentEvent, Lead, LeadEvent, LeadSource
from crm.tenant_admin import ReadOnlyAdmin, ReadOnlyInline, TenantAdmin
from crm.tenant_forms import TenantForm

_TONES = {
    Lead.Stage.NEW: "brand",
    Lead.Stage.BOOKED: "good",
    Lead.Stage.WON: "good",
    Lead.Stage.LOST: "plain",
}
_LANGUAGES = [("", _("As the business")), ("en", _("English")), ("es", _("Spanish"))]


@admin.register(LeadSource)
class SourceAdmin(TenantAdmin):
    """What makes the phone ring."""

    change_roles = MANAGERS
    add_roles = MANAGERS
    delete_roles = MANAGERS
    list_display = ["name", "created_at"]
    list_select_related = ["business"]
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["name"]})]


class StoryMixin:
    """How a timeline entry is told."""

    @admin.display(description=_("what"), ordering="kind")
    def story(self, event: LeadEvent) -> SafeString:
        """The step, and a link to what it is about."""
        url = ref_url(event.ref)
        more = link(ref_words(event.ref), url) if url else ""
        return format_html("{} {}", event.get_kind_display(), more)

    @admin.display(description=_("when"), ordering="at")
    def moment(self, event: LeadEvent) -> SafeString | str:
        """On the business's clock."""
        return when(event.at, event.business.zone)


class TimelineInline(StoryMixin, ReadOnlyInline):
    """The lead's story, newest first."""

    model = LeadEvent
    fields = ["moment", "story", "source"]
    readonly_fields = fields
    per_page = 25
    verbose_name_plural = _("Timeline")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what each line shows."""
        return super().get_queryset(request).select_related("business", "source")


class LeadForm(TenantForm):
    """A lead whose number is one person's."""

    phone = forms.CharField(
        label=_("Phone"), max_length=40, widget=UnfoldAdminTextInputWidget()
    )
    language = forms.ChoiceField(
        label=_("Language of texts"),
        choices=_LANGUAGES,
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )

    def clean_phone(self) -> str:
        """E.164; one lead per number."""
        phone = self.read_number(str(self.cleaned_data["phone"]))
        known = Lead.objects.filter(business=self.business, phone=phone).first()
        if known is not None and self.business is not None:
            raise forms.ValidationError(_now("%s has this number already.") % known)
        return phone


@admin.register(Lead)
class LeadAdmin(TenantAdmin):
    """Everybody who called, with what is known of them."""

    form = LeadForm
    inlines = [TimelineInline]
    list_display = ["who", "stage_mark", "worth", "latest_source", "seen"]
    list_filter = ["stage", "kind", "latest_source", "owner"]
    list_select_related = ["business", "latest_source"]
    search_fields = ["name", "email"]
    phone_search = ("phone",)
    search_help_text = _("Name or number")
    autocomplete_fields = ["first_source"]
    change_form_outer_before_template = "admin/crm/lead/consent.html"
    more_fieldsets = [
        (_("Opportunity"), {"fields": ["kind", "stage", "value", "owner"]}),
        (_("Where from"), {"fields": ["first_source", "latest_source"]}),
    ]

    @admin.display(description=_("who"), ordering="name")
    def who(self, lead: Lead) -> SafeString:
        """Name and number."""
        number = number_words(lead.phone, lead.business)
        return format_html(
            '<span class="desk-two"><span>{}</span><small>{}</small></span>',
            lead.name or number,
            number if lead.name else lead.get_kind_display(),
        )

    @admin.display(description=_("stage"), ordering="stage")
    def stage_mark(self, lead: Lead) -> SafeString:
        """The stage, coloured."""
        tone = _TONES.get(Lead.Stage(lead.stage), "plain")
        return pill(lead.get_stage_display(), tone)

    @admin.display(description=_("value"), ordering="value")
    def worth(self, lead: Lead) -> str:
        """In the business's currency."""
        if lead.value is None:
            return ""
        return f"{lead.value:,.2f} {lead.business.currency}"

    @admin.display(description=_("first seen"), ordering="created_at")
    def seen(self, lead: Lead) -> SafeString | str:
        """On the business's clock."""
        return when(lead.created_at, lead.business.zone)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The number makes the lead; sources are history."""
        fixed = super().get_readonly_fields(request, obj)
        if obj is None:
            return [*fixed, "latest_source"]
        return [*fixed, "phone", "number", "first_source", "latest_source"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new lead is asked for a number; a known one shows it."""
        phone = "phone" if obj is None else "number"
        person = ["name", phone, "email", "language", "do_not_text"]
        self_made = [(_("Person"), {"fields": person}), *self.more_fieldsets]
        if self._offers_businesses(request):
            return [(None, {"fields": ["business"]}), *self_made]
        return self_made

    @admin.display(description=_("phone"))
    def number(self, lead: Lead) -> str:
        """As people write it."""
        return number_words(lead.phone, lead.business)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """A lead entered by hand came from one source."""
        if not change:
            obj.latest_source = obj.first_source
        super().save_model(request, obj, form, change)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the last word about texts, and the thread's address."""
        lead = self.row_or_404(request, object_id)
        context = {**self._consent_context(request, lead), **(extra_context or {})}
        response: HttpResponseBase = super().change_view(
            request, object_id, form_url, context
        )
        return response

    def _consent_context(self, request: HttpRequest, lead: Lead) -> dict[str, Any]:
        said = ConsentEvent.objects.filter(
            business=lead.business_id, phone=lead.phone
        ).first()
        thread = reverse("admin:conversations_conversation_changelist")
        return {
            "consent": said,
            "consent_when": when(said.at, lead.business.zone) if said else "",
            "texts_stopped": bool(said and said.kind == ConsentEvent.Kind.OPT_OUT),
            "may_record": self.has_change_permission(request, lead),
            "thread_url": f"{thread}?show=all&q={lead.phone.lstrip('+')}",
        }

    def get_urls(self) -> list[URLPattern]:
        """Add the two consent buttons."""
        view = self.admin_site.admin_view(require_POST(self.consent_view))
        address = "<int:lead_id>/texts/<str:answer>/"
        return [path(address, view, name="crm_lead_texts"), *super().get_urls()]

    def consent_view(
        self, request: HttpRequest, lead_id: int, answer: str
    ) -> HttpResponseBase:
        """Record that the person told a colleague: no more texts, or welcome again."""
        kinds = {"stop": ConsentEvent.Kind.OPT_OUT, "allow": ConsentEvent.Kind.OPT_IN}
        lead = self.row_or_404(request, str(lead_id))
        if answer not in kinds:
            raise Http404
        if not self.has_change_permission(request, lead):
            raise PermissionDenied
        said = {
            "stop": _now("%s gets no more texts."),
            "allow": _now("%s may be texted again."),
        }
        consent.record(
            ConsentEvent(
                business=lead.business,
                phone=lead.phone,
                kind=kinds[answer],
                how=ConsentEvent.How.STAFF,
                text=request.user.get_username(),
                at=timezone.now(),
            )
        )
        messages.success(request, said[answer] % lead)
        return redirect("admin:crm_lead_change", lead.pk)


@admin.register(LeadEvent)
class TimelineAdmin(StoryMixin, ReadOnlyAdmin):
    """Every step of every lead, as reports count them."""

    list_display = ["story", "lead", "source", "moment"]
    list_filter = ["kind", "source", "at"]
    list_select_related = ["business", "lead", "source"]
    search_fields = ["lead__name"]
    phone_search = ("lead__phone",)
    fieldsets = [(None, {"fields": ["story", "lead", "source", "moment"]})]
    readonly_fields = ["story", "moment"]


@admin.register(ConsentEvent)
class ConsentAdmin(ReadOnlyAdmin):
    """The ledger: who said yes or no to texts, when, and how we know."""

    list_display = ["number", "answer", "how", "text", "moment"]
    list_filter = ["kind", "how"]
    list_select_related = ["business"]
    phone_search = ("phone",)
    search_fields = ["text"]
    fieldsets = [
        (None, {"fields": ["number", "answer", "how", "text", "about", "moment"]})
    ]
    readonly_fields = ["number", "answer", "about", "moment"]

    @admin.display(description=_("number"), ordering="phone")
    def number(self, event: ConsentEvent) -> str:
        """As people write it."""
        return number_words(event.phone, event.business)

    @admin.display(description=_("answer"), ordering="kind")
    def answer(self, event: ConsentEvent) -> SafeString:
        """Yes or no, coloured."""
        stopped = event.kind == ConsentEvent.Kind.OPT_OUT
        return pill(event.get_kind_display(), "bad" if stopped else "good")

    @admin.display(description=_("about"))
    def about(self, event: ConsentEvent) -> SafeString | str:
        """The text that said so."""
        url = ref_url(event.ref)
        return link(ref_words(event.ref), url) if url else ""

    @admin.display(description=_("when"), ordering="at")
    def moment(self, event: ConsentEvent) -> SafeString | str:
        """On the business's clock."""
        return when(event.at, event.business.zone)
