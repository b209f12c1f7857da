"""The floor, in one process: verify, one transaction, one request to the carrier.

Prints one JSON list: for each call, when it began and whom it was from. Nothing that
keeps a promise can be faster than this on the same machine.
"""

import json
import sys
import time
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from bench.naive import _write  # noqa: E402
from conversations.gateway import payloads  # noqa: E402
from conversations.gateway.base import OutboundText  # noqa: E402
from conversations.gateway.choice import carrier, webhook_tokens  # noqa: E402
from conversations.gateway.signatures import form_pairs, is_genuine  # noqa: E402
from conversations.models import PhoneLine  # noqa: E402
from conversations.tests.signed_client import (  # noqa: E402
    PATHS,
    call_params,
    new_sid,
    signature,
)

FORM = "application/x-www-form-urlencoded"


def one_call(line: PhoneLine, caller: str) -> float:
    params = call_params(caller, line.number, new_sid())
    url = settings.SITE_URL + PATHS["voice"]
    signed, body = signature(url, params, webhook_tokens()[0]), urlencode(params)
    began = time.monotonic()
    pairs = form_pairs(body.encode(), FORM)
    assert is_genuine(
        urls=[url],
        params=pairs,
        body=body.encode(),
        tokens=webhook_tokens(),
        signature=signed,
    )
    with transaction.atomic():
        message = _write(payloads.CallStarted.from_params(dict(pairs)), line)
    carrier().send(
        OutboundText(
            to=caller, sender=line.number, body=message.body, status_callback=url
        )
    )
    return began


def main() -> None:
    line = PhoneLine.objects.select_related("business").first()
    callers = [f"+1{sys.argv[2]}{i:07d}" for i in range(int(sys.argv[1]))]
    json.dump([(one_call(line, c), c) for c in callers], sys.stdout)


main()
