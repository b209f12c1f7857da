import json

import pytest
from django.urls import reverse

from conversations.gateway.choice import SIMULATED_ACCOUNT
from conversations.gateway.simulator import switchboard
from conversations.gateway.simulator.persons import AtThePage, Deed, Moment, Wish
from conversations.gateway.simulator.switches import Switches
from conversations.models import SimulatedCall, SimulatedText
from conversations.tests.simulated import CALLER

pytestmark = pytest.mark.django_db

PAGES = ("simulator", "simulator-state")
BUTTONS = ("simulator-call", "simulator-act", "simulator-text", "simulator-faults")


@pytest.fixture(autouse=True)
def _switched_on(settings):
    settings.SIMULATOR = True


@pytest.fixture
def placed(monkeypatch):
    """Calls that the page started; they do not run."""
    calls = []
    monkeypatch.setattr(
        switchboard, "in_background", lambda work, *args: calls.append(args)
    )
    return calls


def post(client, name, **fields):
    return client.post(reverse(name), fields)


def state(client, line, caller=CALLER):
    return client.get(reverse("simulator-state"), {"caller": caller, "line": line})


def pair(line, **more):
    return {"caller": CALLER, "line": line.number, **more}


# --- Switched off --------------------------------------------------------------------


def test_nothing_is_there_while_the_simulator_is_off(client, settings):
    settings.SIMULATOR = False
    assert {client.get(reverse(name)).status_code for name in PAGES} == {404}
    assert {client.post(reverse(name)).status_code for name in BUTTONS} == {404}
    api = reverse("simulator-messages", args=[SIMULATED_ACCOUNT])
    assert client.get(api).status_code == 404


def test_buttons_want_the_token_of_the_page(client, line):
    client.handler.enforce_csrf_checks = True
    assert post(client, "simulator-call", **pair(line)).status_code == 403


@pytest.mark.parametrize("name", BUTTONS)
def test_buttons_cannot_be_pressed_by_a_link(client, name):
    assert client.get(reverse(name)).status_code == 405


# --- The page ------------------------------------------------------------------------


def test_the_page_offers_every_line_of_every_business(client, line, ring_line):
    page = client.get(reverse("simulator")).content.decode()
    assert line.number in page
    assert ring_line.number in page
    assert "Northside Heating" in page
    assert "every business of this installation" in page


def test_the_page_has_nothing_inline(client, line):
    answer = client.get(reverse("simulator"))
    page = answer.content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert page.count("<script") == 1


def test_without_a_line_the_page_says_how_to_make_one(client):
    assert "create_business" in client.get(reverse("simulator")).content.decode()


# --- Calling -------------------------------------------------------------------------


def test_call_places_a_call_in_the_background(client, line, placed):
    answer = post(client, "simulator-call", **pair(line))
    assert answer.status_code == 201
    row = SimulatedCall.objects.get()
    assert answer.json()["call_id"] == row.call_id
    assert [args[0] for args in placed] == [row]


@pytest.mark.parametrize(
    ("caller", "sentence"),
    [("", "Enter a phone number"), ("12", "not a phone number"), ("\0", "Enter")],
)
def test_a_number_that_is_none_gets_a_sentence(client, line, placed, caller, sentence):
    answer = post(client, "simulator-call", caller=caller, line=line.number)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert not placed


def test_the_keypad_spelling_of_a_withheld_number_is_dialled_as_it_is(
    client, line, placed
):
    answer = post(client, "simulator-call", **pair(line, caller="+17378742833"))
    assert answer.json()["caller"] == "+17378742833"


def test_an_unknown_line_gets_a_sentence(client, placed):
    answer = post(client, "simulator-call", caller=CALLER, line="+13125550199")
    assert answer.status_code == 400
    assert "no line of any business" in answer.json()["error"]


def test_a_button_reaches_the_call_once(client, line):
    row = switchboard.dial_up(CALLER, line)
    answer = post(client, "simulator-act", call_id=row.call_id, action="decline:1")
    assert answer.status_code == 200
    people = AtThePage(row.call_id)
    assert people.next_deed(Moment.RINGING, 0) == Deed(Wish.DECLINE, 1)
    assert people.next_deed(Moment.RINGING, 0) is None


@pytest.mark.parametrize("action", ["", "dance", "accept:x", "accept:-1"])
def test_an_unknown_button_does_nothing(client, line, action):
    row = switchboard.dial_up(CALLER, line)
    answer = post(client, "simulator-act", call_id=row.call_id, action=action)
    assert answer.status_code == 400
    assert SimulatedCall.objects.get().action == ""


def test_a_call_that_is_over_has_no_buttons(client):
    answer = post(client, "simulator-act", call_id="CA0", action="hang_up")
    assert answer.status_code == 409


# --- What the phones show ------------------------------------------------------------


def showing(line, moment, desk=(), status="ringing"):
    row = switchboard.dial_up(CALLER, line)
    row.log = [{"text": "Words", "moment": moment, "desk": list(desk)}]
    row.status = status
    row.save()
    return row


def labels(part):
    return [button["action"] for button in part["buttons"]]


@pytest.mark.parametrize(
    ("moment", "buttons"),
    [
        (Moment.RINGING, ["hang_up"]),
        (Moment.TALKING, ["hang_up"]),
        (Moment.GREETING, ["leave_voicemail", "hang_up_at_greeting"]),
        (Moment.BEEP, ["leave_voicemail", "hang_up_at_greeting"]),
        (Moment.RECORDING, ["hang_up_at_greeting"]),
    ],
)
def test_the_caller_has_the_buttons_of_the_moment(client, line, moment, buttons):
    row = showing(line, moment)
    caller = state(client, line.number).json()["caller"]
    assert labels(caller) == buttons
    assert caller["detail"] == "Words"
    assert caller["call_id"] == row.call_id


def test_a_ringing_staff_phone_can_be_answered_refused_or_left(client, ring_line):
    showing(ring_line, Moment.RINGING, [["+17735550199", "ringing"]])
    desk = state(client, ring_line.number).json()["desk"]
    (phone,) = desk["phones"]
    assert phone["state"] == "ringing"
    assert labels(phone) == [
        *("accept:0", "decline:0", "staff_voicemail:0", "unreachable:0")
    ]
    assert desk["caller"] == "(312) 555-0142"


def test_a_staff_phone_that_talks_can_hang_up(client, ring_line):
    showing(ring_line, Moment.TALKING, [["+17735550199", "talking"]])
    (phone,) = state(client, ring_line.number).json()["desk"]["phones"]
    assert labels(phone) == ["staff_hang_up"]


def test_a_forwarded_line_says_that_it_rings_nowhere(client, line):
    desk = state(client, line.number).json()["desk"]
    assert desk["phones"] == []
    assert "Forwarded" in desk["note"]


def test_a_desk_that_was_not_rung_says_so(client, ring_line):
    showing(ring_line, Moment.GREETING)
    assert "not rung" in state(client, ring_line.number).json()["desk"]["note"]


def test_a_quiet_phone_shows_no_call(client, ring_line):
    body = state(client, ring_line.number).json()
    assert body["caller"]["call_id"] == ""
    assert body["desk"]["phones"][0]["state"] == "idle"


def test_a_bad_pair_has_no_state(client):
    assert state(client, "nothing").status_code == 400


def test_the_thread_holds_what_reached_the_phone(client, line):
    for number, status in enumerate(["queued", "delivered", "undelivered"]):
        SimulatedText.objects.create(
            message_id=f"SM{number}",
            sender=line.number,
            to=CALLER,
            body=status,
            direction="outbound-api",
            status=status,
        )
    thread = state(client, line.number).json()["texts"]
    assert [(text["body"], text["mine"]) for text in thread] == [("delivered", False)]


# --- Texting and switches ------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"body": " "}, "Write something"),
        ({"body": "a" * 1601}, "longer than"),
        ({"caller": "anonymous", "body": "Hi"}, "withheld"),
    ],
)
def test_a_text_that_cannot_be_sent_gets_a_sentence(client, line, fields, sentence):
    answer = post(client, "simulator-text", **(pair(line) | fields))
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert not SimulatedText.objects.exists()


def test_switches_are_set_and_what_is_not_sent_is_off(client):
    Switches(api_error=True).save()
    answer = post(
        client, "simulator-faults", duplicate_webhooks="on", delay_seconds="7"
    )
    assert answer.json() == json.loads(answer.content)
    assert Switches.now() == Switches(duplicate_webhooks=True, delay_seconds=7)


@pytest.mark.parametrize("written", ["-5", "soon", "9" * 30, ""])
def test_a_delay_that_makes_no_sense_is_bounded(client, written):
    post(client, "simulator-faults", delay_seconds=written)
    assert 0 <= Switches.now().delay_seconds <= 60
