import pytest
from django.urls import reverse

from conversations.gateway.simulator.story import admin_link
from conversations.models import PhoneLine
from conversations.tests import simulated
from conversations.tests.simulated import CALLER

pytestmark = pytest.mark.django_db(transaction=True)
network = simulated.network


def state(client, line, caller=CALLER):
    return client.get(reverse("simulator-state"), {"caller": caller, "line": line})


def say(client, line, words):
    fields = {"caller": CALLER, "line": line.number, "body": words}
    assert client.post(reverse("simulator-text"), fields).status_code == 201


def test_the_story_follows_the_product_step_by_step(
    client, network, ring_line, run_tasks
):
    PhoneLine.objects.update(ring_seconds=1)
    call = network.call(ring_line)
    run_tasks()
    network.catch_up()
    say(client, ring_line, "Yes please")
    network.catch_up()
    say(client, ring_line, "STOP")
    network.catch_up()
    body = state(client, ring_line.number).json()
    titles = [entry["title"] for entry in body["story"]]
    assert titles[0] == "A call comes in"
    assert "Missed: rang 1 s, nobody pressed 1." in titles[1] + titles[2]
    assert "New lead" in titles
    assert any(title.startswith("Texted ") for title in titles)
    assert "Text delivered" in titles
    assert titles[-1] == "Asked for no more texts"
    links = {entry["link"] for entry in body["story"]}
    assert admin_link("call", call.pk) in links
    assert body["keyword"] == "START"
    assert [text["mine"] for text in body["texts"]] == [False, True, True, False]


def test_the_story_says_why_there_was_no_text(client, network, line, run_tasks):
    network.call(line, caller="anonymous")
    run_tasks()
    story = state(client, line.number, "anonymous").json()["story"]
    assert ("No text", "The number was withheld") in [
        (entry["title"], entry["detail"]) for entry in story
    ]


def test_the_story_tells_a_text_that_did_not_go(client, network, line, run_tasks):
    network.call(line, caller="+12125550006")
    run_tasks()
    network.catch_up()
    story = state(client, line.number, "+12125550006").json()["story"]
    (failed,) = [entry for entry in story if entry["tone"] == "bad"]
    assert "landline" in failed["detail"]


def test_a_second_call_of_an_episode_says_that_the_text_went_before(
    client, network, line, run_tasks
):
    for _time in range(2):
        network.call(line)
        run_tasks()
        network.catch_up()
    details = [e["detail"] for e in state(client, line.number).json()["story"]]
    assert "Had been texted after an earlier call." in details


def test_a_model_without_a_staff_page_has_no_link():
    assert admin_link("nothing", 1) == ""
