"""Which carrier this installation uses. The only place that chooses."""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from conversations.gateway.base import Carrier
from conversations.gateway.twilio import TwilioCarrier

# The embedded carrier checks the form of an account, not its name.
SIMULATED_ACCOUNT = "AC" + "0" * 32


@lru_cache(maxsize=1)
def carrier() -> Carrier:
    """The carrier of this process, made once (tests: `carrier.cache_clear()`).

    Raises ImproperlyConfigured where settings name no carrier or half of one.
    """
    makers = {"twilio": _twilio, "simulator": _simulator}
    if settings.CARRIER not in makers:
        raise ImproperlyConfigured(
            f"CARRIER is {settings.CARRIER!r}. Write 'twilio' or 'simulator'."
        )
    return makers[settings.CARRIER]()


def _twilio() -> TwilioCarrier:
    if not settings.TWILIO_ACCOUNT_SID or not settings.TWILIO_AUTH_TOKENS:
        raise ImproperlyConfigured(
            "Twilio needs an account and a token."
            " Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        )
    return TwilioCarrier(
        account_sid=settings.TWILIO_ACCOUNT_SID,
        auth_token=settings.TWILIO_AUTH_TOKENS[0],
        api_base_url=settings.TWILIO_API_BASE_URL or None,
    )


def _simulator() -> TwilioCarrier:
    return TwilioCarrier(
        account_sid=SIMULATED_ACCOUNT,
        auth_token=settings.SIMULATOR_TOKEN,
        api_base_url=settings.SIMULATOR_API_BASE_URL,
        name="simulator",
    )


def webhook_tokens() -> list[str]:
    """Keys that a webhook may be signed with; none at all when nothing is set up.

    The simulator's key counts only while the simulator is switched on.
    """
    simulated = [settings.SIMULATOR_TOKEN] if settings.SIMULATOR else []
    return [*settings.TWILIO_AUTH_TOKENS, *simulated]
