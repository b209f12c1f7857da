"""Headers for pages that strangers open."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# The admin's pages need inline scripts of their toolkit, so they are left out.
_STRICT = ("/b/", "/simulator/")
_NONCE_BYTES = 16

Answer = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: Answer) -> Answer:
    """Only our own files may run or load; a page's `<style nonce>` may colour it.

    Templates read the nonce as `request.csp_nonce`. A response that sets the header
    itself keeps its own.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = get_response(request)
        if request.path.startswith(_STRICT):
            response.headers.setdefault("Content-Security-Policy", _policy(nonce))
        return response

    return answer


def _policy(nonce: str) -> str:
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self';"
        f" style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
