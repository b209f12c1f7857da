"""System checks: settings that are legal and still a mistake, with a way out."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

# Connecting and reading, see conversations.gateway.twilio.
LONGEST_REQUEST_SECONDS = 3.05 + 10.0

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@register()
def half_a_twilio_account(**_: Any) -> list[CheckMessage]:
    """An account without its token can neither send nor believe a webhook."""
    if not settings.TWILIO_ACCOUNT_SID or settings.TWILIO_AUTH_TOKENS:
        return []
    return [
        Error(
            "TWILIO_ACCOUNT_SID is set and TWILIO_AUTH_TOKEN is not.",
            hint="Set TWILIO_AUTH_TOKEN to the account's auth token from Twilio's"
            " console. Until then no text is sent and every webhook is refused.",
            id="missedcall.E001",
        )
    ]


@register()
def no_carrier(**_: Any) -> list[CheckMessage]:
    """Without account and simulator there is nobody to carry a text."""
    if settings.TWILIO_ACCOUNT_SID or settings.SIMULATOR:
        return []
    return [
        Warning(
            "No carrier is configured: no call will arrive and no text will leave.",
            hint="Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or SIMULATOR=1 to try"
            " everything without an account.",
            id="missedcall.W001",
        )
    ]


@register()
def impatient_outbox(**_: Any) -> list[CheckMessage]:
    """A text must not be looked for while its first request may still be under way."""
    if settings.OUTBOX_SETTLE_SECONDS > LONGEST_REQUEST_SECONDS:
        return []
    return [
        Warning(
            f"OUTBOX_SETTLE_SECONDS is {settings.OUTBOX_SETTLE_SECONDS}: a slow carrier"
            " could be asked twice for one text.",
            hint=f"Set it above {LONGEST_REQUEST_SECONDS:.0f}, the seconds that a"
            " request to the carrier may take, or leave it out.",
            id="missedcall.W005",
        )
    ]


@register(Tags.security, deploy=True)
def simulator_in_production(**_: Any) -> list[CheckMessage]:
    """Whoever opens the simulator can place calls to every line."""
    if settings.DEBUG or not settings.SIMULATOR:
        return []
    return [
        Warning(
            "The simulator is switched on.",
            hint="Anyone who can reach this server can place calls in it. Unset"
            " SIMULATOR where real callers are answered.",
            id="missedcall.W002",
        )
    ]


@register(Tags.security, deploy=True)
def address_for_the_world(**_: Any) -> list[CheckMessage]:
    """Links in texts and the carrier's signatures start with SITE_URL."""
    site = urlsplit(settings.SITE_URL)
    if settings.DEBUG:
        return []
    if site.hostname in _THIS_MACHINE:
        return [
            Warning(
                f"SITE_URL is {settings.SITE_URL}: only this machine can open the"
                " links in texts.",
                hint="Set SITE_URL to the address that phones and the carrier reach,"
                " for example https://text.example.com",
                id="missedcall.W003",
            )
        ]
    if site.scheme == "http":
        return [
            Warning(
                f"SITE_URL is {settings.SITE_URL}: names and numbers would travel"
                " unencrypted.",
                hint="Put a proxy with a certificate in front and set SITE_URL to its"
                " https:// address.",
                id="missedcall.W004",
            )
        ]
    return []
