"""Editing the business's words, with the preview beside them."""

import pytest
from django.urls import reverse

from conversations.models import Template
from conversations.tests.factories import TemplateFactory
from crm.models import Membership
from crm.tests.factories import BusinessFactory, MembershipFactory

pytestmark = pytest.mark.django_db

PREVIEW = reverse("admin:conversations_template_preview")


@pytest.fixture
def business(client):
    """The business whose manager is signed in with `client`."""
    member = MembershipFactory(
        role=Membership.Role.MANAGER,
        business=BusinessFactory(name="Acme", phone="+13125550199"),
    )
    client.force_login(member.user)
    return member.business


def look(client, body, situation="in_hours", **more):
    fields = {"body": body, "situation": situation, "language": "en", **more}
    return client.post(PREVIEW, fields).json()


def save(client, body, situation="in_hours"):
    fields = {"situation": situation, "language": "en", "body": body}
    return client.post(reverse("admin:conversations_template_add"), fields)


def test_the_preview_fills_in_the_business_and_examples(client, business):
    seen = look(client, "Hi {name}, {business} here: {phone}. Book: {link}")
    assert seen["text"].startswith("Hi Maria, Acme here: (312) 555-0199. Book: http")
    assert seen["problems"] == []


def test_the_first_text_says_who_and_how_to_stop(client, business):
    seen = look(client, "Sorry we missed you: {link}")
    assert seen["first"].startswith("Acme: Sorry we missed you")
    assert seen["first"].endswith("Reply STOP to opt out.")


def test_words_that_say_both_need_no_second_bubble(client, business):
    assert look(client, "Acme here. Reply STOP to opt out.")["first"] == ""


def test_the_size_follows_the_alphabet(client, business):
    assert look(client, "Hello")["size"] == "5 / 160 · 1 text"
    assert "emoji" in look(client, "Hello 👋")["size"]


def test_greetings_are_spoken_and_have_no_size(client, business):
    seen = look(client, "Hello", situation="greeting_in_hours")
    assert seen["spoken"]
    assert (seen["size"], seen["first"]) == ("", "")


def test_what_is_wrong_or_forgotten_is_said(client, business):
    seen = look(client, "Hi {nam}", situation="after_hours")
    assert "Did you mean {name}?" in seen["problems"][0]
    assert len(seen["hints"]) == 2


def test_our_own_words_are_offered(client, business):
    assert "{business}" in look(client, "")["usual"]
    assert look(client, "", situation="nonsense")["usual"] == ""


def test_the_preview_of_another_business_is_refused(client, business):
    other = BusinessFactory(name="Secret")
    fields = {"body": "{business}", "business": other.pk}
    assert client.post(PREVIEW, fields).status_code == 403
    assert client.post(PREVIEW, {**fields, "business": "x"}).status_code == 403


def test_strangers_get_no_preview(client):
    assert client.post(PREVIEW, {"body": "x"}).status_code == 302


def test_the_front_desk_may_look_at_words_and_not_change_them(client, business):
    template = TemplateFactory(business=business)
    desk = MembershipFactory(business=business)
    client.force_login(desk.user)
    page = reverse("admin:conversations_template_change", args=[template.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"body": "Hi"}).status_code == 403


def test_good_words_are_kept_as_typed(client, business):
    save(client, "Hi {name|there}.\r\nBook: {link}")
    assert Template.objects.get().body == "Hi {name|there}.\nBook: {link}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "this text is empty"),
        ("Hi {nam}", "Did you mean {name}?"),
        ("Hi {name", "has no matching }"),
    ],
)
def test_words_that_would_puzzle_are_refused_in_a_sentence(
    client, business, body, words
):
    answer = save(client, body)
    assert words in answer.content.decode()
    assert not Template.objects.exists()


def test_a_second_wording_for_one_situation_is_refused(client, business):
    TemplateFactory(business=business)
    assert save(client, "Hello again").status_code == 200
    assert Template.objects.count() == 1


def test_words_are_changed(client, business):
    template = TemplateFactory(business=business)
    address = reverse("admin:conversations_template_change", args=[template.pk])
    fields = {"situation": "in_hours", "language": "en", "body": "New words"}
    assert client.post(address, fields).status_code == 302
    template.refresh_from_db()
    assert template.body == "New words"


def test_the_page_names_the_variables(client, business):
    template = TemplateFactory(business=business)
    page = reverse("admin:conversations_template_change", args=[template.pk])
    shown = client.get(page).content.decode()
    assert 'data-insert="{name}"' in shown
    assert PREVIEW in shown
