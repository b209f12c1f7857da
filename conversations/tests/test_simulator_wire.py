import pytest
import requests

from conversations.gateway.signatures import is_genuine
from conversations.gateway.simulator import wire
from conversations.gateway.simulator.switches import Switches
from conversations.gateway.simulator.wire import NoAnswerError, Wire, is_reachable
from conversations.tests.carrier_stub import answer, carrier_stub, hang_up

RETRY = "#rc=3&rp=5xx,ct,rt"


@pytest.fixture
def server(settings, monkeypatch):
    """The product's place on loopback, taken by a stub."""
    monkeypatch.setattr(wire.time, "sleep", lambda seconds: None)
    with carrier_stub() as stub:
        settings.PORT = int(stub.address.rpartition(":")[2])
        yield stub


def test_a_webhook_is_signed_for_the_public_address_and_sent_to_loopback(
    server, settings
):
    server.answers = [answer(200, "<Response/>")]
    got = Wire(Switches()).fetch("/hooks/?m=1", {"From": "+1 312", "Body": "Café"})
    assert got.content == b"<Response/>"
    assert got.url == "https://text.example.com/hooks/?m=1"
    (asked,) = server.asked
    assert asked["headers"]["Host"] == "text.example.com"
    params = [("From", "+1 312"), ("Body", "Café")]
    assert is_genuine(
        urls=[got.url],
        params=params,
        body=b"",
        tokens=[settings.SIMULATOR_TOKEN],
        signature=asked["headers"]["X-Twilio-Signature"],
    )


def test_relative_addresses_are_resolved_against_the_document(server):
    server.answers = [answer(200, "x")]
    got = Wire(Switches()).fetch("next/", {}, base="https://text.example.com/a/b/")
    assert got.url == "https://text.example.com/a/b/next/"


@pytest.mark.parametrize(
    ("failures", "address", "requests_made"),
    [
        ([answer(503, {})], f"/x/{RETRY}", 2),
        ([answer(503, {})] * 3, f"/x/{RETRY}", 4),
        ([hang_up], "/x/", 2),
        ([answer(500, {})], "/x/#rc=9&rp=all", 2),
    ],
)
def test_what_the_address_asks_for_is_repeated(
    server, failures, address, requests_made
):
    server.answers = [*failures, answer(200, "ok")]
    assert Wire(Switches()).fetch(address, {}).content == b"ok"
    assert len(server.asked) == requests_made


@pytest.mark.parametrize("status", [400, 403, 500, 302])
def test_a_refusal_is_not_repeated_without_being_asked_for(server, status):
    server.answers = [answer(status, "no")]
    with pytest.raises(NoAnswerError, match=str(status)):
        Wire(Switches()).fetch("/x/", {})
    assert len(server.asked) == 1


def test_repeating_ends_after_the_wished_number_of_times(server):
    server.answers = [answer(500, "no")] * 4
    with pytest.raises(NoAnswerError, match="500"):
        Wire(Switches()).fetch(f"/x/{RETRY}", {})
    assert len(server.asked) == 4


def test_a_product_that_takes_too_long_is_named(server, monkeypatch):
    def slow(*args, **options):
        raise requests.ReadTimeout

    monkeypatch.setattr(requests.Session, "post", slow)
    with pytest.raises(NoAnswerError, match="ReadTimeout"):
        Wire(Switches()).fetch("/x/", {})


def test_a_report_that_nobody_takes_disturbs_nobody(server):
    server.answers = [answer(500, "no")]
    Wire(Switches()).report("/x/", {})
    assert len(server.asked) == 1


def test_a_report_goes_elsewhere_on_this_machine_as_it_is(server, settings):
    settings.PORT = 9
    server.answers = [answer(204, "")]
    Wire(Switches()).report(f"{server.address}/receipts?m=3", {"a": "1"})
    assert server.asked[0]["query"] == {"m": ["3"]}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://text.example.com/x/", True),
        ("http://127.0.0.1:9/x/", True),
        ("http://localhost/x", True),
        ("https://text.example.com.evil.example/x/", False),
        ("http://169.254.169.254/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_webhooks_leave_for_this_machine_only(url, expected):
    assert is_reachable(url) is expected
