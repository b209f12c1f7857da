"""Webhooks out: signed as Twilio signs them, sent to the server on this machine.

The address is the public one, as the carrier knows it, and so is what is signed; the
request goes to loopback (https://www.twilio.com/docs/usage/webhooks). With the fault
switches it comes twice, late or out of order.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from django.conf import settings
from twilio.request_validator import RequestValidator

from conversations.gateway.simulator.switches import MAX_DELAY_SECONDS, Switches
from conversations.gateway.simulator.threads import in_background

logger = logging.getLogger(__name__)

# Twilio's ceiling for one webhook (docs/usage/webhooks/webhooks-connection-overrides).
TIMEOUT_SECONDS = 15.0
MOST_REPEATS = 5
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Params = Mapping[str, str]


class NoAnswerError(Exception):
    """The product did not answer a webhook, or not with 2xx; says what happened."""


@dataclass(frozen=True)
class Answer:
    """What the product answered; `url` is what was asked."""

    url: str
    content: bytes


def loopback() -> str:
    """The origin of the running server, as this machine reaches it."""
    return f"http://127.0.0.1:{settings.PORT}"


def server_answers() -> bool:
    """Whether a web server runs where webhooks would be sent."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{loopback()}/healthz", timeout=5)
    except requests.RequestException:
        return False
    return True


def is_reachable(url: str) -> bool:
    """Whether webhooks to this address may leave: ours, or something on this machine.

    The simulator has no business on the internet.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    return _is_ours(url) or parts.hostname in _LOOPBACK


def _is_ours(url: str) -> bool:
    origins = [settings.SITE_URL, *settings.SITE_URL_ALIASES]
    return any(url.startswith(f"{origin}/") for origin in origins)


class Wire:
    """The connection of one call or text to the product, with its faults."""

    def __init__(self, switches: Switches) -> None:
        """`switches` hold for as long as this connection lives."""
        self._switches = switches
        self._held: list[tuple[str, Params]] = []

    def fetch(self, url: str, params: Params, *, base: str = "") -> Answer:
        """Ask for instructions. Raises NoAnswerError. `base` resolves relative URLs."""
        url = urljoin(base or f"{settings.SITE_URL}/", url)
        if self._switches.duplicate_webhooks:
            in_background(_post_quietly, url, params)
        return Answer(url, _post(url, params))

    def report(self, url: str, params: Params, *, base: str = "") -> None:
        """Tell something; whatever comes back changes nothing."""
        url = urljoin(base or f"{settings.SITE_URL}/", url)
        if self._switches.reorder_webhooks:
            self._held.append((url, params))
        else:
            self._tell(url, params)

    def flush(self) -> None:
        """Send what was held back in order to come in the wrong order."""
        for url, params in reversed(self._held):
            self._tell(url, params)
        self._held.clear()

    def _tell(self, url: str, params: Params) -> None:
        if self._switches.delay_seconds:
            seconds = min(self._switches.delay_seconds, MAX_DELAY_SECONDS)
            in_background(self._tell_later, seconds, url, params)
        else:
            self._tell_now(url, params)

    def _tell_later(self, seconds: float, url: str, params: Params) -> None:
        time.sleep(seconds)
        self._tell_now(url, params)

    def _tell_now(self, url: str, params: Params) -> None:
        if self._switches.duplicate_webhooks:
            in_background(_post_quietly, url, params)
        _post_quietly(url, params)


def _post_quietly(url: str, params: Params) -> None:
    try:
        _post(url, params)
    except NoAnswerError as error:
        logger.warning("The simulated network was not understood: %s", error)


def _post(url: str, params: Params) -> bytes:
    """One webhook, repeated as its address asks. Raises NoAnswerError."""
    address, _hash, overrides = url.partition("#")
    repeats, reasons = _repeat_rules(overrides)
    trouble = ""
    for attempt in range(repeats + 1):
        if attempt:
            time.sleep(0.2 * 2**attempt)
        content, trouble, reason = _post_once(address, params)
        if content is not None:
            return content
        if reason not in reasons:
            break
    raise NoAnswerError(f"{urlsplit(address).path}: {trouble}")


def _repeat_rules(overrides: str) -> tuple[int, frozenset[str]]:
    """`#rc=3&rp=5xx,ct,rt`; without it only a failed connection is tried again."""
    wishes = parse_qs(overrides)
    count = wishes.get("rc", ["1"])[-1]
    repeats = min(int(count), MOST_REPEATS) if count.isdecimal() else 1
    reasons = frozenset(wishes.get("rp", ["ct"])[-1].split(","))
    if "all" in reasons:
        reasons = frozenset({"4xx", "5xx", "ct", "rt"})
    return repeats, reasons


def _post_once(address: str, params: Params) -> tuple[bytes | None, str, str]:
    """The answer, or what went wrong and under which name it may be repeated."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                _at_home(address),
                data=dict(params),
                headers=_headers(address, params),
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
    except requests.ConnectionError:
        return None, "nobody answers", "ct"
    except requests.RequestException as error:
        return None, type(error).__name__, "rt"
    status = answer.status_code
    if 200 <= status < 300:
        return answer.content, "", ""
    return None, f"HTTP {status} {answer.text[:120]}", f"{status // 100}xx"


def _at_home(address: str) -> str:
    if not _is_ours(address):
        return address
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{loopback()}{parts.path}{query}"


def _headers(address: str, params: Params) -> dict[str, str]:
    parts = urlsplit(address)
    signer = RequestValidator(settings.SIMULATOR_TOKEN)
    return {
        "Host": parts.netloc,
        "X-Forwarded-Proto": parts.scheme,
        "X-Twilio-Signature": signer.compute_signature(address, dict(params)),
        "User-Agent": "TwilioProxy/1.1 (simulator)",
    }
