"""The page behind a texted link, as Maria's phone sees it."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from booking.links import link_for
from booking.models import BookingLink
from crm.models import ConsentEvent, DeskTask, Lead, LeadEvent

ASKED = {
    "name": "Maria Lopez",
    "phone": "(312) 555-0143",
    "preferred": "soon",
    "other": "",
    "note": "No heat since last night",
}


def everything():
    """All that a visit could change."""
    models = (BookingLink, DeskTask, Lead, LeadEvent, ConsentEvent)
    return json.dumps(
        [list(m.objects.order_by("pk").values()) for m in models], default=str
    )


def kinds():
    return sorted(LeadEvent.objects.values_list("kind", flat=True))


def test_looking_at_a_link_changes_nothing(client, address):
    before = everything()

    for method in (client.get, client.head):
        assert method(address).status_code == 200

    assert everything() == before


def test_the_page_names_the_business_in_its_colour_and_knows_the_number(
    client, address
):
    page = client.get(address).content.decode()

    assert "Northside Heating" in page
    assert "--brand:#b4420f" in page
    assert "(312) 555-0143" in page
    assert "This morning" in page
    assert 'href="tel:+13125550110"' in page


def test_a_request_is_one_task_for_the_desk(client, address, maria):
    answer = client.post(address, ASKED)

    assert (answer.status_code, answer["Location"]) == (303, f"{address}thanks/")
    task = DeskTask.objects.get()
    assert task.kind == DeskTask.Kind.CALL_BACK_ASKED
    assert task.lead == maria
    assert task.ref == "episode:12"
    assert task.detail == "Maria Lopez, (312) 555-0143: No heat since last night"
    assert task.preferred_time == ""
    assert kinds() == ["call_back_asked", "link_opened"]


def test_sending_it_twice_is_still_one_task(client, address):
    for _time in range(2):
        assert client.post(address, ASKED).status_code == 303

    assert DeskTask.objects.count() == 1
    assert kinds() == ["call_back_asked", "link_opened"]


def test_a_chosen_part_of_a_day_reaches_the_desk_with_its_date(client, address):
    client.post(address, {**ASKED, "preferred": "2026-11-24/afternoon"})

    assert DeskTask.objects.get().preferred_time == "Tue, Nov 24, afternoon"


def test_a_time_in_own_words_reaches_the_desk(client, address):
    client.post(address, {**ASKED, "preferred": "other", "other": "after the game"})

    assert DeskTask.objects.get().preferred_time == "after the game"


def test_the_last_wish_counts(client, address):
    client.post(address, {**ASKED, "preferred": "2026-11-24/afternoon"})
    client.post(address, {**ASKED, "note": "It works again"})

    task = DeskTask.objects.get()
    assert task.preferred_time == ""
    assert "It works again" in task.detail


def test_a_finished_task_comes_back_when_asked_again(client, address):
    client.post(address, ASKED)
    DeskTask.objects.update(state=DeskTask.State.DONE)
    client.post(address, ASKED)

    assert DeskTask.objects.get().state == DeskTask.State.OPEN


def test_the_name_is_kept_only_where_there_was_none(client, address, maria):
    client.post(address, ASKED)
    maria.refresh_from_db()
    assert maria.name == "Maria Lopez"

    client.post(address, {**ASKED, "name": "Somebody Else"})
    maria.refresh_from_db()
    assert maria.name == "Maria Lopez"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Tell us your name"),
        ({"phone": ""}, "Tell us which number to call"),
        ({"phone": "12"}, "is not a phone number we know"),
        ({"phone": "312 555 0143 ext. 4"}, "Leave out the extension"),
        ({"preferred": ""}, "Choose a time"),
        ({"preferred": "2026-11-23/morning"}, "no longer possible"),
        ({"preferred": "other"}, "Tell us a time that suits you"),
        ({"note": "x" * 251}, "at most 250"),
        ({"name": "Maria\x00"}, "Null characters are not allowed"),
    ],
)
def test_a_mistake_is_explained_and_nothing_is_written(
    client, address, change, sentence
):
    before = everything()

    answer = client.post(address, {**ASKED, **change})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert everything() == before


def test_what_was_typed_is_still_there_after_a_mistake(client, address):
    page = client.post(address, {**ASKED, "phone": "12"}).content.decode()

    assert "No heat since last night" in page
    assert "Maria Lopez" in page


def test_typed_text_cannot_become_markup(client, address):
    note = "<script>alert(1)</script>"
    client.post(address, {**ASKED, "note": note})

    assert note not in client.get(f"{address}thanks/").content.decode()


def test_the_sixth_change_within_an_hour_is_told_kindly(client, address):
    for count in range(5):
        assert client.post(address, {**ASKED, "note": f"{count}"}).status_code == 303
    answer = client.post(address, {**ASKED, "note": "6"})

    assert answer.status_code == 429
    assert "Your last request has reached us" in answer.content.decode()
    assert DeskTask.objects.get().detail.endswith(": 4")


def test_an_hour_later_changes_are_welcome_again(client, address, now, monkeypatch):
    for count in range(6):
        client.post(address, {**ASKED, "note": f"{count}"})
    monkeypatch.setattr(
        "django.utils.timezone.now", lambda: now + timedelta(minutes=61)
    )

    assert client.post(address, {**ASKED, "note": "later"}).status_code == 303


def test_thanks_says_who_calls_and_when_while_open(client, address):
    client.post(address, ASKED)
    page = client.get(f"{address}thanks/").content.decode()

    assert "Northside Heating will call you." in page
    assert "We are open now and will call you as soon as we can." in page


def test_thanks_says_when_the_doors_open(client, address, now, monkeypatch):
    evening = now + timedelta(hours=10)
    monkeypatch.setattr("django.utils.timezone.now", lambda: evening)
    client.post(address, ASKED)
    page = client.get(f"{address}thanks/").content.decode()

    assert "We are closed now and open tomorrow at 8 am. We will call you then." in page


def test_thanks_promises_no_hour_where_the_doors_never_open(client, address, business):
    business.opening_hours.all().delete()
    client.post(address, ASKED)

    assert (
        "We will call you as soon as we can."
        in client.get(f"{address}thanks/").content.decode()
    )


def test_thanks_repeats_a_chosen_time(client, address):
    client.post(address, {**ASKED, "preferred": "2026-11-25/morning"})

    assert (
        "We have noted your time: Wed, Nov 25, morning."
        in client.get(f"{address}thanks/").content.decode()
    )


def test_thanks_without_a_request_leads_to_the_page(client, address):
    answer = client.get(f"{address}thanks/")

    assert (answer.status_code, answer["Location"]) == (303, address)


def test_a_touch_of_the_page_is_written_down_once(client, address, link):
    for _time in range(2):
        assert client.post(f"{address}opened/").status_code == 204

    link.refresh_from_db()
    assert link.used_at is not None
    assert kinds() == ["link_opened"]


def test_an_old_link_says_whom_to_call(client, address, now, monkeypatch):
    later = now + timedelta(days=30)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    before = everything()

    for answer in (client.get(address), client.post(address, ASKED)):
        assert answer.status_code == 410
        assert "(312) 555-0110" in answer.content.decode()
    assert everything() == before


def test_an_old_link_of_a_business_without_a_phone_asks_for_a_text(
    client, address, business, now, monkeypatch
):
    business.phone = ""
    business.save()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(days=31))

    assert "Please answer our text" in client.get(address).content.decode()


@pytest.mark.parametrize("path", ["", "thanks/"])
def test_a_made_up_link_is_a_friendly_404(client, db, path):
    answer = client.get(f"/b/made-up-token/{path}")

    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_a_made_up_link_cannot_be_written_to(client, db):
    assert client.post("/b/made-up-token/", ASKED).status_code == 404
    assert client.post("/b/made-up-token/opened/").status_code == 404


def test_other_methods_are_refused(client, address):
    assert client.delete(address).status_code == 405
    assert client.get(f"{address}opened/").status_code == 405
    assert client.post(f"{address}thanks/").status_code == 405


@pytest.mark.parametrize("path", ["", "thanks/", "made-up/"])
def test_the_page_stays_private(client, address, path):
    answer = client.get(f"/b/{path}" if path == "made-up/" else address + path)

    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["X-Frame-Options"] == "DENY"
    assert not answer.cookies


def test_only_our_own_files_run_on_the_page(client, address):
    answer = client.get(address)
    policy, page = answer["Content-Security-Policy"], answer.content.decode()
    nonce = re.search(r"<style nonce=\"([^\"]+)\">", page)[1]

    assert f"style-src 'self' 'nonce-{nonce}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", page)
    assert not re.search(r"""\son\w+=|\sstyle=|<script>""", page)


def test_each_answer_has_a_nonce_of_its_own(client, address):
    first, second = (client.get(address)["Content-Security-Policy"] for _ in range(2))

    assert first != second


def test_a_colour_that_is_none_cannot_break_out_of_the_style(client, address, business):
    business.color = "}</sty"
    business.save()

    assert "--brand:#0f766e" in client.get(address).content.decode()


def test_the_form_needs_no_cookie_and_no_token(address, maria):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(address, ASKED).status_code == 303


def test_maria_reads_spanish_when_we_know_that_she_does(client, address, maria):
    maria.language = "es"
    maria.save()
    page = client.get(address).content.decode()

    assert '<html lang="es">' in page
    assert "Le llamaremos" in page
    assert "Esta mañana" in page


def test_without_her_language_the_businesss_own_is_used(client, address, business):
    business.language = "es"
    business.save()
    client.post(address, {**ASKED, "preferred": "2026-11-25/morning"})

    assert DeskTask.objects.get().preferred_time == "mié 25 Nov, mañana"
    assert "Gracias" in client.get(f"{address}thanks/").content.decode()


def test_a_link_for_no_opportunity_is_a_thing_of_its_own(client, maria, now):
    path = "/b/" + link_for(lead=maria, ref="", now=now).split("/b/")[1]
    client.post(path, ASKED)

    assert DeskTask.objects.get().ref == f"link:{BookingLink.objects.get().pk}"
