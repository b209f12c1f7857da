import ssl
from datetime import UTC, datetime, timedelta

import pytest
import requests
import urllib3
from django.core.exceptions import ImproperlyConfigured
from twilio.base.exceptions import TwilioException

from conversations.gateway.base import CarrierError, Trouble
from conversations.gateway.twilio import TwilioCarrier
from conversations.gateway.twilio_http import CarrierHttp, failures_told_apart
from conversations.tests.carrier_stub import (
    ACCOUNT,
    MESSAGES,
    TEXT,
    TOKEN,
    answer,
    carrier_stub,
)


@pytest.fixture
def stub():
    with carrier_stub() as stub:
        yield stub


@pytest.fixture
def twilio(stub):
    return TwilioCarrier(ACCOUNT, TOKEN, stub.address, read_timeout=2.0)


def failure(carrier):
    with pytest.raises(CarrierError) as caught:
        carrier.send(TEXT)
    return caught.value


def _given_up(reason):
    return urllib3.exceptions.MaxRetryError(None, "/", reason)


def _new_connection(text):
    return urllib3.exceptions.NewConnectionError(None, text)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (requests.ConnectTimeout("slow"), "offline"),
        (requests.ConnectionError(_given_up(_new_connection("refused"))), "offline"),
        (
            requests.exceptions.ProxyError(
                _given_up(urllib3.exceptions.ProxyError("x", _new_connection("no")))
            ),
            "offline",
        ),
        (
            requests.exceptions.SSLError(
                _given_up(
                    urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("expired"))
                )
            ),
            "offline",
        ),
        (
            requests.exceptions.SSLError(
                _given_up(urllib3.exceptions.SSLError(ssl.SSLEOFError("cut")))
            ),
            "dropped",
        ),
        (
            requests.exceptions.ProxyError(
                _given_up(urllib3.exceptions.ProxyError("x", ConnectionResetError()))
            ),
            "dropped",
        ),
        (requests.ConnectionError(), "dropped"),
        (requests.ConnectionError("Connection aborted."), "dropped"),
        (requests.exceptions.ChunkedEncodingError("cut"), "dropped"),
        (requests.ReadTimeout("slow"), "timeout"),
        (urllib3.exceptions.ProtocolError("odd"), "dropped"),
        (ConnectionResetError(), "dropped"),
        (TwilioException("Page Records can not be deserialized"), "unreadable"),
        (KeyError("meta"), "unreadable"),
        (CarrierError("as it is", code="21610"), "21610"),
    ],
    ids=repr,
)
def test_every_kind_of_failure_is_sorted_by_what_is_certain(error, code):
    with pytest.raises(CarrierError) as caught, failures_told_apart():
        raise error
    assert caught.value.code == code
    assert caught.value.outcome_unknown == (
        code in ("dropped", "timeout", "unreadable")
    )


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("0", 0, 0),
        ("1.5", 1.5, 1.5),
        ("999999", 3600, 3600),
        ("Fri, 24 Nov 2226 15:04:05 GMT", 3600, 3600),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(stub, twilio, header, low, high):
    stub.answers = [answer(429, {}, Retry_After=header)]
    assert low <= failure(twilio).retry_after <= high


@pytest.mark.parametrize("zone", [" GMT", ""])
def test_a_pause_until_a_date_ends_then(stub, twilio, zone):
    soon = datetime.now(UTC) + timedelta(seconds=90)
    until = f"{soon:%a, %d %b %Y %H:%M:%S}{zone}"
    stub.answers = [answer(429, {}, Retry_After=until)]
    assert 60 < failure(twilio).retry_after <= 90


@pytest.mark.parametrize(
    "header", ["-1", "nan", "inf", "soon", "Tue, 24 Nov 2015 15:04:05 GMT"]
)
def test_a_pause_that_makes_no_sense_is_none(stub, twilio, header):
    stub.answers = [answer(429, {}, Retry_After=header)]
    assert failure(twilio).retry_after is None


@pytest.mark.parametrize(
    "address", ["localhost:4010", "ftp://x", "http://", "/carrier"]
)
def test_a_carrier_address_without_scheme_or_host_is_explained(address):
    with pytest.raises(ImproperlyConfigured, match=r"http://127\.0\.0\.1:4010"):
        TwilioCarrier(ACCOUNT, TOKEN, address)


def test_without_an_address_requests_go_to_twilio_itself(monkeypatch):
    asked = []

    def note(_session, method, uri, **options):
        asked.append((method, uri, options["timeout"], options["allow_redirects"]))
        raise requests.ConnectTimeout

    monkeypatch.setattr(requests.Session, "request", note)
    carrier = TwilioCarrier(ACCOUNT, TOKEN, None)
    assert failure(carrier).trouble is Trouble.TRANSIENT
    assert asked == [("POST", f"https://api.twilio.com{MESSAGES}", (3.05, 10.0), False)]


def test_an_invalid_ipv6_address_is_explained():
    with pytest.raises(ImproperlyConfigured):
        CarrierHttp(api_base_url="http://[::1", connect_timeout=1, read_timeout=1)
