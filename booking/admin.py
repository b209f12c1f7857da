"""Staff pages about visits and personal links."""

from zoneinfo import ZoneInfo

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, BookingLink
from crm.desk_access import MANAGERS
from crm.desk_marks import link, pill, ref_url, ref_words, when
from crm.tenant_admin import ReadOnlyAdmin, TenantAdmin

_TONES = {
    Appointment.Status.BOOKED: "brand",
    Appointment.Status.COMPLETED: "good",
    Appointment.Status.NO_SHOW: "bad",
}


@admin.register(Appointment)
class AppointmentAdmin(TenantAdmin):
    """Visits that the desk wrote down."""

    delete_roles = MANAGERS
    list_display = ["title", "lead", "starts", "status_mark"]
    list_filter = ["status", "starts_at"]
    list_select_related = ["business", "lead"]
    search_fields = ["title", "lead__name"]
    phone_search = ("lead__phone",)
    autocomplete_fields = ["lead"]
    date_hierarchy = "starts_at"
    fieldsets = [
        (
            None,
            {
                "fields": ["lead", "title", "starts_at", "ends_at", "status"],
                "description": _("Times are those of the business's clock."),
            },
        )
    ]

    @admin.display(description=_("starts"), ordering="starts_at")
    def starts(self, visit: Appointment) -> SafeString | str:
        """On the business's clock."""
        return when(visit.starts_at, visit.business.zone)

    @admin.display(description=_("status"), ordering="status")
    def status_mark(self, visit: Appointment) -> SafeString:
        """The status, coloured."""
        tone = _TONES.get(Appointment.Status(visit.status), "plain")
        return pill(visit.get_status_display(), tone)


@admin.register(BookingLink)
class BookingLinkAdmin(ReadOnlyAdmin):
    """Links that went out in texts; the address itself is not kept."""

    list_display = ["lead", "about", "made", "used", "good_until"]
    list_select_related = ["business", "lead"]
    search_fields = ["lead__name"]
    phone_search = ("lead__phone",)
    fieldsets = [(None, {"fields": ["lead", "about", "made", "used", "good_until"]})]
    readonly_fields = ["about", "made", "used", "good_until"]

    @admin.display(description=_("about"))
    def about(self, row: BookingLink) -> SafeString | str:
        """The missed call that it was made for."""
        url = ref_url(row.ref)
        return link(ref_words(row.ref), url) if url else ""

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, row: BookingLink) -> SafeString | str:
        """On the business's clock."""
        return when(row.created_at, _zone(row))

    @admin.display(description=_("first opened"), ordering="used_at")
    def used(self, row: BookingLink) -> SafeString | str:
        """When the client first opened it."""
        return when(row.used_at, _zone(row)) or _now("Not yet")

    @admin.display(description=_("good until"), ordering="expires_at")
    def good_until(self, row: BookingLink) -> SafeString | str:
        """When it stops working."""
        return when(row.expires_at, _zone(row))


def _zone(row: BookingLink) -> ZoneInfo:
    return row.business.zone
