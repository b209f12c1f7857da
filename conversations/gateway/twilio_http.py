"""One careful HTTP client under the Twilio SDK.

The SDK's own has no time-outs, hides `Retry-After`, and lets several kinds of
exception through. This one turns every failure into a `CarrierError` and is strict
about the question that matters: was the request surely not processed?
"""

import json
import logging
import math
import os
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import requests
import urllib3
from django.core.exceptions import ImproperlyConfigured
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response

from conversations.gateway.base import CarrierError, Trouble, trouble_for
from conversations.gateway.errors import DROPPED, OFFLINE, TIMEOUT, UNREADABLE

logger = logging.getLogger(__name__)

# A kept connection that idled longer is not reused: the peer may be closing it just
# now, and a text that dies with it has an unknown fate. A new one costs little,
# and on this machine nothing.
MAX_IDLE_SECONDS = 30.0
MAX_IDLE_SECONDS_LOOPBACK = 1.0
LONGEST_PAUSE_SECONDS = 3600.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# What the SDK raises while it reads an answer that is not what it expected.
_UNREADABLE_ANSWER = (
    TwilioException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)
_PHONE_NUMBER = re.compile(r"\+?\d[\d ().-]{5,}\d")


class NotFound(CarrierError):
    """The carrier itself, not something in between, says that it has no such thing."""


class CarrierHttp(HttpClient):  # type: ignore[misc]  # the SDK is not typed for us
    """Sends each request once, within time, to where the carrier is.

    `api_base_url` replaces the origin of every request and is put before its path.
    Redirects are not followed: a followed POST would lose its fields.
    """

    def __init__(
        self, *, api_base_url: str | None, connect_timeout: float, read_timeout: float
    ) -> None:
        """Time-outs in seconds. Raises ImproperlyConfigured for a bad address."""
        super().__init__(logger, is_async=False)
        self._base = _web_address(api_base_url) if api_base_url else urlsplit("")
        self._timeouts = (connect_timeout, read_timeout)
        self._is_near = self._base.hostname in _LOOPBACK
        self._max_idle = (
            MAX_IDLE_SECONDS_LOOPBACK if self._is_near else MAX_IDLE_SECONDS
        )
        self._kept: tuple[int, requests.Session] | None = None
        self._used = 0.0

    def request(self, method: str, uri: str, **options: Any) -> Response:
        """What the SDK calls. Raises CarrierError unless the answer is a 2xx."""
        options |= {"timeout": self._timeouts, "allow_redirects": False}
        answer = self._session().request(method, self._at_home(uri), **options)
        # JSON is UTF-8 (RFC 8259); without this the body would be guessed at.
        answer.encoding = "utf-8"
        if not 200 <= answer.status_code < 300:
            raise _refusal(answer)
        return Response(answer.status_code, answer.text, answer.headers)

    def download(self, uri: str, *, auth: tuple[str, str]) -> tuple[bytes, str]:
        """The bytes at ``uri`` and their type; raises CarrierError unless it is a 2xx.

        A redirect is followed: recordings may lie on another server, and requests
        does not show the password to another host.
        """
        answer = self._session().get(
            self._at_home(uri), auth=auth, timeout=self._timeouts
        )
        if not 200 <= answer.status_code < 300:
            raise _refusal(answer)
        return answer.content, answer.headers.get("Content-Type", "")

    def _at_home(self, uri: str) -> str:
        if not self._base.netloc:
            return uri
        asked = urlsplit(uri)
        prefix = self._base.path
        # The next page's address, as given by the carrier, may carry it already.
        if prefix and asked.path.startswith(f"{prefix}/"):
            prefix = ""
        return urlunsplit(
            (
                self._base.scheme,
                self._base.netloc,
                prefix + asked.path,
                asked.query,
                "",
            )
        )

    def _session(self) -> requests.Session:
        """One kept session per process: a forked child must not share its sockets."""
        now, process = time.monotonic(), os.getpid()
        kept = self._kept
        if kept is None or kept[0] != process or now - self._used > self._max_idle:
            kept = self._kept = (process, self._new_session())
        self._used = now
        return kept[1]

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        # Proxies are for the way out of this machine, not for the way around it.
        session.trust_env = not self._is_near
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session


@contextmanager
def failures_told_apart() -> Iterator[None]:
    """Let no exception but CarrierError out of a conversation with the carrier.

    The cause is cut off: its text holds the address asked for, phone numbers included.
    """
    try:
        yield
    except requests.RequestException as error:
        raise _network_trouble(error) from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise CarrierError(type(error).__name__, code=DROPPED) from None
    except _UNREADABLE_ANSWER as error:
        raise CarrierError(type(error).__name__, code=UNREADABLE) from None


def _web_address(address: str) -> SplitResult:
    try:
        parts = urlsplit(address.rstrip("/"))
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(
            f"The carrier's address is {address!r}. Write it with its scheme,"
            " for example http://127.0.0.1:4010"
        )
    return parts


def _network_trouble(error: requests.RequestException) -> CarrierError:
    detail = type(error).__name__
    if _never_left(error):
        return CarrierError(detail, code=OFFLINE)
    if isinstance(error, requests.Timeout):
        return CarrierError(detail, code=TIMEOUT)
    return CarrierError(detail, code=DROPPED)


def _never_left(error: requests.RequestException) -> bool:
    """True only where no connection stood, so that nothing can have been processed."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, urllib3.exceptions.ProxyError):
        reason = reason.original_error
    if isinstance(reason, urllib3.exceptions.SSLError) and reason.args:
        return isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError,
    )


def _refusal(answer: requests.Response) -> CarrierError:
    payload = _json_object(answer.text)
    code = _code_in(payload) or str(answer.status_code)
    kind = NotFound if answer.status_code == 404 and payload else CarrierError
    return kind(
        _detail(answer.status_code, payload),
        code=code,
        trouble=_trouble_of(answer.status_code, code, is_carrier=bool(payload)),
        retry_after=_pause(answer.headers.get("Retry-After")),
    )


def _trouble_of(status: int, code: str, *, is_carrier: bool) -> Trouble:
    """429 is "never processed" (Twilio, error 20429); 3xx and 5xx say nothing.

    A page instead of JSON comes from something in front of the carrier, which may
    have passed the request on; but a refused sign-in is a refused sign-in.
    """
    if status == 429:
        return Trouble.TRANSIENT
    if not 400 <= status < 500:
        return Trouble.UNKNOWN
    if not is_carrier:
        return Trouble.ACCOUNT if status == 401 else Trouble.UNKNOWN
    return trouble_for(code)


def _json_object(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _code_in(payload: Mapping[str, Any]) -> str:
    code = payload.get("code")
    return str(code) if type(code) is int else ""


def _detail(status: int, payload: Mapping[str, Any]) -> str:
    said = payload.get("message") or payload.get("title") or ""
    return _PHONE_NUMBER.sub("…", f"HTTP {status} {said}"[:300]).strip()


def _pause(retry_after: str | None) -> float | None:
    """Seconds to wait, from either form of the header (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_until(retry_after)
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return min(seconds, LONGEST_PAUSE_SECONDS)


def _seconds_until(http_date: str) -> float:
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, TypeError):
        return math.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
