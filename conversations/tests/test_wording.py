"""Variables, checks and the first text to a number."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from conversations.wording import (
    GREETINGS,
    TEXT_BACKS,
    Situation,
    first_text,
    hints,
    problems,
    render,
    variables,
)

# What a manager writes, and what a caller without a known name gets.
WITHOUT_A_NAME = [
    ("Hi {name}, sorry we missed you.", "Hi, sorry we missed you."),
    ("Hi {name|there}, sorry.", "Hi there, sorry."),
    ("Hi { name | there }!", "Hi there!"),
    ("Hi {name|}!", "Hi!"),
    ("Hi {name}", "Hi"),
    ("Hi {name} and welcome", "Hi and welcome"),
    ("Hi {name}and welcome", "Hi and welcome"),
    ("Hi{name}!", "Hi!"),
    ("{name}, sorry we missed you.", "Sorry we missed you."),
    ("{name}! Sorry.", "Sorry."),
    ("Thanks. {name}, call us.", "Thanks. Call us."),
    ("Thanks. {name}. Bye", "Thanks. Bye"),
    ("Thanks. {name}.", "Thanks."),
    ("Thanks! {name}", "Thanks!"),
    ("Book a time: {link}", "Book a time:"),
    ("Book a time: {link}.", "Book a time."),
    ("Hi {name}, {link}, bye", "Hi, bye"),
    ("Hi {name} {link}, bye", "Hi, bye"),
    ("Call us ({link}) today", "Call us today"),
    ("¡{name}! Bienvenida", "Bienvenida"),
    ("¿{name}? Hola", "Hola"),
    ('Dear "{name}", hello', "Dear, hello"),
    ("[{name}] hello", "Hello"),
    ("{name} https://example.com", "https://example.com"),
    ("{name} {business}", "Acme"),
    ("Hi\n{name}\nbye", "Hi\n\nbye"),
    ("Hi {name},\n\nbye\n", "Hi,\n\nbye\n"),
    ("{nonsense}Hello", "Hello"),
    ("Hi {nonsense|friend}", "Hi friend"),
    ("Two  spaces {name}stay  here", "Two  spaces stay  here"),
]


@pytest.mark.parametrize(("body", "text"), WITHOUT_A_NAME)
def test_a_missing_value_leaves_no_hole_in_the_sentence(body, text):
    assert render(body, {"business": "Acme"}) == text


@pytest.mark.parametrize("empty", ["", "  ", "\t"])
def test_a_blank_value_counts_as_missing(empty):
    assert render("Hi {name|there}", {"name": empty}) == "Hi there"


def test_known_values_take_the_place_of_their_variables():
    body = "Hi {name}, {business} opens {opens}: {link}"
    values = {"name": "Ana", "business": "Acme", "opens": "Monday", "link": "x.co/1"}
    assert render(body, values) == "Hi Ana, Acme opens Monday: x.co/1"


def test_names_of_variables_may_be_typed_in_capitals_and_with_spaces():
    assert render("Hi {Name}, { LINK }", {"name": "Ana", "link": "x"}) == "Hi Ana, x"


def test_a_variable_may_come_twice():
    assert render("{name} {name}", {"name": "Ana"}) == "Ana Ana"


def test_important_variables_have_a_default_of_their_own():
    assert render("This is {business}.", {}) == "This is our office."
    assert render("We open {opens}.", {}) == "We open in business hours."
    assert render("We open {opens|}.", {}) == "We open."
    assert render("Abrimos {opens}.", {}, language="es-MX") == (
        "Abrimos en nuestro horario."
    )


def test_values_are_put_in_literally():
    odd = "{link} \\1 {name|x} %s , ."
    assert render("Hi {name}! {link}", {"name": odd, "link": "L"}) == f"Hi {odd}! L"


def test_spaces_inside_a_value_are_not_tidied():
    assert render("{name} {link}!", {"name": "A  , B "}) == "A  , B !"


def test_leaving_out_a_variable_never_makes_a_new_one():
    assert render("{{nonsense}name}", {"name": "Ana"}) == "{name}"


def test_unknown_names_are_not_filled_in_even_when_a_value_exists():
    assert render("Hi {secret}!", {"secret": "s3"}) == "Hi!"


@pytest.mark.parametrize(
    "body",
    ["a { b", "a } b", "{}", "{ }", "{|there}", "}{", "{na\nme}", "{{", "1 {"],
)
def test_a_brace_that_is_no_variable_stays_text(body):
    assert render(body, {"name": "Ana"}) == body


@given(
    st.text(alphabet="{}|namelik ,.!\n\0\1x", max_size=40),
    st.dictionaries(st.sampled_from(["name", "link"]), st.text(max_size=8)),
)
def test_rendering_never_fails_and_keeps_line_breaks(body, values):
    text = render(body, values)
    in_values = sum(value.count("\n") for value in values.values())
    assert text.count("\n") >= body.count("\n")
    if not in_values:
        assert text.count("\n") == body.count("\n")


@given(st.text(alphabet="abc ,.!{}\n", max_size=60))
def test_a_body_without_variables_is_left_exactly_as_typed(body):
    plain = body.replace("{", "")
    assert render(plain, {"name": "Ana"}) == plain


# Problems and hints


def test_a_good_body_has_no_problems():
    assert problems("Hi {name|there}, {business}: {link} {opens} {appointment}") == []


@pytest.mark.parametrize("body", ["", "  \n"])
def test_an_empty_body_is_a_problem(body):
    assert problems(body) == ["Write some words: this text is empty."]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("nmae", "name"),
        ("links", "link"),
        ("Bussiness", "business"),
        ("first name", "name"),
        ("nombre", "name"),
        ("company", "business"),
        ("url", "link"),
    ],
)
def test_an_unknown_variable_is_named_with_what_was_probably_meant(name, meant):
    assert problems(f"Hi {{{name}}}") == [
        f"There is no {{{name}}}. Did you mean {{{meant}}}?"
    ]


def test_an_unknown_variable_like_no_other_lists_what_there_is():
    (sentence,) = problems("Hi {zzz}")
    assert sentence.startswith("There is no {zzz}. You can use {business}, {name}")


def test_an_unknown_variable_is_named_once():
    assert len(problems("{zzz} {zzz|a}")) == 1


@pytest.mark.parametrize(
    ("body", "start"),
    [
        ("Hi {name", "A { has no matching }."),
        ("Hi name}", "A } has no matching {."),
        ("Hi {{name}}", "A { has no matching }."),
        ("Hi {}", "A { has no matching }."),
    ],
)
def test_a_brace_without_a_partner_is_a_problem(body, start):
    (sentence,) = problems(body)
    assert sentence.startswith(start)


def test_a_body_may_have_1600_characters_and_not_one_more():
    assert problems("x" * 1600) == []
    (sentence,) = problems("x" * 1601)
    assert "1,601 characters" in sentence


def test_the_length_counts_what_the_variables_will_say():
    assert problems("x" * 1590 + " {link}") != []


def test_a_text_back_without_a_link_is_a_hint_and_no_problem():
    assert problems("Sorry we missed you.") == []
    assert len(hints("Sorry we missed you.", Situation.IN_HOURS)) == 1
    assert hints("Sorry. { Link |}", Situation.IN_HOURS) == []
    assert hints("Thanks for calling.", Situation.GREETING_IN_HOURS) == []


def test_an_after_hours_text_without_the_opening_time_is_a_hint():
    assert len(hints("Closed. {link}", Situation.AFTER_HOURS)) == 1
    assert hints("We open {opens}. {link}", Situation.AFTER_HOURS) == []


# The first text


def first(body, business="Acme Air", language="en"):
    return first_text(body, business=business, language=language)


def test_the_first_text_names_the_business_and_says_how_to_stop():
    assert first("Sorry we missed you.") == (
        "Acme Air: Sorry we missed you. Reply STOP to opt out."
    )
    assert first("Disculpe.", language="es") == (
        "Acme Air: Disculpe. Responda STOP para no recibir mas."
    )


@pytest.mark.parametrize(
    "body",
    [
        "Acme Air here. Text STOP to end.",
        "ACME AIR here. STOP=end",
        "acme air here. Reply 'stop' to end.",
        "acme air: responda stop para salir",
    ],
)
def test_a_text_that_says_both_is_left_alone(body):
    assert first(body) == body


@pytest.mark.parametrize(
    "body", ["Acme Air: stop by at 5", "Acme Air, NON-STOP service", "Acme Air STOPS"]
)
def test_a_stop_that_tells_nobody_how_to_stop_does_not_count(body):
    assert first(body) == f"{body} Reply STOP to opt out."


def test_a_stop_inside_the_name_of_the_business_does_not_count():
    assert first("Pit STOP Auto here.", business="Pit STOP Auto") == (
        "Pit STOP Auto here. Reply STOP to opt out."
    )


def test_a_name_inside_another_word_is_not_the_name():
    for body in ("We also text. STOP ends it.", "Seasonal deals. STOP ends it."):
        assert first(body, business="Al") == f"Al: {body}"


def test_a_name_with_special_characters_is_found():
    assert first("Heat (24/7)+ here. STOP ends.", business="Heat (24/7)+") == (
        "Heat (24/7)+ here. STOP ends."
    )


def test_an_empty_text_or_name_still_makes_a_clean_first_text():
    assert first("") == "Acme Air: Reply STOP to opt out."
    assert first(" Hello.\n", business=" ") == "Hello. Reply STOP to opt out."


@given(st.text(max_size=60), st.sampled_from(["Acme", "STOP & Go", "Zoë"]))
def test_making_a_first_text_twice_changes_nothing(body, business):
    once = first(body, business=business)
    assert business.lower() in once.lower()
    assert first(once, business=business) == once


# What the editor shows


def test_every_variable_is_explained_with_an_example_that_can_be_rendered():
    listed = variables()
    assert {name for name, _, _ in listed} == {
        "business",
        "name",
        "link",
        "opens",
        "appointment",
        "phone",
    }
    for name, label, example in listed:
        assert label
        assert render(f"{{{name}}}", {name: example}) == example


def test_situations_fit_their_column_and_have_labels_of_their_own():
    assert all(len(value) <= 24 for value in Situation.values)
    with override("en"):
        assert len({str(label) for label in Situation.labels}) == len(Situation)


def test_text_backs_and_greetings_are_different_situations():
    assert not TEXT_BACKS & GREETINGS
    assert len(TEXT_BACKS) == 6
    assert len(GREETINGS) == 4
