"""The network's REST API: what the product's carrier class talks to.

It speaks like https://www.twilio.com/docs/messaging/api/message-resource, for one
account whose token is the installation's own, and fails by wish.
"""

import base64
import binascii
import functools
import hmac
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from conversations.gateway.simulator import carrier_json, texts
from conversations.gateway.simulator.orders import RefusedError, TextOrder, check
from conversations.gateway.simulator.sound import voicemail_sound
from conversations.gateway.simulator.switchboard import bury_if_lost
from conversations.gateway.simulator.switches import Switches
from conversations.models import SimulatedCall, SimulatedText

# Longer than the product waits (10 s), and not for ever.
TIMEOUT_FAULT_SECONDS = 12.0
MAX_PAGE_SIZE = 1000

View = Callable[..., HttpResponse]

# Only one request at a time may sleep in a process: the web has to go on.
_may_sleep = threading.Semaphore(1)


def signed_in(view: View) -> View:
    """Let only the owner of the token in, and let the switches do their harm."""

    @csrf_exempt
    @functools.wraps(view)
    def door(request: HttpRequest, account: str, **named: Any) -> HttpResponse:
        if not _is_signed_in(request, account):
            return _error(401, "20003", "Authenticate")
        switches = Switches.now()
        if switches.api_error:
            return _error(500, "20500", "Internal server error (as wished)")
        if switches.api_timeout:
            return _too_late()
        return view(request, **named)

    return door


def _is_signed_in(request: HttpRequest, account: str) -> bool:
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(
        " "
    )
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(credentials.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    expected = f"{account}:{settings.SIMULATOR_TOKEN}".encode()
    return hmac.compare_digest(given, expected)


def _too_late() -> HttpResponse:
    """Nothing was done, and the answer comes when nobody waits for it any more."""
    if _may_sleep.acquire(blocking=False):
        try:
            time.sleep(TIMEOUT_FAULT_SECONDS)
        finally:
            _may_sleep.release()
    return _error(503, "20503", "Service unavailable (as wished)")


def _error(status: int, code: str, sentence: str) -> HttpResponse:
    return JsonResponse(carrier_json.error_json(status, code, sentence), status=status)


def _not_found() -> HttpResponse:
    return _error(404, "20404", "The requested resource was not found")


@signed_in
def messages(request: HttpRequest) -> HttpResponse:
    """POST creates a text; GET lists them, newest first."""
    if request.method == "POST":
        return _create(request)
    if request.method == "GET":
        return _list(request)
    return _error(405, "20004", "Method not allowed")


def _create(request: HttpRequest) -> HttpResponse:
    order = TextOrder.from_form(request.POST.dict())
    try:
        check(order, has_stopped=texts.has_stopped)
    except RefusedError as error:
        return _error(400, error.code, str(error))
    text = texts.take(order)
    if Switches.now().api_lost_answer:
        # Taken and on its way; only nobody hears of it.
        return _error(500, "20500", "The answer was lost (as wished)")
    return JsonResponse(carrier_json.text_json(text, status="queued"), status=201)


def _list(request: HttpRequest) -> HttpResponse:
    texts.bring_stranded_home(timezone.now())
    size = min(_number(request, "PageSize", 50) or 50, MAX_PAGE_SIZE)
    page = _number(request, "Page", 0)
    rows = list(_wanted(request)[page * size : (page + 1) * size + 1])
    uri = f"{carrier_json.ACCOUNT_URI}/Messages.json"
    return JsonResponse(
        {
            "messages": [carrier_json.text_json(row) for row in rows[:size]],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + len(rows[:size]) - 1,
            "uri": request.get_full_path(),
            "first_page_uri": _page_uri(request, uri, 0, size),
            "previous_page_uri": (
                _page_uri(request, uri, page - 1, size) if page else None
            ),
            "next_page_uri": (
                _page_uri(request, uri, page + 1, size) if len(rows) > size else None
            ),
        }
    )


def _wanted(request: HttpRequest) -> QuerySet[SimulatedText]:
    """Filters of the list: To, From, and the three spellings of DateSent."""
    rows = SimulatedText.objects.order_by("-pk")
    for name, column in (("To", "to"), ("From", "sender")):
        if request.GET.get(name):
            rows = rows.filter(**{column: request.GET[name]})
    for name, test in (("DateSent>", "gte"), ("DateSent<", "lte")):
        at = _moment(request.GET.get(name, ""))
        if at:
            rows = rows.filter(**{f"created_at__{test}": at}).exclude(status="queued")
    return rows


def _moment(written: str) -> datetime | None:
    try:
        at = parse_datetime(written)
    except ValueError:
        return None
    return at if at is None or at.tzinfo else timezone.make_aware(at)


def _number(request: HttpRequest, name: str, default: int) -> int:
    written = request.GET.get(name, "")
    return int(written[:6]) if written.isdecimal() else default


def _page_uri(request: HttpRequest, uri: str, page: int, size: int) -> str:
    query = request.GET.copy()
    query["Page"], query["PageSize"] = str(page), str(size)
    return f"{uri}?{query.urlencode()}"


@signed_in
def message(request: HttpRequest, message_id: str) -> HttpResponse:
    """One text."""
    texts.bring_stranded_home(timezone.now())
    text = SimulatedText.objects.filter(message_id=message_id).first()
    return JsonResponse(carrier_json.text_json(text)) if text else _not_found()


@signed_in
def call(request: HttpRequest, call_id: str) -> HttpResponse:
    """One call; one whose process died is over by now."""
    row = SimulatedCall.objects.filter(call_id=call_id).first()
    if row is None:
        return _not_found()
    bury_if_lost(row, now=timezone.now())
    return JsonResponse(carrier_json.call_json(row))


@signed_in
@require_GET
def recording(request: HttpRequest, recording_id: str) -> HttpResponse:
    """A voicemail. All of them sound alike here."""
    return HttpResponse(voicemail_sound(), content_type="audio/wav")


@signed_in
def anything_else(request: HttpRequest, rest: str) -> HttpResponse:
    """What this network does not offer."""
    return _not_found()
