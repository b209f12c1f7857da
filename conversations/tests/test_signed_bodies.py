import hashlib
import json

import pytest
from twilio.request_validator import RequestValidator

from conversations.gateway.signatures import is_genuine

URL = "https://text.example.com/webhooks/twilio/voice/?line=7"
TOKEN = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
BODY = json.dumps({"name": "Zoë", "n": 1}, ensure_ascii=False).encode()


def signed(url):
    return RequestValidator(TOKEN).compute_signature(url, {})


def genuine(url, params, body, signature):
    return is_genuine(
        urls=[url], params=params, body=body, tokens=[TOKEN], signature=signature
    )


def hashed(body, url="https://text.example.com/hook"):
    return f"{url}?bodySHA256={hashlib.sha256(body).hexdigest()}"


@pytest.mark.parametrize("params", [None, []])
def test_a_json_body_counts_only_with_its_hash_in_the_signed_address(params):
    url = hashed(BODY)
    assert genuine(url, params, BODY, signature=signed(url))
    assert not genuine(url, params, BODY + b" ", signature=signed(url))
    assert not genuine(url, params, b"", signature=signed(url))
    assert not genuine(URL, params, BODY, signature=signed(URL))
    assert not genuine(url, params, BODY, signature=signed(URL))


def test_a_form_s_fields_may_not_stand_in_for_a_json_body():
    forged = b'{"forged": true}'
    url = hashed(BODY)
    assert not genuine(url, [], forged, signature=signed(url))


@pytest.mark.parametrize("digest", ["", "00", "é", "\udcff"])
def test_an_odd_body_hash_is_refused(digest):
    url = f"https://a.example/x?bodySHA256={digest}"
    signature = signed(url) if digest != "\udcff" else "c2ln"
    assert not genuine(url, None, BODY, signature=signature)


def test_two_body_hashes_must_both_be_right():
    url = hashed(BODY)
    assert genuine(f"{url}&x=1", None, BODY, signature=signed(f"{url}&x=1"))
    twice = f"{url}&bodySHA256=00"
    assert not genuine(twice, None, BODY, signature=signed(twice))


def test_a_body_of_any_bytes_is_checked_by_its_hash():
    body = b"\x00\xff\xfe\n"
    assert genuine(hashed(body), None, body, signature=signed(hashed(body)))
