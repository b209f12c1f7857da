"""The admin site that staff live in."""

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class DeskSite(UnfoldAdminSite):  # type: ignore[misc]
    """Sign-in goes through the accounts pages; members of a business may enter."""

    site_header = "Missed Call"
    site_title = "Missed Call"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff only; what each may see is decided per row."""
        return bool(request.user.is_active and request.user.is_staff)
