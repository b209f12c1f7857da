"""The door for carrier webhooks: verify first, then read, then answer 2xx.

A forged request is answered 403 before anything is looked up or written (P6); a
signed one that makes no sense gets 400 and a sentence; nothing answers 5xx that a
carrier's repeat could not mend.
"""

import functools
import logging
from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from conversations.gateway.choice import webhook_tokens
from conversations.gateway.payloads import PayloadError
from conversations.gateway.signatures import form_pairs, is_genuine
from conversations.voice import UnknownLineError

logger = logging.getLogger(__name__)

Params = Mapping[str, str]
Handler = Callable[[HttpRequest, Params], HttpResponse]


def signed_webhook(handler: Handler) -> Callable[[HttpRequest], HttpResponse]:
    """Let only genuine POSTs through to ``handler``, with their fields as a dict.

    The signed address is built from ``SITE_URL``, never from what the request claims
    as its host, and from the raw path and query as they came.
    """

    @csrf_exempt
    @functools.wraps(handler)
    def door(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(
                ["POST"], "Webhooks are sent with POST.", content_type="text/plain"
            )
        params = _genuine_params(request)
        if params is None:
            return _refuse(403, "The signature does not match.")
        try:
            return handler(request, params)
        except PayloadError as error:
            return _refuse(400, str(error))
        except UnknownLineError:
            logger.error("A webhook came for a number that is no line of ours")
            return _refuse(404, "This number is no line of ours. Add it first.")

    return door


def _genuine_params(request: HttpRequest) -> dict[str, str] | None:
    try:
        body = request.body
    except (RequestDataTooBig, OSError):
        return None
    pairs = form_pairs(body, request.headers.get("Content-Type", ""))
    origins = [settings.SITE_URL, *settings.SITE_URL_ALIASES]
    genuine = is_genuine(
        urls=[origin + request.get_full_path() for origin in origins],
        params=pairs,
        body=body,
        tokens=webhook_tokens(),
        signature=request.headers.get("X-Twilio-Signature"),
    )
    return dict(pairs or []) if genuine else None


def _refuse(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain")


def xml(document: str) -> HttpResponse:
    """Instructions for the carrier."""
    return HttpResponse(document, content_type="text/xml")


def done() -> HttpResponse:
    """Nothing more to say: what a status callback wants."""
    return HttpResponse(status=204)
