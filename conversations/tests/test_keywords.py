"""STOP, START, HELP, and everything that only looks like them."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conversations.keywords import Keyword, classify, is_yes
from conversations.tests.keyword_samples import (
    ASKS_FOR_HELP,
    ASKS_TO_START,
    ASKS_TO_STOP,
    CARRIER_WORDS,
    ORDINARY,
)
from conversations.tests.optout_cases import run_case

around = st.text(
    st.sampled_from(" \t\n.,;:!?\"'()[]*_-~#…\u200b\u2060\ufe0f\u201c\u2019🛑😡✋🏽"),
    max_size=6,
)
any_case = st.lists(st.booleans(), min_size=11, max_size=11)


def _in_case(word, upper):
    return "".join(
        c.upper() if up else c.lower() for c, up in zip(word, upper, strict=False)
    )


@pytest.mark.parametrize("text", CARRIER_WORDS)
def test_a_carriers_keyword_is_a_stop(text):
    assert run_case({"text": text}) == "stop"


@pytest.mark.parametrize("text", ASKS_TO_STOP)
def test_a_clear_request_is_a_stop_in_any_words(text):
    assert run_case({"text": text}) == "stop"


@pytest.mark.parametrize("text", ORDINARY)
def test_a_message_that_only_contains_such_a_word_is_a_message(text):
    assert run_case({"text": text}) is None


@pytest.mark.parametrize("text", ASKS_TO_START)
def test_start_is_asked_for_in_plain_words_only(text):
    assert run_case({"text": text}) == "start"


@pytest.mark.parametrize("text", ASKS_FOR_HELP)
def test_help_counts_when_it_stands_alone(text):
    assert run_case({"text": text}) == "help"


@given(word=st.sampled_from(CARRIER_WORDS), upper=any_case, before=around, after=around)
@example(word="STOP", upper=[True] * 11, before="", after="\n\nSent from my iPhone")
def test_a_keyword_counts_in_any_case_and_decoration(word, upper, before, after):
    assert classify(before + _in_case(word, upper) + after) is Keyword.STOP


@given(
    word=st.sampled_from(["start", "unstop", "help", "info"]),
    upper=any_case,
    before=around,
    after=around,
)
def test_start_and_help_count_in_any_case_and_decoration(word, upper, before, after):
    expected = Keyword.START if word in {"start", "unstop"} else Keyword.HELP

    assert classify(before + _in_case(word, upper) + after) is expected


@given(
    word=st.sampled_from(CARRIER_WORDS),
    other=st.sampled_from(["by", "appointment", "tomorrow", "leak", "sign", "no"]),
    upper=any_case,
)
def test_a_keyword_with_something_to_do_is_a_message(word, other, upper):
    assert classify(f"{_in_case(word, upper)} {other}?") is None


@given(st.text(max_size=60))
@example("\ud83d")
def test_any_text_gets_an_answer_and_the_same_one_twice(text):
    assert classify(text) == classify(text)
    assert is_yes(text) in {True, False}


@pytest.mark.parametrize("said", ["STOP", "stop", " Stop "])
def test_the_carriers_verdict_wins_over_the_text(said):
    assert classify("see you at five", carrier_type=said) is Keyword.STOP
    assert classify("stop", carrier_type="START") is Keyword.START
    assert classify("stop", carrier_type="help") is Keyword.HELP


@pytest.mark.parametrize("said", [None, "", "SOMETHING"])
def test_without_a_known_verdict_the_text_decides(said):
    assert classify("stop", carrier_type=said) is Keyword.STOP
    assert classify("hello", carrier_type=said) is None


@pytest.mark.parametrize("text", ["YES", "yes!", "Yes 👍", "“Yes.”", "Y E S"])
def test_yes_alone_is_left_to_who_knows_the_history(text):
    assert is_yes(text)
    assert classify(text) is None


@pytest.mark.parametrize(
    "text", ["", "yes please", "yes, 5 pm", "yesterday", "y", "si"]
)
def test_yes_with_anything_else_is_an_answer(text):
    assert not is_yes(text)


@pytest.mark.parametrize(
    "text",
    [
        "no " * 20_000,
        "stop now " * 20_000 + "x",
        "i am im " * 20_000,
        "remove me from " + "all the " * 20_000 + "x",
        "stop sending me " + "any more " * 20_000 + "x",
        "stop texting me and " * 10_000,
    ],
)
def test_a_very_long_message_is_judged_quickly(text):
    began = time.perf_counter()
    classify(text)

    assert time.perf_counter() - began < 2
