"""How the staff pages look, and what stands in their menu."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _item(title: Any, icon: str, page: str, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{page}"),
        "permission": "missedcall.admin.may_look",
        **more,
    }


_WORK = [
    _item(_("Today"), "space_dashboard", "index"),
    _item(
        _("Tasks"),
        "task_alt",
        "crm_desktask_changelist",
        badge="missedcall.admin.open_tasks_badge",
        badge_style="solid",
        badge_variant="primary",
    ),
    _item(
        _("Conversations"),
        "forum",
        "conversations_conversation_changelist",
        badge="missedcall.admin.waiting_badge",
        badge_style="solid",
        badge_variant="primary",
    ),
    _item(_("Calls"), "call", "conversations_call_changelist"),
    _item(_("Missed calls"), "phone_missed", "conversations_episode_changelist"),
    _item(_("Leads"), "contacts", "crm_lead_changelist"),
    _item(_("Appointments"), "event", "booking_appointment_changelist"),
]
_SET_UP = [
    _item(_("Business"), "storefront", "crm_business_changelist"),
    _item(_("Phone lines"), "settings_phone", "conversations_phoneline_changelist"),
    _item(_("Wordings"), "edit_note", "conversations_template_changelist"),
    _item(_("Lead sources"), "campaign", "crm_leadsource_changelist"),
    _item(_("Team"), "group", "crm_membership_changelist"),
    _item(
        _("Accounts"),
        "manage_accounts",
        "auth_user_changelist",
        permission="missedcall.admin.is_superuser",
    ),
]
_RECORDS = [
    _item(_("Texts"), "sms", "conversations_message_changelist"),
    _item(_("Timeline"), "timeline", "crm_leadevent_changelist"),
    _item(_("Consents"), "verified_user", "crm_consentevent_changelist"),
    _item(_("Booking links"), "link", "booking_bookinglink_changelist"),
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Missed Call",
    "SITE_HEADER": "missedcall.admin.site_header",
    "SITE_SUBHEADER": "missedcall.admin.site_subheader",
    "SITE_SYMBOL": "phone_missed",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": True,
    "BORDER_RADIUS": "8px",
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [lambda request: static("desk/keyboard.js")],
    # 600 carries white text and stands on white; 500 stands on the dark background.
    "COLORS": {
        "primary": {
            "50": "#effcf9",
            "100": "#d1f5ec",
            "200": "#a4ead9",
            "300": "#6fd8c3",
            "400": "#3fbfa9",
            "500": "#2bb39c",
            "600": "#0c7869",
            "700": "#0a6256",
            "800": "#0b4e46",
            "900": "#0b413a",
            "950": "#032521",
        },
    },
    # Search results would be remembered longer than a membership lasts.
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"title": _("Work"), "items": _WORK},
            {
                "title": _("Set-up"),
                "items": _SET_UP,
                "separator": True,
                "collapsible": True,
            },
            {
                "title": _("Records"),
                "items": _RECORDS,
                "separator": True,
                "collapsible": True,
            },
        ],
    },
}
