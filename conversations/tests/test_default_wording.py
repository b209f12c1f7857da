"""The words a new business starts with."""

import re
from itertools import product

import pytest

from conversations.default_wording import default_body
from conversations.segments import measure
from conversations.wording import (
    GREETINGS,
    TEXT_BACKS,
    Situation,
    first_text,
    hints,
    problems,
    render,
)

LANGUAGES = ["en", "es"]
TRADES = ["general", "hvac", "dental", "law"]
SMS = [situation for situation in Situation if situation not in GREETINGS]
BUSINESS = "Northside Heating and Co"  # 24 characters
LINK = "https://missedcall.example/b/AbCdEfGhIjKl"
# The longest values that come up in practice.
LONG = {
    "en": {
        "name": "Maximiliano",
        "opens": "Wednesday at 10:30 am",
        "appointment": "Wed, Sep 23 at 10:30 am",
    },
    "es": {
        "name": "Maximiliano",
        "opens": "el 23 de septiembre a las 10:30 am",
        "appointment": "el 23 de septiembre a las 10:30 am",
    },
}
ALWAYS = {"business": BUSINESS, "link": LINK, "phone": "(212) 555-0100"}

cases = pytest.mark.parametrize(
    ("situation", "language", "trade"), list(product(Situation, LANGUAGES, TRADES))
)
text_cases = pytest.mark.parametrize(
    ("situation", "language", "trade"), list(product(SMS, LANGUAGES, TRADES))
)
text_back_cases = pytest.mark.parametrize(
    ("situation", "language", "trade"),
    list(product(sorted(TEXT_BACKS), LANGUAGES, TRADES)),
)
greeting_cases = pytest.mark.parametrize(
    ("situation", "language"), list(product(sorted(GREETINGS), LANGUAGES))
)


def body_of(situation, language, trade="general"):
    return default_body(situation, language=language, trade=trade)


@cases
def test_every_situation_has_words_without_problems(situation, language, trade):
    body = body_of(situation, language, trade)
    assert problems(body) == []
    assert hints(body, situation) == []


@text_cases
@pytest.mark.parametrize("known", [True, False])
def test_a_first_text_fits_two_cheap_segments(situation, language, trade, known):
    values = ALWAYS | (LONG[language] if known else {})
    text = render(body_of(situation, language, trade), values, language=language)
    sent = first_text(text, business=BUSINESS, language=language)
    size = measure(sent)
    assert size.encoding == "GSM-7", sent
    assert size.segments <= 2, f"{size.units} units: {sent}"


@text_back_cases
def test_a_text_back_says_who_we_are_and_carries_the_link(situation, language, trade):
    text = render(body_of(situation, language, trade), ALWAYS)
    assert BUSINESS in text
    assert LINK in text
    assert ("Sorry" if language == "en" else "entimos") in text.replace(
        "sorry", "Sorry"
    )


@text_back_cases
def test_a_link_is_followed_by_a_space_or_nothing(situation, language, trade):
    text = render(body_of(situation, language, trade), ALWAYS)
    assert re.search(rf" {re.escape(LINK)}($| )", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trade", TRADES)
@pytest.mark.parametrize("situation", [Situation.AFTER_HOURS, Situation.HOLIDAY])
def test_closed_texts_say_when_we_open(situation, language, trade):
    text = render(body_of(situation, language, trade), ALWAYS | LONG[language])
    assert LONG[language]["opens"] in text


@cases
def test_no_typographic_marks_and_no_leftover_braces(situation, language, trade):
    body = body_of(situation, language, trade)
    text = render(body, ALWAYS, language=language)
    assert not re.search("[\u2013\u2014\u2018\u2019\u201c\u201d\u2026<>]", body)
    assert not re.search(r"[{}]|  | [,.;:!?]|[,;:]$", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_trade_says_what_matters_to_it(language):
    texts = [body_of(Situation.IN_HOURS, language, trade) for trade in TRADES]
    assert len(set(texts)) == len(TRADES)
    urgent = {
        "en": {"hvac": "no heat", "dental": "toothache", "law": "not legal advice"},
        "es": {"hvac": "calor", "dental": "dolor", "law": "no es consejo legal"},
    }
    for trade, words in urgent[language].items():
        assert words in body_of(Situation.IN_HOURS, language, trade)


@pytest.mark.parametrize("situation", sorted(TEXT_BACKS))
def test_a_law_office_never_asks_for_details_of_a_case(situation):
    english = body_of(situation, "en", "law")
    spanish = body_of(situation, "es", "law")
    assert "what you need" not in english
    assert "lo que necesita" not in spanish


@greeting_cases
def test_a_greeting_is_at_most_two_sentences(situation, language):
    spoken = render(body_of(situation, language), ALWAYS, language=language)
    assert BUSINESS in spoken
    assert len(re.findall(r"[.!?](?= |$)", spoken)) <= 2
    assert len(spoken.split()) <= 40


@greeting_cases
def test_a_greeting_promises_no_text_that_may_never_come(situation, language):
    spoken = body_of(situation, language)
    assert not re.search("we (will|just)|we'll|le enviaremos|le enviamos", spoken)
    if "text" in spoken or "nuestros mensajes" in spoken:
        assert "If this phone can" in spoken or "Si este teléfono puede" in spoken


@pytest.mark.parametrize("language", LANGUAGES)
def test_replies_to_keywords_say_what_can_be_done_next(language):
    assert "STOP" in body_of(Situation.HELP_REPLY, language)
    assert "{phone}" in body_of(Situation.HELP_REPLY, language)
    assert "START" in body_of(Situation.OPT_OUT_CONFIRMATION, language)
    assert "HELP" in body_of(Situation.OPT_IN_CONFIRMATION, language)


def test_a_trade_or_language_we_do_not_know_gets_general_english():
    general = body_of(Situation.IN_HOURS, "en")
    assert body_of(Situation.IN_HOURS, "fr", "bakery") == general
    assert body_of(Situation.IN_HOURS, "es-MX") == body_of(Situation.IN_HOURS, "es")
