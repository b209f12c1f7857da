"""What a client fills in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.call_times import CallTime
from crm.phones import to_e164

SOON = "soon"
OTHER = "other"


class CallBackForm(forms.Form):
    """Who to call, where and when."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        error_messages={
            "required": _("Tell us your name, so that we know who to ask for.")
        },
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("Number to call"),
        max_length=40,
        error_messages={"required": _("Tell us which number to call.")},
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        ),
    )
    preferred = forms.ChoiceField(
        label=_("When suits you?"),
        initial=SOON,
        error_messages={
            "required": _("Choose a time."),
            "invalid_choice": _("This time is no longer possible. Choose another one."),
        },
        widget=forms.RadioSelect,
    )
    other = forms.CharField(
        label=_("Which time?"),
        max_length=60,
        required=False,
        widget=forms.TextInput(
            attrs={"placeholder": _("For example: weekdays after 6 pm")}
        ),
    )
    note = forms.CharField(
        label=_("What is it about?"),
        help_text=_("If you like"),
        max_length=250,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, region: str, times: list[tuple[CallTime, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._region = region
        self._times = {time.value: time for time, _words in times}
        field = self.fields["preferred"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            (SOON, _("As soon as possible")),
            *((time.value, words) for time, words in times),
            (OTHER, _("Another time")),
        ]

    def clean_phone(self) -> str:
        """E.164; a number without a country code is one of the business's country."""
        try:
            return to_e164(self.cleaned_data["phone"], region=self._region)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Another time has to be told."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("preferred") == OTHER and not cleaned.get("other"):
            self.add_error("other", _("Tell us a time that suits you."))
        return cleaned

    @property
    def call_time(self) -> CallTime | None:
        """The part of a day that was chosen, if it was one."""
        return self._times.get(self.cleaned_data["preferred"])
