"""Forms whose row, and everything it points at, belongs to one business."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.desk_access import Access
from crm.models import Business, Membership
from crm.phones import to_e164

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:  # Django's forms take no type argument at run time.
    ModelForm = forms.ModelForm


class TenantForm(ModelForm):
    """A form that knows its business before it is checked.

    ``access`` is set on the form class that the admin builds for one request. A new
    row gets the person's business when there is no choice.
    """

    access: Access | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owned = hasattr(self._meta.model, "business_id")
        if owned and self.instance.business_id is None and self.access:
            self.instance.business = self.access.only_business

    @property
    def business(self) -> Business | None:
        """The business of this row; None while none was chosen."""
        if isinstance(self.instance, Business):
            return self.instance
        chosen = self.cleaned_data.get("business")
        if chosen is None and getattr(self.instance, "business_id", None):
            chosen = self.instance.business
        return chosen

    def clean(self) -> dict[str, Any]:
        """Refuse a relation to a row, or a colleague, of another business."""
        cleaned = super().clean() or self.cleaned_data
        business = self.business
        if business is None or business.pk is None:
            return cleaned
        for name, value in list(cleaned.items()):
            if name != "business" and not _belongs(value, business):
                self.add_error(name, _("Choose one of %s.") % business.name)
        return cleaned

    def read_number(self, raw: str) -> str:
        """What somebody typed as E.164; raises ``ValidationError`` in one sentence."""
        region = self.business.country if self.business else "US"
        try:
            return to_e164(raw, region=region)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def _get_validation_exclusions(self) -> set[str]:
        # The business may not be on the form, and is part of the unique constraints.
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - {"business"}


def _belongs(value: Any, business: Business) -> bool:
    if hasattr(value, "business_id"):
        return bool(value.business_id == business.pk)
    if hasattr(value, "is_staff"):
        works_here = Membership.objects.filter(user=value, business=business)
        return bool(value.is_superuser) or works_here.exists()
    return True
