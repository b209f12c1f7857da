import base64
import socket
import time
from datetime import UTC, datetime

import pytest

from conversations.gateway import twilio_http
from conversations.gateway.base import Accepted, CarrierError, OutboundText, Trouble
from conversations.gateway.twilio import TwilioCarrier
from conversations.tests.carrier_stub import (
    ACCOUNT,
    MESSAGES,
    TEXT,
    TOKEN,
    answer,
    break_off,
    carrier_stub,
    hang_up,
    message,
    refused,
    silence,
    then_close,
)


@pytest.fixture
def stub():
    with carrier_stub() as stub:
        yield stub


@pytest.fixture
def twilio(stub):
    return TwilioCarrier(ACCOUNT, TOKEN, stub.address, read_timeout=2.0)


def failure(carrier, text=TEXT):
    with pytest.raises(CarrierError) as caught:
        carrier.send(text)
    return caught.value


class TestSending:
    def test_an_accepted_text_comes_back_with_its_id(self, stub, twilio):
        stub.answers = [answer(201, message("SM9", status="queued", num_segments="2"))]
        assert twilio.send(TEXT) == Accepted(
            carrier_id="SM9", status="queued", segments=2
        )
        (asked,) = stub.asked
        assert (asked["method"], asked["path"]) == ("POST", MESSAGES)
        assert asked["form"] == {
            "To": [TEXT.to],
            "From": [TEXT.sender],
            "Body": [TEXT.body],
            "StatusCallback": [TEXT.status_callback],
            "ValidityPeriod": ["1800"],
        }
        sign_in = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        assert asked["headers"]["Authorization"] == f"Basic {sign_in}"

    def test_pictures_and_a_messaging_service_are_handed_over(self, stub, twilio):
        stub.answers = [answer(201, message(status="accepted", num_segments="0"))]
        text = OutboundText(
            to=TEXT.to,
            sender="MG4f6b8d0a2c1e43579b7d5f3e1c0a8b62",
            body="",
            status_callback="https://x/",
            media_urls=("https://x/1", "https://x/2"),
        )
        assert twilio.send(text).segments is None
        assert stub.asked[0]["form"] == {
            "To": [TEXT.to],
            "MessagingServiceSid": ["MG4f6b8d0a2c1e43579b7d5f3e1c0a8b62"],
            "StatusCallback": ["https://x/"],
            "MediaUrl": ["https://x/1", "https://x/2"],
        }

    def test_everything_goes_below_the_address_given(self, stub):
        carrier = TwilioCarrier(ACCOUNT, TOKEN, f"{stub.address}/simulator/carrier/")
        stub.answers = [answer(201, message())]
        carrier.send(TEXT)
        assert stub.asked[0]["path"] == f"/simulator/carrier{MESSAGES}"

    def test_an_unreadable_detail_does_not_cost_us_the_id(self, stub, twilio):
        stub.answers = [answer(201, {"sid": "SM9", "num_segments": "many"})]
        assert twilio.send(TEXT) == Accepted(carrier_id="SM9", status="")

    def test_texts_share_one_connection(self, stub, twilio):
        stub.answers = [answer(201, message("SM1")), answer(201, message("SM2"))]
        assert [twilio.send(TEXT).carrier_id for _ in "12"] == ["SM1", "SM2"]
        assert stub.connections == 1

    def test_a_forked_process_opens_its_own_connection(self, stub, twilio, monkeypatch):
        stub.answers = [answer(201, message())] * 2
        twilio.send(TEXT)
        monkeypatch.setattr(twilio_http.os, "getpid", lambda: -1)
        twilio.send(TEXT)
        assert stub.connections == 2

    def test_a_connection_that_idled_is_not_trusted_with_a_text(
        self, stub, monkeypatch
    ):
        monkeypatch.setattr(twilio_http, "MAX_IDLE_SECONDS_LOOPBACK", 0.01)
        carrier = TwilioCarrier(ACCOUNT, TOKEN, stub.address)
        stub.answers = [answer(201, message())] * 2
        carrier.send(TEXT)
        time.sleep(0.02)
        carrier.send(TEXT)
        assert stub.connections == 2

    def test_a_kept_connection_found_closed_is_replaced(self, stub, twilio):
        stub.answers = [then_close(answer(201, message())), answer(201, message("S2"))]
        twilio.send(TEXT)
        time.sleep(0.1)
        assert twilio.send(TEXT).carrier_id == "S2"
        assert (len(stub.asked), stub.connections) == (2, 2)

    def test_proxies_are_not_asked_about_this_machine(self, stub, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "")
        stub.answers = [answer(201, message())]
        carrier = TwilioCarrier(ACCOUNT, TOKEN, stub.address)
        assert carrier.send(TEXT).carrier_id == "SM1"


class TestCertainlyNotSent:
    def test_too_many_requests_may_be_tried_again_after_the_pause(self, stub, twilio):
        too_many = {"code": 20429, "message": "Too Many Requests", "status": 429}
        stub.answers = [answer(429, too_many, Retry_After="2")]
        error = failure(twilio)
        assert (error.code, error.trouble) == ("20429", Trouble.TRANSIENT)
        assert error.retry_after == 2.0
        assert not error.permanent
        assert not error.outcome_unknown

    def test_a_page_saying_too_many_requests_counts_as_well(self, stub, twilio):
        stub.answers = [answer(429, "<html>slow down</html>")]
        error = failure(twilio)
        assert (error.code, error.trouble) == ("429", Trouble.TRANSIENT)
        assert error.retry_after is None

    def test_a_refused_connection_sent_nothing(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{unused.getsockname()[1]}"
            error = failure(TwilioCarrier(ACCOUNT, TOKEN, address))
        assert (error.code, error.trouble) == ("offline", Trouble.TRANSIENT)

    def test_a_full_queue_is_tried_again(self, stub, twilio):
        stub.answers = [refused(21611)]
        assert failure(twilio).trouble is Trouble.TRANSIENT


class TestOutcomeUnknown:
    @pytest.mark.parametrize(
        ("play", "code"),
        [
            (refused(20500, 500), "20500"),
            (refused(20429, 503), "20429"),
            (answer(503, "<html>Service Unavailable</html>"), "503"),
            (answer(502, ""), "502"),
            (answer(403, "<html>firewall</html>"), "403"),
            (answer(404, "<html>no such page</html>"), "404"),
            (answer(400, [1, 2]), "400"),
            (answer(307, "", Location="/elsewhere"), "307"),
            (answer(201, "<html>welcome to our wifi</html>"), "unreadable"),
            (answer(201, ""), "unreadable"),
            (answer(201, {}), "unreadable"),
            (answer(201, []), "unreadable"),
            (answer(201, {"sid": None}), "unreadable"),
            (answer(201, {"sid": 7}), "unreadable"),
            (answer(201, "[" * 100_000), "unreadable"),
            (break_off, "dropped"),
            (hang_up, "dropped"),
        ],
        ids=lambda value: getattr(value, "__name__", None),
    )
    def test_what_does_not_say_so_may_have_been_sent(self, stub, twilio, play, code):
        stub.answers = [play]
        error = failure(twilio)
        assert (error.code, error.trouble) == (code, Trouble.UNKNOWN)
        assert error.outcome_unknown
        assert not error.permanent
        assert len(stub.asked) == 1

    def test_a_slow_answer_is_given_up_and_not_repeated(self, stub):
        carrier = TwilioCarrier(ACCOUNT, TOKEN, stub.address, read_timeout=0.1)
        stub.answers = [silence(0.3)]
        error = failure(carrier)
        assert (error.code, error.trouble) == ("timeout", Trouble.UNKNOWN)
        time.sleep(0.3)
        assert len(stub.asked) == 1

    def test_a_kept_connection_that_breaks_is_not_repeated(self, stub, twilio):
        stub.answers = [answer(201, message()), hang_up]
        twilio.send(TEXT)
        assert failure(twilio).trouble is Trouble.UNKNOWN
        assert (len(stub.asked), stub.connections) == (2, 1)


class TestRefused:
    @pytest.mark.parametrize(
        ("code", "status", "trouble"),
        [
            (21610, 400, Trouble.OPTED_OUT),
            (21614, 400, Trouble.NOT_TEXTABLE),
            (21211, 400, Trouble.INVALID_NUMBER),
            (21408, 400, Trouble.REGION),
            (21606, 400, Trouble.SENDER),
            (20003, 401, Trouble.ACCOUNT),
            (20404, 404, Trouble.ACCOUNT),
            (21617, 400, Trouble.CONTENT),
            (99999, 400, Trouble.OTHER),
        ],
    )
    def test_the_carrier_s_code_says_why_for_good(
        self, stub, twilio, code, status, trouble
    ):
        stub.answers = [refused(code, status)]
        error = failure(twilio)
        assert (error.code, error.trouble) == (str(code), trouble)
        assert error.permanent
        assert not error.outcome_unknown

    def test_a_refusal_in_the_newer_form_is_read_too(self, stub, twilio):
        problem = {"type": "x", "title": "Opted out", "status": 400, "code": 21610}
        stub.answers = [answer(400, problem)]
        error = failure(twilio)
        assert (error.code, error.detail) == ("21610", "HTTP 400 Opted out")

    @pytest.mark.parametrize(
        "payload", [{"message": "no"}, {"code": "x"}, {"code": True}]
    )
    def test_without_a_code_the_status_stands_in(self, stub, twilio, payload):
        stub.answers = [answer(401, payload)]
        assert failure(twilio).code == "401"

    def test_a_page_refusing_our_sign_in_is_about_the_account(self, stub, twilio):
        stub.answers = [answer(401, "<html>who are you</html>")]
        assert failure(twilio).trouble is Trouble.ACCOUNT

    def test_the_detail_holds_no_secret_and_no_number(self, stub, twilio):
        stub.answers = [refused(21211, text=f"The 'To' number {TEXT.to} is not valid.")]
        error = failure(twilio)
        assert error.detail == "HTTP 400 The 'To' number … is not valid."
        assert TOKEN not in repr(vars(error))

    @pytest.mark.parametrize("play", [hang_up, answer(503, "<html></html>")])
    def test_no_cause_with_an_address_is_left_hanging_on(self, stub, twilio, play):
        stub.answers = [play] * 2
        with pytest.raises(CarrierError) as caught:
            twilio.find_messages(
                to=TEXT.to, sender=TEXT.sender, since=datetime.now(UTC)
            )
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or not caught.value.__context__
        assert TEXT.to not in str(caught.value)
