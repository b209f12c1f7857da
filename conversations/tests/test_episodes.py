"""Calls of one caller inside a window are one episode."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from conversations import episodes
from conversations.episodes import (
    CHECK_AFTER,
    TOP_PRIORITY,
    close_for_answer,
    open_or_join,
    reconsider,
    settle,
)
from conversations.models import Episode, Message
from conversations.reasons import Reason
from conversations.tests.factories import (
    CallFactory,
    ConversationFactory,
    MessageFactory,
    PhoneLineFactory,
)
from conversations.verdict import Outcome
from crm.models import LeadEvent
from crm.tests.factories import BusinessFactory, LeadFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def missed(business, line):
    """Maria misses us at ``at``; the episode that her call landed in."""

    def call(at=NOW, *, caller=MARIA, **more):
        row = CallFactory(
            **{"business": business, "line": line, **more},
            caller=caller,
            started_at=at,
            missed_at=at,
        )
        row.episode = open_or_join(row, now=at)
        row.save()
        return Episode.objects.get(pk=row.episode.pk)

    return call


@pytest.fixture
def text(business, line):
    """The text-back of an episode, in a state."""

    def write(episode, state=Message.State.QUEUED):
        thread = ConversationFactory(
            business=business,
            lead=LeadFactory(business=business, phone=MARIA),
            line=line,
        )
        return MessageFactory(
            conversation=thread,
            outbound=True,
            kind=Message.Kind.TEXT_BACK,
            episode=episode,
            state=state,
            due_at=NOW,
        )

    return write


def answer(business, line, *, at, caller=MARIA, lead=None):
    call = CallFactory(
        business=business,
        line=line,
        caller=caller,
        outcome=Outcome.ANSWERED,
        started_at=at,
    )
    close_for_answer(call, lead=lead, now=at)
    return call


def test_a_first_miss_opens_an_episode_for_a_worker(missed, line):
    episode = missed()

    assert (episode.caller, episode.line, episode.source) == (MARIA, line, line.source)
    assert (episode.opened_at, episode.last_missed_at) == (NOW, NOW)
    assert (episode.calls_count, episode.priority) == (1, 1)
    assert (episode.state, episode.is_current) == (Episode.State.PENDING, True)
    assert episode.next_check_at == NOW + CHECK_AFTER
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize(
    ("gap", "together"),
    [
        (0 * SECOND, True),
        (HOUR - SECOND, True),
        (HOUR, True),
        (HOUR + SECOND, False),
    ],
)
def test_the_window_includes_its_last_second(missed, gap, together):
    first = missed()
    second = missed(NOW + gap)

    assert (first == second) is together
    first.refresh_from_db()
    assert first.is_current is together
    assert first.calls_count == (2 if together else 1)


def test_the_window_runs_from_the_last_call(missed):
    assert missed() == missed(NOW + HOUR) == missed(NOW + 2 * HOUR)
    assert missed(NOW + 3 * HOUR + SECOND).calls_count == 1


def test_the_business_sets_the_window(missed, business):
    business.episode_minutes = 5
    business.save()

    assert missed() != missed(NOW + 6 * 60 * SECOND)


def test_repeats_raise_the_priority_up_to_the_top(missed):
    priorities = [missed(NOW + n * SECOND).priority for n in range(7)]

    assert priorities == [1, 2, 3, 4, 5, TOP_PRIORITY, TOP_PRIORITY]
    assert Episode.objects.get().calls_count == 7


def test_a_call_found_out_about_late_does_not_turn_the_clock_back(missed):
    missed()

    episode = missed(NOW - 2 * HOUR)

    assert episode.calls_count == 2
    assert episode.last_missed_at == NOW


def test_callers_and_businesses_have_episodes_of_their_own(missed):
    other = BusinessFactory()

    episodes = {
        missed(),
        missed(caller="+13125554321"),
        missed(business=other, line=PhoneLineFactory(business=other)),
    }

    assert len(episodes) == 3


def test_two_lines_of_a_business_share_the_episode(missed, business):
    assert missed() == missed(line=PhoneLineFactory(business=business))


def test_withheld_calls_stand_alone(missed):
    first, second = missed(caller=""), missed(caller="")

    assert first != second
    assert not first.is_current
    assert (first.calls_count, second.calls_count) == (1, 1)


def test_another_call_has_a_reason_decided_anew(missed):
    settle(missed().pk, Episode.State.NOT_TEXTED, reason=Reason.IGNORED)

    episode = missed(NOW + SECOND)

    assert episode.state == Episode.State.PENDING
    assert episode.next_check_at == NOW + SECOND + CHECK_AFTER


@pytest.mark.parametrize("state", [Episode.State.TEXTED, Episode.State.FAILED])
def test_another_call_does_not_reopen_what_has_had_its_text(missed, state):
    settle(missed().pk, state)

    assert missed(NOW + SECOND).state == state


def test_an_episode_whose_text_was_cancelled_is_over(missed, text):
    first = missed()
    text(first, Message.State.CANCELLED)
    settle(first.pk, Episode.State.NOT_TEXTED, reason=Reason.OPTED_OUT)

    second = missed(NOW + SECOND)

    assert second != first
    first.refresh_from_db()
    assert (first.state, first.is_current) == (Episode.State.NOT_TEXTED, False)


def test_two_calls_at_the_very_same_moment_share_the_episode(missed, monkeypatch):
    # The episode that was in the way is gone when we look, and the next one is not.
    looked = []
    join = episodes._join

    def too_early(call, *, now):
        if not looked:
            looked.append(missed)
            return None
        return join(call, now=now)

    first = missed()
    monkeypatch.setattr(episodes, "_join", too_early)

    second = missed(NOW + SECOND)

    assert second == first
    assert second.calls_count == 2


def test_an_episode_that_ends_while_a_call_joins_it_makes_room_for_a_new_one(
    missed, business, line, monkeypatch
):
    first = missed()
    join = episodes._join

    def after_an_answer(call, *, now):
        answer(business, line, at=now)
        return join(call, now=now)

    monkeypatch.setattr(episodes, "_join", after_an_answer)

    second = missed(NOW + SECOND)

    assert second != first
    assert (second.calls_count, second.is_current) == (1, True)
    first.refresh_from_db()
    assert (first.calls_count, first.is_current) == (1, False)


def test_the_first_call_of_a_caller_is_not_looked_for_before_it_is_written(
    business, line
):
    call = CallFactory(business=business, line=line, caller=MARIA, missed_at=NOW)

    with CaptureQueriesContext(connection) as queries:
        open_or_join(call, now=NOW)

    assert not [q for q in queries if 'FROM "conversations_episode"' in q["sql"]]
    assert Episode.objects.get().calls_count == 1


def test_joining_leaves_the_link_to_whoever_holds_the_call(business, line):
    call = CallFactory(business=business, line=line, caller=MARIA, missed_at=NOW)

    episode = open_or_join(call, now=NOW)

    assert episode.pk is not None
    assert call.episode_id is None


def test_an_answered_call_closes_the_episode_with_a_reason(missed, business, line):
    episode = missed()
    lead = LeadFactory(business=business, phone=MARIA)

    answer(business, line, at=NOW + SECOND, lead=lead)

    episode.refresh_from_db()
    assert episode.state == Episode.State.NOT_TEXTED
    assert episode.reason == Reason.ANSWERED_MEANWHILE
    assert (episode.answered_at, episode.is_current) == (NOW + SECOND, False)
    assert episode.next_check_at is None
    event = LeadEvent.objects.get(kind=LeadEvent.Kind.TEXT_BACK_SKIPPED)
    assert (event.lead, event.data) == (lead, {"reason": "answered_meanwhile"})


def test_a_text_that_waits_is_dropped_when_the_caller_gets_through(
    missed, text, business, line
):
    episode = missed()
    waiting = text(episode)

    answer(business, line, at=NOW + SECOND)

    waiting.refresh_from_db()
    episode.refresh_from_db()
    assert (waiting.state, waiting.due_at) == (Message.State.CANCELLED, None)
    assert episode.reason == Reason.ANSWERED_MEANWHILE


@pytest.mark.parametrize("state", [Message.State.SENDING, Message.State.SENT])
def test_a_text_that_left_already_keeps_its_story(missed, text, business, line, state):
    episode = missed()
    message = text(episode, state)

    answer(business, line, at=NOW + SECOND)

    message.refresh_from_db()
    episode.refresh_from_db()
    assert message.state == state
    assert (episode.state, episode.is_current) == (Episode.State.PENDING, False)


def test_an_answer_does_not_rewrite_an_episode_that_was_texted(missed, business, line):
    episode = missed()
    settle(episode.pk, Episode.State.TEXTED)

    answer(business, line, at=NOW + SECOND)

    episode.refresh_from_db()
    assert (episode.state, episode.reason) == (Episode.State.TEXTED, "")
    assert episode.answered_at == NOW + SECOND


def test_a_miss_after_an_answer_is_a_new_episode(missed, business, line):
    first = missed()
    answer(business, line, at=NOW + SECOND)

    assert missed(NOW + 2 * SECOND) != first


def test_an_answered_call_without_an_episode_changes_nothing(business, line):
    answer(business, line, at=NOW)
    answer(business, line, at=NOW, caller="")

    assert not Episode.objects.exists()
    assert not LeadEvent.objects.exists()


def test_an_answer_does_not_close_the_episode_of_a_later_miss(missed, business, line):
    episode = missed()

    answer(business, line, at=NOW - SECOND)

    episode.refresh_from_db()
    assert episode.is_current


def test_an_answer_to_one_caller_leaves_others_alone(missed, business, line):
    episode = missed()

    answer(business, line, at=NOW + SECOND, caller="+13125554321")

    episode.refresh_from_db()
    assert episode.is_current


@pytest.mark.parametrize(
    "reason", [Reason.IGNORED, Reason.NOTIFY_ONLY, Reason.UNKNOWN_OUTCOME]
)
def test_a_reason_that_came_from_the_outcome_is_decided_anew_with_it(missed, reason):
    episode = missed()
    settle(episode.pk, Episode.State.NOT_TEXTED, reason=reason)
    OrmQ.objects.all().delete()

    reconsider(episode.calls.get(), now=NOW + SECOND)

    episode.refresh_from_db()
    assert episode.state == Episode.State.PENDING
    assert episode.next_check_at == NOW + SECOND + CHECK_AFTER
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("reason", [Reason.OPTED_OUT, Reason.ANSWERED_MEANWHILE])
def test_a_reason_that_has_nothing_to_do_with_the_outcome_stays(missed, reason):
    episode = missed()
    settle(episode.pk, Episode.State.NOT_TEXTED, reason=reason)
    OrmQ.objects.all().delete()

    reconsider(episode.calls.get(), now=NOW + SECOND)

    episode.refresh_from_db()
    assert episode.state == Episode.State.NOT_TEXTED
    assert not OrmQ.objects.exists()


def test_a_call_without_an_episode_has_nothing_to_reconsider(business, line):
    reconsider(CallFactory(business=business, line=line), now=NOW)

    assert not OrmQ.objects.exists()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (Episode.State.TEXTED, ""),
        (Episode.State.FAILED, ""),
        (Episode.State.NOT_TEXTED, Reason.TOO_LATE),
    ],
)
def test_an_end_needs_no_more_looking_at(missed, state, reason):
    episode = missed()
    other = missed(caller="+13125554321")

    settle(episode.pk, state, reason=reason)

    stored = Episode.objects.get(pk=episode.pk)
    assert (stored.state, stored.reason) == (state, reason)
    assert stored.next_check_at is None
    other.refresh_from_db()
    assert other.state == Episode.State.PENDING


def test_a_later_end_takes_an_earlier_reason_away(missed):
    episode = missed()
    settle(episode.pk, Episode.State.NOT_TEXTED, reason=Reason.TOO_LATE)

    settle(episode.pk, Episode.State.TEXTED)

    episode.refresh_from_db()
    assert (episode.state, episode.reason) == (Episode.State.TEXTED, "")


@pytest.mark.parametrize(
    ("age", "state", "text_state", "unexplained"),
    [
        (6, Episode.State.PENDING, None, True),
        (4, Episode.State.PENDING, None, False),
        (6, Episode.State.PENDING, Message.State.SENDING, False),
        (6, Episode.State.PENDING, Message.State.CANCELLED, True),
        (6, Episode.State.TEXTED, None, False),
    ],
)
def test_a_pending_episode_without_a_text_under_way_is_unexplained_in_time(
    missed, text, age, state, text_state, unexplained
):
    episode = missed()
    Episode.objects.update(state=state)
    if text_state:
        text(episode, text_state)

    found = Episode.objects.unexplained(NOW + age * 60 * SECOND)

    assert found.exists() is unexplained
