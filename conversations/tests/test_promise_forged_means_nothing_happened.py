"""Promise P6: a webhook with a wrong or missing signature is 403 and writes nothing."""

import json
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django_q.models import OrmQ

from conversations.tests.signed_client import (
    PATHS,
    call_params,
    new_sid,
    signature,
    sms_params,
)

SITE = "https://text.example.com"
TOKEN = "test-token"
FORM = "application/x-www-form-urlencoded"
CALLER, LINE = "+17735552001", "+13125550100"
PARAMS = {
    **call_params(CALLER, LINE, new_sid()),
    **sms_params(CALLER, LINE, "Hello", new_sid("SM")),
    "MessageStatus": "delivered",
    "Digits": "1",
}

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    """How many rows every table of ours has, and the queue."""
    ours = [
        model
        for app in ("crm", "booking", "conversations")
        for model in apps.get_app_config(app).get_models()
    ]
    return {model.__name__: model.objects.count() for model in [*ours, OrmQ]}


def send(client, path: str, body: bytes | str, signed: str | None, **more):
    headers = {} if signed is None else {"X-Twilio-Signature": signed}
    return client.post(
        path, body, content_type=more.pop("content_type", FORM), headers=headers, **more
    )


FORGERIES = {
    "missing": lambda url: None,
    "empty": lambda url: "",
    "made up": lambda url: "c2lnbmF0dXJl",
    "not ascii": lambda url: "ä" * 28,
    "another token": lambda url: signature(url, PARAMS, "other-token"),
    "another host": lambda url: signature(
        url.replace(SITE, "https://evil.example"), PARAMS, TOKEN
    ),
    "another path": lambda url: signature(url + "x", PARAMS, TOKEN),
    "other fields": lambda url: signature(url, {**PARAMS, "From": "+1"}, TOKEN),
    "fields left out": lambda url: signature(url, {}, TOKEN),
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("name", PATHS)
def test_every_webhook_refuses_a_forgery_and_writes_nothing(
    client, line, ring_line, name, forgery
):
    before = rows()
    signed = FORGERIES[forgery](SITE + PATHS[name])
    answer = send(client, PATHS[name], urlencode(PARAMS), signed)
    assert answer.status_code == 403
    assert rows() == before


@pytest.mark.parametrize("name", PATHS)
def test_every_webhook_lets_the_genuine_one_in(client, line, name):
    """Otherwise the test above would prove nothing."""
    signed = signature(SITE + PATHS[name], PARAMS, TOKEN)
    answer = send(client, PATHS[name], urlencode(PARAMS), signed)
    assert answer.status_code in (200, 204)


def test_the_host_that_a_request_claims_does_not_matter(client, line):
    """A proxy may change the host; an attacker may invent one."""
    path = PATHS["voice"]
    genuine = signature(SITE + path, PARAMS, TOKEN)
    headers = {"host": "localhost", "x-forwarded-host": "evil.example"}
    answer = client.post(
        path,
        urlencode(PARAMS),
        content_type=FORM,
        headers={"X-Twilio-Signature": genuine, **headers},
    )
    assert answer.status_code == 200
    forged = signature("https://evil.example" + path, PARAMS, TOKEN)
    headers["X-Twilio-Signature"] = forged
    answer = client.post(path, urlencode(PARAMS), content_type=FORM, headers=headers)
    assert answer.status_code == 403


def test_a_query_is_part_of_what_is_signed(client, line):
    path = PATHS["receipt"] + "?m=1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    signed = signature(SITE + path, PARAMS, TOKEN)
    assert send(client, path, urlencode(PARAMS), signed).status_code == 204
    other = path.replace("1b4e", "1b4f")
    assert send(client, other, urlencode(PARAMS), signed).status_code == 403


def test_either_token_counts_while_one_is_being_replaced(client, line, settings):
    settings.TWILIO_AUTH_TOKENS = ["new-token", "old-token"]
    url = SITE + PATHS["voice"]
    for token, status in (("new-token", 200), ("old-token", 200), (TOKEN, 403)):
        signed = signature(url, PARAMS, token)
        answer = send(client, PATHS["voice"], urlencode(PARAMS), signed)
        assert answer.status_code == status


def test_without_any_token_nothing_gets_in(client, line, settings):
    settings.TWILIO_AUTH_TOKENS = []
    settings.SIMULATOR = False
    for token in ("", "None", settings.SIMULATOR_TOKEN):
        signed = signature(SITE + PATHS["voice"], PARAMS, token)
        answer = send(client, PATHS["voice"], urlencode(PARAMS), signed)
        assert answer.status_code == 403


def test_the_simulators_key_counts_only_while_the_simulator_is_on(
    client, line, settings
):
    signed = signature(SITE + PATHS["voice"], PARAMS, settings.SIMULATOR_TOKEN)
    settings.SIMULATOR = False
    body = urlencode(PARAMS)
    assert send(client, PATHS["voice"], body, signed).status_code == 403
    settings.SIMULATOR = True
    assert send(client, PATHS["voice"], body, signed).status_code == 200


def test_a_json_body_needs_its_hash_in_the_signed_address(client, line):
    body = json.dumps({"hello": "world"}).encode()
    good = PATHS["sms"] + f"?bodySHA256={sha256(body).hexdigest()}"
    bad = PATHS["sms"] + f"?bodySHA256={sha256(b'other').hexdigest()}"
    kind = "application/json"
    for path, status in ((good, 400), (bad, 403), (PATHS["sms"], 403)):
        signed = signature(SITE + path, {}, TOKEN)
        answer = send(client, path, body, signed, content_type=kind)
        # 400: genuine, and no text in it.
        assert answer.status_code == status


@pytest.mark.parametrize("body", [b"\xff\xfe", b"Body=%FF%FE", b"=" * 999, b"\0"])
def test_bytes_that_are_no_text_are_refused_and_never_break_us(client, line, body):
    before = rows()
    for kind in (FORM, "text/plain", "multipart/form-data; boundary=x", ""):
        answer = send(client, PATHS["sms"], body, "x" * 28, content_type=kind)
        assert answer.status_code == 403
    assert rows() == before


def test_a_get_is_no_webhook(client, line):
    for path in PATHS.values():
        assert client.get(path).status_code == 405
