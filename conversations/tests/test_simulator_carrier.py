from datetime import timedelta

import pytest
import requests
from django.conf import settings as django_settings
from django.utils import timezone

from conversations.gateway.base import CarrierError, OutboundText, Trouble
from conversations.gateway.choice import SIMULATED_ACCOUNT, carrier
from conversations.gateway.simulator import texts
from conversations.gateway.simulator.switches import Switches
from conversations.models import SimulatedCall, SimulatedText
from conversations.tests import simulated
from conversations.tests.conftest import LINE
from conversations.tests.simulated import CALLER, SITE

pytestmark = pytest.mark.django_db(transaction=True)
network = simulated.network
RECEIPTS = f"{SITE}/webhooks/twilio/sms/status/?m=7#rc=3&rp=5xx,ct,rt"


@pytest.fixture(autouse=True)
def _with_a_line(network, line):
    """Every test has the network and one line on it."""


def order(to=CALLER, **changes):
    values = {"sender": LINE, "body": "Sorry we missed you", "status_callback": ""}
    return OutboundText(to=to, **(values | changes))


def send(**changes):
    return carrier().send(order(**changes))


def refusal(**changes):
    with pytest.raises(CarrierError) as caught:
        send(**changes)
    return caught.value


def test_a_text_is_taken_delivered_and_found_again(network):
    before = timezone.now()
    accepted = send(status_callback=RECEIPTS)
    assert accepted.status == "queued"
    assert accepted.segments == 1
    network.catch_up()
    assert network.statuses("/sms/status/") == ["sent", "delivered"]
    (found,) = carrier().find_messages(to=CALLER, sender=LINE, since=before)
    assert found.carrier_id == accepted.carrier_id
    assert found.status == "delivered"
    assert found.body == "Sorry we missed you"
    assert carrier().fetch_message(accepted.carrier_id) == found


def test_receipts_keep_the_query_and_drop_the_fragment(network):
    send(status_callback=RECEIPTS)
    network.catch_up()
    fields = network.fields("/sms/status/")
    assert fields["MessageStatus"] == fields["SmsStatus"] == "delivered"
    assert all("?m=7" in url for url, _fields in network.posts)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "+1"}, "21211"),
        ({"to": "12345"}, "21211"),
        ({"to": "+12125550001"}, "21211"),
        ({"to": "+15005550001"}, "21211"),
        ({"to": "+15005550004"}, "21610"),
        ({"to": "+12125550009"}, "21614"),
        ({"sender": "+13125550199"}, "21606"),
        ({"body": " "}, "21602"),
        ({"body": "a" * 1601}, "21617"),
        ({"validity_seconds": 36_001}, "21626"),
        ({"status_callback": "https://elsewhere.example/"}, "21609"),
        ({"status_callback": "ftp://127.0.0.1/"}, "21609"),
        ({"status_callback": "http://[::1"}, "21609"),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(changes, code):
    assert refusal(**changes).code == code
    assert not SimulatedText.objects.exists()


@pytest.mark.parametrize(
    ("missing", "code"), [("To", 21604), ("From", 21603), ("Body", 21602)]
)
def test_a_missing_field_is_named(missing, code):
    form = {"To": CALLER, "From": LINE, "Body": "Hi"}
    form.pop(missing)
    answer = ask("post", "Messages.json", data=form)
    assert answer.status_code == 400
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("ending", "code"), [("0003", "30003"), ("0006", "30006"), ("0007", "30007")]
)
def test_some_numbers_take_a_text_and_lose_it(network, ending, code):
    sent = send(to=f"+1212555{ending}", status_callback=RECEIPTS)
    network.catch_up()
    fields = network.fields("/sms/status/")
    assert fields["MessageStatus"] == "undelivered"
    assert fields["ErrorCode"] == code
    assert carrier().fetch_message(sent.carrier_id).error_code == code


def test_stop_is_remembered_for_the_pair_and_start_lifts_it(network):
    texts.text_from_phone(CALLER, LINE, " Stop ")
    network.catch_up()
    assert refusal().trouble == Trouble.OPTED_OUT
    assert send(to="+17735550164").carrier_id
    texts.text_from_phone(CALLER, LINE, "START")
    network.catch_up()
    assert send().carrier_id


def test_the_network_confirms_a_stop_once(network):
    for _time in range(2):
        texts.text_from_phone(CALLER, LINE, "STOP")
    answers = SimulatedText.objects.filter(direction=texts.NETWORK)
    assert [answer.to for answer in answers] == [CALLER]


@pytest.mark.parametrize("words", ["stop by at 5?", "please stop", "non-stop", "START"])
def test_only_the_exact_word_stops(network, words):
    texts.text_from_phone(CALLER, LINE, words)
    assert send().carrier_id
    assert not SimulatedText.objects.filter(direction=texts.NETWORK).exists()


def test_an_unknown_message_or_call_is_none():
    assert carrier().fetch_message("SM" + "0" * 32) is None
    assert carrier().fetch_call("CA" + "0" * 32) is None


def test_a_call_is_told_as_the_network_knows_it(network, line):
    call = network.call(line)
    known = carrier().fetch_call(call.carrier_id)
    assert known.status == "completed"
    assert known.duration_seconds >= 1
    assert known.ended_at is not None


def test_a_call_whose_process_died_is_over_by_now():
    start = timezone.now() - timedelta(minutes=1)
    SimulatedCall.objects.create(
        call_id="CA1", caller=CALLER, called=LINE, status="ringing", started_at=start
    )
    known = carrier().fetch_call("CA1")
    assert known.status == "no-answer"
    assert known.duration_seconds == 0


def test_a_call_that_goes_on_has_no_end():
    SimulatedCall.objects.create(
        call_id="CA1", caller=CALLER, called=LINE, status="ringing"
    )
    known = carrier().fetch_call("CA1")
    assert (known.status, known.ended_at) == ("ringing", None)


def test_a_text_whose_process_died_on_the_way_has_arrived(network):
    sent = send()
    network.later.clear()
    old = timezone.now() - timedelta(seconds=10)
    SimulatedText.objects.update(created_at=old)
    assert carrier().fetch_message(sent.carrier_id).status == "delivered"


def test_a_carrier_that_is_down_takes_nothing():
    Switches(api_error=True).save()
    assert refusal().outcome_unknown
    assert not SimulatedText.objects.exists()


def test_a_lost_answer_leaves_one_text_that_can_be_found():
    before = timezone.now()
    Switches(api_lost_answer=True).save()
    assert refusal().outcome_unknown
    (found,) = carrier().find_messages(to=CALLER, sender=LINE, since=before)
    assert found.body == "Sorry we missed you"


def test_an_answer_that_comes_too_late_has_done_nothing():
    Switches(api_timeout=True).save()
    assert refusal().outcome_unknown
    assert not SimulatedText.objects.exists()


def test_lost_receipts_are_lost_and_the_text_arrives(network):
    Switches(lose_receipts=True).save()
    sent = send(status_callback=RECEIPTS)
    network.catch_up()
    assert network.posts == []
    assert carrier().fetch_message(sent.carrier_id).status == "delivered"


def test_receipts_come_in_the_wrong_order_and_twice_when_asked_to(network):
    Switches(reorder_webhooks=True, duplicate_webhooks=True).save()
    send(status_callback=RECEIPTS)
    network.catch_up()
    assert network.statuses("/sms/status/") == [
        *("delivered", "sent"),
        *("delivered", "sent"),
    ]


def test_long_lists_have_pages_that_lead_on(network):
    for number in range(3):
        send(body=f"Text {number}")
    first = ask("get", "Messages.json", params={"PageSize": "2", "To": CALLER}).json()
    assert [m["body"] for m in first["messages"]] == ["Text 2", "Text 1"]
    second = ask("get", first["next_page_uri"].partition("/Accounts/")[2], raw=True)
    assert [m["body"] for m in second.json()["messages"]] == ["Text 0"]
    assert second.json()["next_page_uri"] is None
    assert second.json()["previous_page_uri"]


@pytest.mark.parametrize("written", ["soon", "2026-13-45T00:00:00Z", "-1"])
def test_an_unreadable_filter_is_left_out(written):
    send()
    filters = {"DateSent>": written, "PageSize": written, "Page": written}
    assert len(ask("get", "Messages.json", params=filters).json()["messages"]) == 1


@pytest.mark.parametrize(
    "auth",
    [
        None,
        (SIMULATED_ACCOUNT, "wrong"),
        ("AC" + "1" * 32, "right"),
    ],
)
def test_only_the_owner_of_the_token_is_let_in(auth):
    if auth and auth[1] == "right":
        auth = (auth[0], django_settings.SIMULATOR_TOKEN)
    answer = ask("get", "Messages.json", auth=auth)
    assert answer.status_code == 401
    assert answer.json()["code"] == 20003


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic ???", "Basic é"])
def test_a_strange_sign_in_is_a_refused_sign_in(header):
    answer = ask(
        "get",
        "Messages.json",
        auth=None,
        headers={"Authorization": header.encode()},
    )
    assert answer.status_code == 401


def test_what_the_network_does_not_offer_is_not_found():
    assert ask("get", "Queues.json").status_code == 404
    assert ask("delete", "Messages.json").status_code == 405


def ask(method, path, *, auth=..., raw=False, **options):
    base = django_settings.SIMULATOR_API_BASE_URL
    account = "" if raw else f"{SIMULATED_ACCOUNT}/"
    url = f"{base}/2010-04-01/Accounts/{account}{path}"
    if auth is ...:
        auth = (SIMULATED_ACCOUNT, django_settings.SIMULATOR_TOKEN)
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, auth=auth, timeout=10, **options)
