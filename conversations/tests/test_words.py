"""The business's own words, filled in for one caller."""

from datetime import UTC, datetime

import pytest

from conversations.default_wording import default_body
from conversations.tests.factories import TemplateFactory
from conversations.wording import MAX_CHARACTERS, Situation
from conversations.words import (
    body_for,
    greeting_words,
    opening_words,
    text_back_words,
    words_for,
)
from crm.tests.factories import BusinessFactory, LeadFactory, OpeningHoursFactory

# A Tuesday, 10 in the morning in Chicago.
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """Northside Heating, open on Mondays from 8 to 18."""
    shop = BusinessFactory(name="Northside Heating", trade="hvac")
    OpeningHoursFactory(business=shop)
    return shop


def test_the_businesss_own_words_come_before_the_trades(shop):
    assert body_for(shop, Situation.IN_HOURS, language="en") == default_body(
        Situation.IN_HOURS, language="en", trade="hvac"
    )
    TemplateFactory(business=shop, body="Ours")
    assert body_for(shop, Situation.IN_HOURS, language="en") == "Ours"


def test_words_of_other_businesses_languages_and_situations_are_not_used(shop):
    TemplateFactory(body="Theirs")
    TemplateFactory(business=shop, language="es", body="Hola")
    TemplateFactory(business=shop, situation=Situation.HOLIDAY, body="Holiday")

    body = body_for(shop, Situation.IN_HOURS, language="en")

    assert body not in ("Theirs", "Hola", "Holiday")


def test_values_are_filled_in_and_empty_ones_fall_back(shop):
    TemplateFactory(business=shop, body="{business}: hi {name|there}, {link}")

    words = words_for(
        shop,
        Situation.IN_HOURS,
        language="en",
        values={"name": "", "link": "https://x.example/b/1/"},
    )

    assert words == "Northside Heating: hi there, https://x.example/b/1/"


def test_the_first_text_says_who_writes_and_how_to_stop(shop):
    TemplateFactory(business=shop, body="Sorry, {name|friend}!")
    lead = LeadFactory(business=shop, name="Maria Lopez")

    first, later = (
        text_back_words(
            lead=lead, situation=Situation.IN_HOURS, values={}, is_first=is_first
        )
        for is_first in (True, False)
    )

    assert first == "Northside Heating: Sorry, Maria! Reply STOP to opt out."
    assert later == "Sorry, Maria!"


def test_a_lead_is_written_to_in_their_own_language(shop):
    TemplateFactory(business=shop, language="es", body="Hola {name}")
    lead = LeadFactory(business=shop, name="Maria", language="es")

    words = text_back_words(
        lead=lead, situation=Situation.IN_HOURS, values={}, is_first=True
    )

    assert words.startswith("Northside Heating: Hola Maria")
    assert "Responda STOP" in words


def test_a_lead_without_a_language_gets_the_businesss(shop):
    shop.language = "es"
    TemplateFactory(business=shop, language="es", body="Hola")

    words = text_back_words(
        lead=LeadFactory(business=shop),
        situation=Situation.IN_HOURS,
        values={},
        is_first=False,
    )

    assert words == "Hola"


def test_a_text_is_never_longer_than_the_carrier_takes(shop):
    TemplateFactory(business=shop, body="{name} " * 20)
    lead = LeadFactory(business=shop, name="M" * 119)

    words = text_back_words(
        lead=lead, situation=Situation.IN_HOURS, values={}, is_first=True
    )

    assert len(words) == MAX_CHARACTERS


def test_the_next_opening_is_said_in_words(shop):
    assert opening_words(shop, now=NOW, language="en") == "Monday at 8 am"
    assert opening_words(shop, now=NOW, language="es") == "el lunes a las 8 am"


def test_a_business_that_never_opens_says_nothing_about_it():
    assert opening_words(BusinessFactory(), now=NOW, language="en") == ""


def test_a_greeting_says_when_the_doors_open(shop):
    TemplateFactory(
        business=shop,
        situation=Situation.GREETING_AFTER_HOURS,
        body="{business} opens {opens}.",
    )

    words = greeting_words(shop, Situation.GREETING_AFTER_HOURS, now=NOW)

    assert words == "Northside Heating opens Monday at 8 am."
