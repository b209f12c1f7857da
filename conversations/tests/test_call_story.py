"""A call's evidence reads as sentences that a receptionist understands."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.call_story import duration, facts_of, tell, with_texts
from conversations.models import Call, Episode, Message
from conversations.reasons import Reason
from conversations.tests.factories import (
    CallFactory,
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
)
from conversations.verdict import Outcome

pytestmark = pytest.mark.django_db


def episode(**values):
    return EpisodeFactory(**values)


def call_of(an_episode, **values):
    return CallFactory(
        business=an_episode.business,
        line=an_episode.line,
        episode=an_episode,
        caller=an_episode.caller,
        **values,
    )


def text_of(an_episode, **values):
    thread = ConversationFactory(business=an_episode.business, line=an_episode.line)
    return MessageFactory(
        outbound=True,
        conversation=thread,
        kind=Message.Kind.TEXT_BACK,
        episode=an_episode,
        **values,
    )


def test_a_missed_call_that_was_texted():
    missed = call_of(episode(state=Episode.State.TEXTED))
    text_of(missed.episode, sent_at=missed.missed_at + timedelta(seconds=0.8))
    assert tell(missed) == ("Missed: rang 20 s, nobody pressed 1. Texted 0.8 s later.")


def test_an_answered_call_says_after_how_long():
    start = timezone.now()
    call = CallFactory(
        outcome=Outcome.ANSWERED,
        evidence={"accepted": True, "dial_status": "completed", "dial_seconds": 125},
        started_at=start,
        ended_at=start + timedelta(seconds=131),
    )
    assert tell(call) == (
        "Answered: somebody pressed 1 after 6 s. They talked for 2 min 5 s."
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"phase": Call.Phase.TALKING}, "and is talking now."),
        ({"evidence": {"accepted": True}}, "Answered: somebody pressed 1."),
    ],
)
def test_an_answered_call_says_what_is_known(values, words):
    assert tell(CallFactory(outcome=Outcome.ANSWERED, **values)).endswith(words)


MISSES = [
    (
        Outcome.NO_ANSWER,
        {"not_rung": "forwarded"},
        "Missed: forwarded by your phone company because nobody answered there.",
    ),
    (
        Outcome.NO_ANSWER,
        {"not_rung": "no_phone"},
        "Missed: this line has no phone to ring.",
    ),
    (
        Outcome.NO_ANSWER,
        {"swept": True},
        "Missed: the carrier never said how the call ended.",
    ),
    (Outcome.BUSY, {"dial_status": "busy"}, "Missed: your phones were busy."),
    (
        Outcome.FAILED,
        {"dial_status": "failed"},
        "Missed: your phones could not be reached.",
    ),
    (
        Outcome.CANCELLED,
        {"final_status": "no-answer"},
        "Missed: the caller hung up after 20 s.",
    ),
    (
        Outcome.CANCELLED,
        {"accepted": True, "bridged": False, "dial_status": "completed"},
        "Missed: somebody pressed 1, but the caller had just hung up.",
    ),
    (
        Outcome.MACHINE,
        {"dial_status": "completed"},
        "Missed: a voicemail at the desk picked up after 20 s, nobody pressed 1.",
    ),
    (
        Outcome.VOICEMAIL,
        {"dial_status": "no-answer", "voicemail_seconds": 12},
        "Missed: rang 20 s, nobody pressed 1. Left a voicemail of 12 s.",
    ),
    (
        Outcome.VOICEMAIL,
        {"dial_status": "foo", "voicemail_seconds": 12},
        "Missed: the carrier's report was unclear. Left a voicemail of 12 s.",
    ),
    (
        Outcome.VOICEMAIL_EMPTY,
        {"dial_status": "busy", "voicemail_seconds": 0},
        "Missed: your phones were busy. Reached your voicemail and left nothing.",
    ),
    (
        Outcome.AFTER_HOURS,
        {"not_rung": "closed"},
        "Missed outside opening hours (closed).",
    ),
    (
        Outcome.AFTER_HOURS,
        {"not_rung": "holiday"},
        "Missed on a holiday (you were closed).",
    ),
    (
        Outcome.WITHHELD,
        {"withheld": True, "dial_status": "busy"},
        "Missed: your phones were busy. The number was withheld.",
    ),
    (
        Outcome.UNKNOWN,
        {"dial_status": "foo"},
        "Unclear: the carrier reported “foo”. See the task.",
    ),
]


@pytest.mark.parametrize(("outcome", "evidence", "words"), MISSES)
def test_each_kind_of_miss_has_its_sentence(outcome, evidence, words):
    call = CallFactory(outcome=outcome, evidence=evidence)
    assert tell(call) == f"{words} Being handled."


def test_every_outcome_is_told():
    told = {outcome for outcome, _evidence, _words in MISSES}
    assert told | {Outcome.ANSWERED} == set(Outcome)


def test_a_ringing_call_says_so():
    call = CallFactory(outcome="", phase=Call.Phase.RINGING, missed_at=None)
    assert tell(call) == "Ringing now."


def test_a_call_that_ended_without_a_verdict_says_so():
    call = CallFactory(outcome="", missed_at=None)
    assert tell(call) == "Over, and nobody reported how it went."


def test_a_caller_at_the_greeting_may_still_leave_a_voicemail():
    call = CallFactory(phase=Call.Phase.GREETING)
    assert tell(call).endswith("The caller may still leave a voicemail.")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_ends_the_sentence(reason):
    skipped = episode(state=Episode.State.NOT_TEXTED, reason=reason)
    assert "No text: " in tell(call_of(skipped))


def test_a_suppressed_text_says_why():
    skipped = episode(state=Episode.State.NOT_TEXTED, reason=Reason.RECENTLY_TEXTED)
    told = tell(call_of(skipped, evidence={"not_rung": "forwarded"}))
    assert told.endswith("No text: got an automatic text recently.")


def test_a_failed_text_says_why_in_words():
    failed = call_of(episode(state=Episode.State.FAILED))
    text_of(failed.episode, state=Message.State.FAILED, error_code="30006")
    assert tell(failed).endswith(
        "The text did not go: this number cannot get texts (it is a landline)."
    )


def test_a_failure_without_a_text_is_told_too():
    assert tell(call_of(episode(state=Episode.State.FAILED))).endswith(
        "The text did not go."
    )


def test_a_text_that_waits_is_on_its_way():
    waiting = call_of(episode())
    text_of(waiting.episode, state=Message.State.QUEUED, sent_at=None)
    assert tell(waiting).endswith("The text is on its way.")


def test_an_undecided_episode_is_being_handled():
    assert tell(call_of(episode())).endswith("Being handled.")


def test_a_repeat_call_was_texted_after_the_earlier_one():
    repeat = call_of(episode(state=Episode.State.TEXTED))
    text_of(repeat.episode, sent_at=repeat.started_at - timedelta(minutes=9))
    assert tell(repeat).endswith("Had been texted after an earlier call.")


def test_a_text_without_a_time_is_just_told():
    call = call_of(episode(state=Episode.State.TEXTED))
    text_of(call.episode, sent_at=None)
    assert tell(call).endswith("Texted.")


def test_a_list_of_sentences_needs_few_queries(django_assert_num_queries):
    for _number in range(5):
        missed = call_of(episode(state=Episode.State.TEXTED))
        text_of(missed.episode)
    with django_assert_num_queries(2):
        assert len([tell(call) for call in with_texts(Call.objects.all())]) == 5


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.84, "0.8 s"),
        (6, "6 s"),
        (10.4, "10 s"),
        (119, "119 s"),
        (200, "3 min 20 s"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
    ],
)
def test_durations_are_as_exact_as_people_care(seconds, words):
    assert duration(seconds) == words


def test_the_facts_name_what_was_reported_and_the_rule():
    call = CallFactory(
        evidence={
            "dial_status": "no-answer",
            "legs": {"a": "busy", "b": "no-answer"},
            "bridged": False,
            "ring_targets": 2,
            "seconds": 24,
        },
        hours_state="open",
    )
    facts = {fact.name: fact.value for fact in facts_of(call)}
    assert facts["Result of ringing"] == "no-answer"
    assert facts["Each phone"] == "busy, no-answer"
    assert facts["Key pressed"] == "none"
    assert facts["Sides were joined"] == "no"
    assert facts["Whole call"] == "24 s"
    assert facts["Rule used"] == "Nobody answered: send a text"
    assert "Voicemail" not in facts


def test_the_rule_of_an_answered_or_open_call_is_short():
    answered = CallFactory(outcome=Outcome.ANSWERED, evidence={"accepted": True})
    facts = {fact.name: fact.value for fact in facts_of(answered)}
    assert facts["Rule used"] == "Answered"
    assert facts["Key pressed"] == "1 (accepted)"
    ringing = CallFactory(outcome="", missed_at=None, evidence={})
    assert "Rule used" not in {fact.name for fact in facts_of(ringing)}
