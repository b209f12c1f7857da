"""The page in a real browser, with real web and worker processes behind it."""

import os
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect, sync_playwright

from conversations.tests.running_system import System, wait_until

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FORWARDED, RINGING = "+13125550100", "+13125550120"
SOON = 15_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.xdist_group("processes"),
]


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """Web and worker with the simulator, two businesses, on SQLite."""
    if not CHROMIUM.exists():
        complain = pytest.fail if os.environ.get("REQUIRE_SERVICES") else pytest.skip
        complain(f"needs a browser at {CHROMIUM}")
    simulator = {"SIMULATOR": "1", "TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""}
    system = System(folder=tmp_path_factory.mktemp("simulator"), environ=simulator)
    try:
        system.manage("migrate", "-v0")
        system.business("Northside Heating", FORWARDED)
        desk = ("--plan", "ring", "--ring", "+13125550111")
        system.business("Brightsmile Dental", RINGING, *desk)
        system.start_web()
        system.start_work()
        assert wait_until(system.workers_ready, seconds=30), system.ready()
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="module")
def chromium(system):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=SWITCHES
        )
        yield browser
        browser.close()


@pytest.fixture
def desktop(chromium):
    """A desktop's window; anything that the page complains about fails the test."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if is_complaint(said) else None,
    )
    yield page
    context.close()
    assert complaints == []


def is_complaint(said):
    """A refusal of the server is shown to the visitor; the rest is our mistake."""
    return said.type == "error" and "400 (Bad Request)" not in said.text


def visit(page, system, caller, line):
    query = urlencode({"caller": caller, "line": line})
    page.goto(f"{system.site}/simulator/?{query}")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click(timeout=SOON)


def test_a_missed_call_is_answered_by_text_and_the_thread_goes_on(system, desktop):
    visit(desktop, system, "+13125550142", FORWARDED)
    press(desktop, "Call")
    press(desktop, "Leave a voicemail")
    thread = desktop.locator("#thread")
    expect(thread).to_contain_text("this is Northside Heating", timeout=SOON)
    expect(thread.get_by_role("link")).to_have_attribute(
        "href", re.compile(f"^{system.site}/b/")
    )
    expect(desktop.locator("#timeline")).to_contain_text("Texted", timeout=SOON)
    desktop.get_by_label("Your text").fill("Yes please <b>now</b>")
    desktop.get_by_label("Your text").press("Enter")
    expect(thread).to_contain_text("Yes please <b>now</b>", timeout=SOON)
    press(desktop, "STOP")
    expect(thread).to_contain_text("You are unsubscribed", timeout=SOON)
    expect(desktop.locator("#timeline")).to_contain_text(
        "Asked for no more texts", timeout=SOON
    )
    expect(desktop.locator("#stop")).to_have_text("START")


def test_the_desk_answers_with_the_keyboard_alone(system, desktop):
    visit(desktop, system, "+17735550164", RINGING)
    desktop.get_by_role("button", name="Call", exact=True).focus()
    desktop.keyboard.press("Enter")
    answer = desktop.get_by_role("button", name="Answer (press 1)")
    answer.focus(timeout=SOON)
    desktop.keyboard.press("Enter")
    desk = desktop.locator("#desk-phones")
    expect(desk).to_contain_text("On the phone", timeout=SOON)
    desk.get_by_role("button", name="Hang up").click()
    expect(desktop.locator("#timeline")).to_contain_text("Answered", timeout=SOON)
    expect(desktop.locator("#thread")).to_be_empty()


def test_on_a_phone_nothing_sticks_out(system, chromium):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    visit(page, system, "+15125550117", RINGING)
    press(page, "Call")
    press(page, "Decline")
    expect(page.locator("#thread")).to_contain_text("Brightsmile", timeout=SOON)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()


def test_a_fault_switch_is_kept_and_shown(system, desktop):
    visit(desktop, system, "+15125550117", FORWARDED)
    desktop.get_by_text("Break something").click()
    with desktop.expect_response("**/simulator/faults/"):
        desktop.get_by_label("Webhooks come twice").check()
    expect(desktop.locator("#faults-on")).to_be_visible()
    desktop.reload()
    expect(desktop.locator("#faults-on")).to_be_visible()
    desktop.get_by_text("Break something").click()
    with desktop.expect_response("**/simulator/faults/"):
        desktop.get_by_label("Webhooks come twice").uncheck()
    expect(desktop.locator("#faults-on")).to_be_hidden()


def test_a_number_that_is_none_is_explained(system, desktop):
    visit(desktop, system, "+15125550117", FORWARDED)
    desktop.get_by_label("Whose phone is this?").select_option("")
    desktop.get_by_label("Another number", exact=True).fill("12")
    desktop.get_by_label("Another number", exact=True).press("Tab")
    press(desktop, "Call")
    expect(desktop.get_by_role("alert")).to_contain_text("not a phone number")
