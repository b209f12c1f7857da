import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from conversations.gateway.base import OutboundText
from conversations.gateway.choice import carrier, webhook_tokens
from conversations.tests.carrier_stub import answer, carrier_stub

TEXT = OutboundText(
    to="+15122345678", sender="+15125550123", body="Hi", status_callback="https://x/"
)


@pytest.fixture(autouse=True)
def fresh():
    carrier.cache_clear()
    yield
    carrier.cache_clear()


@pytest.fixture
def stub():
    with carrier_stub() as stub:
        stub.answers = [answer(201, {"sid": "SM1"})]
        yield stub


def test_twilio_is_asked_with_our_account_and_its_first_token(settings, stub):
    settings.CARRIER = "twilio"
    settings.TWILIO_ACCOUNT_SID = "AC7"
    settings.TWILIO_AUTH_TOKENS = ["first", "second"]
    settings.TWILIO_API_BASE_URL = stub.address
    assert carrier().name == "twilio"
    assert carrier().send(TEXT).carrier_id == "SM1"
    assert stub.asked[0]["path"] == "/2010-04-01/Accounts/AC7/Messages.json"
    sign_in = base64.b64encode(b"AC7:first").decode()
    assert stub.asked[0]["headers"]["Authorization"] == f"Basic {sign_in}"


def test_the_simulator_needs_no_account_and_gets_every_request(settings, stub):
    settings.CARRIER = "simulator"
    settings.TWILIO_ACCOUNT_SID = ""
    settings.TWILIO_AUTH_TOKENS = []
    settings.SIMULATOR_TOKEN = "simulated"
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    settings.SIMULATOR_API_BASE_URL = f"{stub.address}/simulator/carrier"
    assert carrier().name == "simulator"
    assert carrier().send(TEXT).carrier_id == "SM1"
    assert stub.asked[0]["path"].startswith("/simulator/carrier/2010-04-01/")


def test_one_process_has_one_carrier(settings):
    settings.CARRIER = "simulator"
    assert carrier() is carrier()


@pytest.mark.parametrize(
    "changes",
    [
        {"CARRIER": "pigeon"},
        {"CARRIER": ""},
        {"CARRIER": "twilio", "TWILIO_ACCOUNT_SID": ""},
        {"CARRIER": "twilio", "TWILIO_AUTH_TOKENS": []},
    ],
)
def test_half_a_carrier_is_explained(settings, changes):
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=r"CARRIER|TWILIO_AUTH_TOKEN"):
        carrier()


@pytest.mark.parametrize(
    ("tokens", "simulator", "accepted"),
    [
        (["first", "second"], False, ["first", "second"]),
        (["first"], True, ["first", "simulated"]),
        ([], True, ["simulated"]),
        ([], False, []),
    ],
)
def test_webhooks_are_believed_from_whoever_is_set_up(
    settings, tokens, simulator, accepted
):
    settings.TWILIO_AUTH_TOKENS = tokens
    settings.SIMULATOR = simulator
    settings.SIMULATOR_TOKEN = "simulated"
    assert webhook_tokens() == accepted
