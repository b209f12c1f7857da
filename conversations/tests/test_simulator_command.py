import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conversations.gateway.simulator import wire
from conversations.gateway.simulator.scripts import SCRIPTS
from conversations.gateway.simulator.switchboard import Setting
from conversations.gateway.simulator.wire import NoAnswerError
from conversations.models import Message, PhoneLine
from conversations.tests import simulated
from conversations.tests.simulated import CALLER, QUICK

pytestmark = pytest.mark.django_db(transaction=True)
network = simulated.network
COMMAND = "missedcall.management.commands.simulate_call"


@pytest.fixture
def worked(network, monkeypatch, run_tasks):
    """A server whose work is done whenever the command looks for the result."""

    def work(seconds):
        run_tasks()
        network.catch_up()

    monkeypatch.setattr(f"{COMMAND}.Setting", quick)
    monkeypatch.setattr(f"{COMMAND}.time.sleep", work)
    return network


def quick(**options):
    return Setting(pace=QUICK, **options)


def simulate(*arguments):
    out = StringIO()
    call_command("simulate_call", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments):
    with pytest.raises(CommandError) as caught:
        simulate(*arguments)
    return caught.value


def test_the_command_prints_what_happens_with_its_seconds(worked, line):
    printed = simulate(CALLER)
    assert "0.0" in printed.splitlines()[0]
    assert "The call rings." in printed
    assert "A text arrives: " in printed
    assert "Texted" in printed.splitlines()[-1]


def test_json_is_one_object_with_the_outcome_and_the_text(worked, line):
    told = json.loads(simulate(CALLER, "--to", line.number, "--json"))
    assert told["outcome"] == "voicemail_empty"
    assert told["episode_state"] == "texted"
    assert told["text"] == Message.objects.get().body
    assert told["text_seconds"] >= 0
    assert told["explained"] is True


@pytest.mark.parametrize("outcome", sorted(SCRIPTS))
def test_every_outcome_can_be_asked_for(worked, ring_line, monkeypatch, outcome):
    PhoneLine.objects.update(ring_seconds=1)
    at_once = {
        name: {moment: (0.0, wish) for moment, (_seconds, wish) in script.items()}
        for name, script in SCRIPTS.items()
    }
    monkeypatch.setattr("conversations.gateway.simulator.scripts.SCRIPTS", at_once)
    told = json.loads(simulate(CALLER, "--outcome", outcome, "--json"))
    expected = {
        "accept": "answered",
        "hang-up": "cancelled",
        "voicemail": "voicemail",
    }
    assert told["outcome"] == expected.get(outcome, "voicemail_empty")
    assert bool(told["text"]) is (outcome != "accept")


def test_duplicate_sends_every_webhook_twice_and_one_text(worked, line):
    simulate(CALLER, "--duplicate")
    assert worked.statuses("/twilio/voice/") == ["ringing", "ringing"]
    assert Message.objects.count() == 1


def test_a_caller_who_withholds_the_number_is_explained_without_a_text(worked, line):
    told = json.loads(simulate("anonymous", "--json"))
    assert told["reason"] == "withheld"
    assert told["text"] is None


def test_without_a_worker_the_command_says_what_is_missing(network, line, monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.Setting", quick)
    error = refusal(CALLER, "--wait", "0")
    assert "manage.py work" in str(error)
    assert error.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["12"], "not a phone number"),
        ([CALLER, "--to", "+13125550199"], "no line of any business"),
        ([CALLER, "--outcome", "accept"], "forwarded line"),
        (["+13125550100"], "cannot call itself"),
    ],
)
def test_a_call_that_cannot_be_placed_gets_one_sentence(
    network, line, arguments, sentence
):
    error = refusal(*arguments)
    assert sentence in str(error)
    assert error.returncode == 2


def test_without_any_line_the_command_says_so(network):
    assert "create_business" in str(refusal(CALLER))


def test_a_server_that_does_not_run_gets_one_sentence(network, line, settings):
    settings.PORT = 9
    error = refusal(CALLER)
    assert "No server answers at http://127.0.0.1:9" in str(error)
    assert error.returncode == 2


def test_a_simulator_that_is_off_gets_one_sentence(network, line, settings):
    settings.SIMULATOR = False
    assert "switched off" in str(refusal(CALLER))


def test_a_server_with_another_key_gets_one_sentence(network, line, monkeypatch):
    def refuse(url, params):
        raise NoAnswerError("/webhooks/twilio/voice/: HTTP 403")

    monkeypatch.setattr(wire, "_post", refuse)
    error = refusal(CALLER)
    assert "SECRET_KEY" in str(error)
    assert error.returncode == 2
