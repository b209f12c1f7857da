"""Tell a carrier's own requests from forged ones. Whatever is odd is forged.

Rule: https://www.twilio.com/docs/usage/webhooks/webhooks-security. The header is the
base64 of an HMAC-SHA1 with the account's token over the URL, followed for a form by
each name and value in the order of the names. Any other body is covered by its
SHA-256 in the URL's `bodySHA256`. The SDK's validator follows the same rule, but
raises for a missing header, for bytes, and for JSON without `bodySHA256`.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 1000
_DEFAULT_PORTS = {"https": 443, "http": 80}
_AUTHORITY = re.compile(
    r"(?P<before>(?P<scheme>[a-z]+)://[^/?:\[]*(\[[^\]]*\])?)"
    r"(?P<port>:\d+)?(?P<after>[/?].*)?",
    re.DOTALL | re.IGNORECASE,
)


def is_genuine(
    *,
    urls: Sequence[str],
    params: Sequence[tuple[str, str]] | None,
    body: bytes,
    tokens: Sequence[str],
    signature: str | None,
) -> bool:
    """True if one of `tokens` signed this request to one of `urls`. Never raises.

    `urls`: the addresses this request may have been sent to, query included.
    `params`: the fields of a form, blanks and repeats included, as `form_pairs` gives
    them; None for anything else. `body`: the bytes as they came. `tokens`: several
    while one is being replaced; blank ones open nothing.
    """
    try:
        if not signature or isinstance(urls, str) or isinstance(tokens, str):
            return False
        keys = [token.encode() for token in tokens if token.strip()]
        given = signature.encode("ascii")
        return any(
            _is_signed(url.partition("#")[0], params or [], body, keys, given)
            for url in urls
        )
    except (AttributeError, TypeError, ValueError):
        return False


def form_pairs(body: bytes, content_type: str) -> list[tuple[str, str]] | None:
    """The fields of a form in their order, blanks and repeats kept. Never raises.

    None for any other content type and for more than 1,000 fields: neither is then
    taken for a signed form. Bytes that are not UTF-8 become lone surrogates, which
    cannot be encoded again, so that no signature matches: carriers send UTF-8.
    """
    if content_type.partition(";")[0].strip().lower() != FORM:
        return None
    if body.count(b"&") >= MAX_FIELDS:
        return None
    fields = (field.partition(b"=") for field in body.split(b"&") if field)
    return [(_decoded(name), _decoded(value)) for name, _equals, value in fields]


def _decoded(quoted: bytes) -> str:
    return unquote_to_bytes(quoted.replace(b"+", b" ")).decode(errors="surrogateescape")


def _is_signed(
    url: str,
    params: Sequence[tuple[str, str]],
    body: bytes,
    keys: Sequence[bytes],
    given: bytes,
) -> bool:
    # No fields but a body: it came as something else, whatever the caller took it for.
    if not params and not _body_is_covered(url, body):
        return False
    fields = "".join(name + value for name, value in sorted(set(params)))
    return any(
        hmac.compare_digest(_signature(key, spelling + fields), given)
        for spelling in _spellings(url)
        for key in keys
    )


def _signature(key: bytes, signed: str) -> bytes:
    return base64.b64encode(hmac.digest(key, signed.encode(), "sha1"))


def _body_is_covered(url: str, body: bytes) -> bool:
    """No body, or one whose hash is part of the signed address."""
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    hashes = [value for name, value in query if name == "bodySHA256"]
    digest = hashlib.sha256(body).hexdigest().encode()
    matches = [hmac.compare_digest(value.encode(), digest) for value in hashes]
    return all(matches) and (bool(matches) or not body)


def _spellings(url: str) -> Iterator[str]:
    """As given, without a port, with the usual port.

    Twilio is not consistent about the port in what it signs, so its SDKs try both.
    """
    yield url
    parts = _AUTHORITY.fullmatch(url)
    if not parts:
        return
    before, after = parts["before"], parts["after"] or ""
    usual = _DEFAULT_PORTS.get(parts["scheme"].lower())
    if parts["port"]:
        yield before + after
    elif usual:
        yield f"{before}:{usual}{after}"
