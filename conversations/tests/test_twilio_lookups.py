from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest

from conversations.gateway.base import CarrierCall, CarrierError
from conversations.gateway.twilio import TwilioCarrier
from conversations.tests.carrier_stub import (
    ACCOUNT,
    MESSAGES,
    TEXT,
    TOKEN,
    answer,
    carrier_stub,
    hang_up,
    listed,
    message,
    refused,
)

SINCE = datetime(2026, 11, 24, 15, 4, 5, 900_000, tzinfo=UTC)


@pytest.fixture
def stub():
    with carrier_stub() as stub:
        yield stub


@pytest.fixture
def twilio(stub):
    return TwilioCarrier(ACCOUNT, TOKEN, stub.address, read_timeout=2.0)


def find(carrier, since=SINCE):
    return carrier.find_messages(to=TEXT.to, sender=TEXT.sender, since=since)


def at(hour, minute, second):
    return format_datetime(datetime(2026, 11, 24, hour, minute, second, tzinfo=UTC))


class TestFinding:
    def test_both_lists_are_read_and_joined_newest_first(self, stub, twilio):
        waiting = message("SM2", status="queued", date_created=at(15, 5, 0))
        sent = message("SM1", date_sent=at(15, 4, 7), price="-0.00750")
        stub.answers = [listed(waiting, sent), listed(sent)]
        found = find(twilio)
        assert [one.carrier_id for one in found] == ["SM2", "SM1"]
        assert found[1].created_at == datetime(2026, 11, 24, 15, 4, 5, tzinfo=UTC)
        assert found[1].sent_at == datetime(2026, 11, 24, 15, 4, 7, tzinfo=UTC)
        assert found[1].price == Decimal("-0.00750")
        assert found[0].price is None
        assert (found[0].to, found[0].sender) == (TEXT.to, TEXT.sender)
        assert (found[0].body, found[0].segments) == (TEXT.body, 1)
        plain, filtered = (asked["query"] for asked in stub.asked)
        assert plain == {"To": [TEXT.to], "From": [TEXT.sender], "PageSize": ["50"]}
        assert filtered == plain | {"DateSent>": ["2026-11-24T15:03:05Z"]}

    def test_local_time_is_turned_into_utc_for_the_carrier(self, stub, twilio):
        stub.answers = [listed(), listed()]
        assert find(twilio, SINCE.astimezone(ZoneInfo("America/New_York"))) == []
        assert stub.asked[1]["query"]["DateSent>"] == ["2026-11-24T15:03:05Z"]

    def test_only_what_we_sent_since_then_is_ours(self, stub, twilio):
        others = [
            message("SM1", direction="inbound"),
            message("SM2", direction="outbound-call"),
            message("SM3", date_created=at(15, 4, 4)),
            message("SM4", date_created=None, date_sent=at(15, 4, 4)),
        ]
        ours = [
            message("SM5", direction="outbound-reply"),
            message("SM6", date_created=None, date_sent=at(15, 4, 5)),
            message("SM7", date_created=None),
        ]
        stub.answers = [listed(*others, *ours), listed()]
        assert {one.carrier_id for one in find(twilio)} == {"SM5", "SM6", "SM7"}

    def test_a_messaging_service_is_searched_by_recipient(self, stub, twilio):
        stub.answers = [listed(), listed()]
        twilio.find_messages(to=TEXT.to, sender="MG1", since=SINCE)
        assert all("From" not in asked["query"] for asked in stub.asked)

    @pytest.mark.parametrize("prefix", ["", "/simulator/carrier"])
    def test_more_pages_are_followed_at_the_same_address(self, stub, prefix):
        carrier = TwilioCarrier(ACCOUNT, TOKEN, f"{stub.address}{prefix}")
        following = f"{prefix}{MESSAGES}?Page=1&PageToken=P1"
        stub.answers = [
            listed(message("SM2"), next_page_uri=following),
            listed(message("SM1")),
            listed(),
        ]
        assert {one.carrier_id for one in find(carrier)} == {"SM1", "SM2"}
        assert stub.asked[1]["path"] == f"{prefix}{MESSAGES}"
        assert stub.asked[1]["query"]["PageToken"] == ["P1"]

    def test_older_pages_are_left_alone(self, stub, twilio):
        older = message("SM1", date_created=at(14, 0, 0))
        stub.answers = [
            listed(message("SM2"), older, next_page_uri=f"{MESSAGES}?Page=1"),
            listed(),
        ]
        assert [one.carrier_id for one in find(twilio)] == ["SM2"]
        assert len(stub.asked) == 2

    def test_not_reaching_back_far_enough_is_not_nothing_found(self, stub, twilio):
        stub.answers = [listed(message(), next_page_uri=f"{MESSAGES}?Page=1")] * 9
        with pytest.raises(CarrierError) as caught:
            find(twilio)
        assert caught.value.outcome_unknown
        assert len(stub.asked) == 4

    @pytest.mark.parametrize(
        "play",
        [
            answer(500, {"message": "sorry", "code": 20500}),
            answer(503, "<html></html>"),
            answer(200, "<html>a portal</html>"),
            answer(200, {"messages": None}),
            answer(200, {"messages": [1]}),
            answer(200, {"messages": [{}]}),
            answer(200, {"one": [], "two": []}),
            answer(200, []),
            answer(404, {"code": 20404, "message": "no"}),
            answer(302, "", Location="/login"),
            hang_up,
        ],
        ids=lambda play: play.__name__,
    )
    @pytest.mark.parametrize("fine", [0, 1])
    def test_a_failing_list_is_never_nothing_found(self, stub, twilio, play, fine):
        stub.answers = [listed()] * fine + [play]
        with pytest.raises(CarrierError):
            find(twilio)


class TestFetching:
    def test_one_message_is_told_with_its_error(self, stub, twilio):
        failed = message("SM9", status="undelivered", error_code=30006, price="?")
        stub.answers = [answer(200, failed)]
        found = twilio.fetch_message("SM9")
        assert (found.status, found.error_code) == ("undelivered", "30006")
        assert found.price is None
        assert stub.asked[0]["path"] == MESSAGES.replace(".json", "/SM9.json")

    def test_one_call_is_told_with_its_times(self, stub, twilio):
        call = {
            "sid": "CA1",
            "status": "no-answer",
            "start_time": at(15, 4, 5),
            "end_time": at(15, 4, 25),
            "duration": "20",
        }
        stub.answers = [answer(200, call), answer(200, {"sid": "CA2"})]
        assert twilio.fetch_call("CA1") == CarrierCall(
            carrier_id="CA1",
            status="no-answer",
            started_at=datetime(2026, 11, 24, 15, 4, 5, tzinfo=UTC),
            ended_at=datetime(2026, 11, 24, 15, 4, 25, tzinfo=UTC),
            duration_seconds=20,
        )
        unknown = twilio.fetch_call("CA2")
        assert (unknown.status, unknown.started_at) == ("", None)
        assert unknown.duration_seconds is None

    def test_what_the_carrier_does_not_know_is_none(self, stub, twilio):
        stub.answers = [refused(20404, 404), refused(20404, 404)]
        assert twilio.fetch_message("SM1") is None
        assert twilio.fetch_call("CA1") is None

    def test_somebody_else_s_not_found_page_is_an_error(self, stub, twilio):
        stub.answers = [answer(404, "<html>nginx</html>")] * 2
        for fetch in (twilio.fetch_message, twilio.fetch_call):
            with pytest.raises(CarrierError) as caught:
                fetch("SM1")
            assert caught.value.outcome_unknown
