"""Phone lines: how they ring, and what a missed call gets."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from conversations.models import PhoneLine, RingTarget
from conversations.verdict import DEFAULT_CHOICES, Choice, Outcome
from crm.desk_access import MANAGERS
from crm.desk_marks import number_words, pill
from crm.models import Business
from crm.phones import format_for_people
from crm.tenant_admin import TenantAdmin, TenantInline
from crm.tenant_forms import TenantForm

_TONES = {
    PhoneLine.Texting.ON: "good",
    PhoneLine.Texting.OFF: "plain",
    PhoneLine.Texting.NOT_REGISTERED: "bad",
}


def _number_field(label: Any) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "tel"})
    return forms.CharField(label=label, max_length=40, widget=widget)


def _after(outcome: Outcome) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=outcome.label,
        choices=Choice.choices,
        initial=DEFAULT_CHOICES[outcome],
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )


class LineForm(TenantForm):
    """A number as typed, and one choice per kind of call."""

    number = _number_field(_("Number"))
    after_no_answer = _after(Outcome.NO_ANSWER)
    after_busy = _after(Outcome.BUSY)
    after_failed = _after(Outcome.FAILED)
    after_cancelled = _after(Outcome.CANCELLED)
    after_machine = _after(Outcome.MACHINE)
    after_voicemail = _after(Outcome.VOICEMAIL)
    after_voicemail_empty = _after(Outcome.VOICEMAIL_EMPTY)
    after_after_hours = _after(Outcome.AFTER_HOURS)
    after_withheld = _after(Outcome.WITHHELD)
    after_unknown = _after(Outcome.UNKNOWN)

    class Meta:
        model = PhoneLine
        exclude = ["outcome_choices", "paced_until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for outcome in DEFAULT_CHOICES:
            self.initial[f"after_{outcome}"] = self.instance.choice_for(outcome)

    def clean_number(self) -> str:
        """E.164, and nobody else's."""
        number = self.read_number(str(self.cleaned_data["number"]))
        others = PhoneLine.objects.filter(number=number).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(
                _now("%s already belongs to a line.") % format_for_people(number)
            )
        return number

    def clean(self) -> dict[str, Any]:
        """Keep what differs from the usual choice, and only that."""
        cleaned = super().clean()
        chosen = {o: cleaned.get(f"after_{o}") for o in DEFAULT_CHOICES}
        self.instance.outcome_choices = {
            str(outcome): choice
            for outcome, choice in chosen.items()
            if choice and choice != DEFAULT_CHOICES[outcome]
        }
        return cleaned


class TargetForm(TenantForm):
    """A staff phone as typed."""

    number = _number_field(_("Number"))

    def __init__(self, *args: Any, line: PhoneLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line

    @property
    def business(self) -> Business | None:
        """The line's; None while a new line has none."""
        return self.line.business if self.line.business_id else None

    def clean_number(self) -> str:
        """E.164 in the business's country."""
        return self.read_number(str(self.cleaned_data["number"]))


class TargetFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """The phones of a line: there must be one when the line rings first."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Tell each phone whose line it is."""
        return {**super().get_form_kwargs(index), "line": self.instance}

    def clean(self) -> None:
        """Refuse a line that rings nobody, or itself."""
        super().clean()
        if any(self.errors):
            return
        numbers = [
            form.cleaned_data["number"]
            for form in self.forms
            if form.cleaned_data.get("number") and not self._should_delete_form(form)
        ]
        if self.instance.plan == PhoneLine.Plan.RING and not numbers:
            raise ValidationError(_now("A line that rings needs a phone to ring."))
        if self.instance.number in numbers:
            raise ValidationError(
                _now("A line cannot ring itself. Give the desk's own number.")
            )


class TargetInline(TenantInline):
    """Whose phones ring, in which order."""

    tenant_path = "line__business"
    model = RingTarget
    form = TargetForm
    formset = TargetFormSet
    fields = ["number", "label", "position"]


@admin.register(PhoneLine)
class LineAdmin(TenantAdmin):
    """Managers set lines up; their history makes them undeletable by others."""

    change_roles = MANAGERS
    add_roles = MANAGERS
    form = LineForm
    inlines = [TargetInline]
    list_display = ["shown", "plan_words", "texting_mark", "source"]
    list_filter = ["texting", "plan"]
    list_select_related = ["business", "source"]
    search_fields = ["label"]
    phone_search = ("number",)
    conditional_fields = {
        "ring_order": "plan == 'ring'",
        "ring_seconds": "plan == 'ring'",
        "when_closed": "plan == 'ring'",
    }
    fieldsets = [
        (_("The line"), {"fields": ["number", "label", "source"]}),
        (
            _("When it rings"),
            {
                "fields": [
                    "plan",
                    "ring_order",
                    "ring_seconds",
                    "when_closed",
                    "after_miss",
                ]
            },
        ),
        (
            _("Automatic texts"),
            {"fields": ["texting", "text_timing", "texts_per_second"]},
        ),
        (
            _("What a missed call gets"),
            {
                "fields": [f"after_{outcome}" for outcome in DEFAULT_CHOICES],
                "description": _("One choice for each way a call can be missed."),
            },
        ),
    ]

    @admin.display(description=_("line"), ordering="number")
    def shown(self, line: PhoneLine) -> SafeString:
        """The number as people write it, and its name."""
        return format_html(
            '<span class="desk-two"><span>{}</span><small>{}</small></span>',
            number_words(line.number, line.business),
            line.label,
        )

    @admin.display(description=_("ring plan"), ordering="plan")
    def plan_words(self, line: PhoneLine) -> str:
        """In words."""
        return line.get_plan_display()

    @admin.display(description=_("automatic texts"), ordering="texting")
    def texting_mark(self, line: PhoneLine) -> SafeString:
        """On, off, or waiting for the carrier."""
        texting = PhoneLine.Texting(line.texting)
        return pill(texting.label, _TONES[texting])
