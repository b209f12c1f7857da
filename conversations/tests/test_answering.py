"""A pending episode is brought to its end: a queued text, or a reason."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from booking.models import Appointment, BookingLink
from conversations import answering
from conversations.answering import answer_episode
from conversations.episodes import open_or_join
from conversations.models import Call, Episode, Message, PhoneLine
from conversations.outbox import SWEEP_AFTER
from conversations.reasons import NEEDS_DESK, Reason
from conversations.tests.factories import (
    CallFactory,
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
    PhoneLineFactory,
)
from conversations.textback import LOOK_AGAIN_AFTER, TOO_LATE_AFTER
from conversations.verdict import Choice, Outcome
from crm.consent import record
from crm.models import ConsentEvent, DeskTask, Lead, LeadEvent
from crm.tests.factories import LeadFactory, LeadSourceFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def missed(business, line):
    """Maria misses us; the episode waits for its decision."""

    def call(*, caller=MARIA, at=NOW, **more):
        row = CallFactory(
            **{"business": business, "line": line, "caller": caller, **more},
            started_at=at - 20 * SECOND,
            missed_at=at,
        )
        row.episode = open_or_join(row, now=at)
        row.save()
        return row.episode

    return call


def decided(episode, *, now=NOW):
    """Decide, and read what was stored; the text that waits to be sent, if any."""
    message = answer_episode(episode.pk, now=now)
    episode.refresh_from_db()
    return message and Message.objects.get(pk=message.pk)


def kinds_of(episode):
    events = LeadEvent.objects.filter(business=episode.business).order_by("id")
    return list(events.values_list("kind", flat=True))


def test_a_missed_caller_gets_one_queued_text_with_a_link_of_their_own(missed, line):
    episode = missed()

    message = decided(episode)

    assert (message.kind, message.state) == ("text_back", Message.State.QUEUED)
    assert (message.phone, message.line, message.episode) == (MARIA, line, episode)
    assert message.send_before == NOW + TOO_LATE_AFTER
    assert message.due_at == NOW + SWEEP_AFTER
    assert "Northside Heating" in message.body
    assert "STOP" in message.body
    assert "https://text.example.com/b/" in message.body
    assert BookingLink.objects.get().ref == episode.ref
    assert (episode.state, episode.situation) == (Episode.State.PENDING, "in_hours")


def test_every_step_is_on_the_leads_timeline_with_the_lines_source(missed, line):
    episode = missed()

    message = decided(episode)

    assert kinds_of(episode) == ["lead_created", "call_missed", "text_back_queued"]
    events = LeadEvent.objects.all()
    assert {event.lead for event in events} == {episode.lead}
    assert {event.source for event in events} == {line.source}
    assert episode.lead.first_source == line.source
    assert message.conversation.lead == episode.lead


def test_a_run_writes_its_story_all_at_once(missed):
    missed()
    episode = missed(at=NOW + SECOND)

    with CaptureQueriesContext(connection) as queries:
        decided(episode, now=NOW + SECOND)

    assert kinds_of(episode) == [
        "lead_created",
        "call_missed",
        "call_missed",
        "text_back_queued",
    ]
    assert len([q for q in queries if 'INTO "crm_leadevent"' in q["sql"]]) == 1


@pytest.mark.parametrize("runs", [1, 2])
def test_what_is_returned_can_be_sent_without_reading_more(
    missed, runs, django_assert_num_queries
):
    episode = missed()
    for _run in range(runs):
        message = answer_episode(episode.pk, now=NOW)

    with django_assert_num_queries(0):
        assert message.episode == episode
        assert message.line.business_id == message.business.pk
        assert message.conversation.lead.phone == MARIA


def test_a_number_that_stopped_before_it_was_anybodys_is_left_to_the_claim(
    missed, business
):
    record(ConsentEvent(business=business, phone=MARIA, kind="opt_out", how="keyword"))

    message = decided(missed())

    # Written, and cancelled with its reason when it is to be sent.
    assert message.state == Message.State.QUEUED


def test_a_line_with_another_number_by_now_still_says_when_it_opens(
    missed, business, line
):
    business.opening_hours.exclude(weekday=2).delete()
    business.opening_hours.update(opens="09:00", closes="17:00")
    episode = missed(hours_state="closed")
    with patch.object(answering, "line_for", return_value=None):
        message = decided(episode)

    assert "tomorrow at 9 am" in message.body


def test_deciding_again_writes_nothing_twice(missed):
    episode = missed()

    first, second = decided(episode), decided(episode)

    assert first == second
    assert Message.objects.count() == 1
    assert LeadEvent.objects.count() == 3
    assert BookingLink.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "attempt", "wakes"),
    [
        (Message.State.QUEUED, 0, True),
        # It waits for its next try, which has a time of its own.
        (Message.State.QUEUED, 1, False),
        (Message.State.SENDING, 1, False),
        (Message.State.SENT, 1, False),
        (Message.State.UNKNOWN, 1, False),
    ],
)
def test_a_written_text_is_handed_on_only_until_its_first_try(
    missed, state, attempt, wakes
):
    episode = missed()
    message = decided(episode)
    Message.objects.update(state=state, attempt=attempt)

    assert decided(episode) == (message if wakes else None)


@pytest.mark.parametrize("state", ["texted", "failed", "not_texted"])
def test_an_episode_that_has_its_end_is_left_alone_and_not_looked_at_again(
    missed, state
):
    episode = missed()
    Episode.objects.update(state=state, reason="ignored")
    assert episode.next_check_at is not None

    assert decided(episode) is None

    assert episode.state == state
    assert episode.next_check_at is None
    assert not Message.objects.exists()


def test_an_episode_that_is_gone_or_has_no_call_needs_no_text(business, line):
    empty = EpisodeFactory(business=business, line=line)

    assert answer_episode(empty.pk, now=NOW) is None
    assert answer_episode(empty.pk + 1, now=NOW) is None
    assert not Message.objects.exists()


def test_a_call_on_another_line_is_this_leads_latest_touch(missed, business, line):
    web = PhoneLineFactory(
        business=business, source=LeadSourceFactory(business=business, name="Web")
    )
    missed()
    episode = missed(line=web, at=NOW + SECOND)

    decided(episode)

    lead = Lead.objects.get()
    assert (lead.first_source, lead.latest_source) == (line.source, web.source)
    touched = LeadEvent.objects.filter(kind="call_missed").order_by("at")
    assert [event.source for event in touched] == [line.source, web.source]
    assert Message.objects.get().line == web


def test_a_known_leads_first_source_is_kept(missed, business, line):
    lead = LeadFactory(business=business, phone=MARIA)
    first = lead.first_source

    decided(missed())

    lead.refresh_from_db()
    assert (lead.first_source, lead.latest_source) == (first, line.source)


def test_a_late_look_does_not_turn_the_latest_source_back(missed, business):
    episode = missed()
    decided(episode)
    other = LeadSourceFactory(business=business)
    web = PhoneLineFactory(business=business, source=other)
    missed(line=web, at=NOW + SECOND)

    decided(episode)

    assert Lead.objects.get().latest_source == other


def test_a_call_that_was_answered_after_all_is_not_logged_as_missed(missed):
    episode = missed()
    Call.objects.update(outcome=Outcome.ANSWERED)

    assert decided(episode) is None

    assert "call_missed" not in kinds_of(episode)
    assert not Message.objects.exists()


def test_a_withheld_caller_gets_a_reason_and_the_desk_a_task_but_no_lead(missed):
    episode = missed(caller="", caller_raw="anonymous", outcome=Outcome.WITHHELD)

    assert decided(episode) is None

    assert (episode.state, episode.reason) == ("not_texted", Reason.WITHHELD)
    assert not Lead.objects.exists()
    task = DeskTask.objects.get()
    assert (task.kind, task.lead, task.ref) == ("call_back", None, episode.ref)
    assert kinds_of(episode) == ["call_missed", "text_back_skipped"]


def test_a_caller_on_the_phone_with_the_desk_is_waited_for(missed, business, line):
    episode = missed()
    ringing = CallFactory(
        business=business, line=line, caller=MARIA, phase=Call.Phase.RINGING
    )

    assert decided(episode) is None
    assert episode.state == Episode.State.PENDING
    assert episode.next_check_at == NOW + LOOK_AGAIN_AFTER

    ringing.phase = Call.Phase.ENDED
    ringing.save()
    assert decided(episode, now=NOW + 5 * SECOND) is not None


OBSTACLES = [
    (Reason.OPTED_OUT, "call_back"),
    (Reason.DO_NOT_TEXT, "call_back"),
    (Reason.EXCUSED, None),
    (Reason.LINE_OFF, "call_back"),
    (Reason.IGNORED, None),
    (Reason.UNKNOWN_OUTCOME, "unknown_call"),
    (Reason.NOTIFY_ONLY, "call_back"),
    (Reason.NOT_TEXTABLE, "call_back"),
    (Reason.OWN_LINE, "setup"),
    (Reason.COUNTRY, "call_back"),
    (Reason.NOT_REGISTERED, "setup"),
    (Reason.BUDGET, "setup"),
    (Reason.TOO_LATE, "call_back"),
    (Reason.RECENTLY_TEXTED, None),
    (Reason.IN_CONVERSATION, "in_conversation"),
]


LEAD = {
    Reason.DO_NOT_TEXT: {"do_not_text": True},
    Reason.EXCUSED: {"kind": Lead.Kind.VENDOR},
    Reason.NOT_TEXTABLE: {"not_textable": "not_textable"},
}
LINE = {
    Reason.LINE_OFF: {"texting": PhoneLine.Texting.OFF},
    Reason.NOT_REGISTERED: {"texting": PhoneLine.Texting.NOT_REGISTERED},
    Reason.IGNORED: {"outcome_choices": {Outcome.NO_ANSWER: Choice.IGNORE}},
    Reason.NOTIFY_ONLY: {"outcome_choices": {Outcome.NO_ANSWER: Choice.NOTIFY}},
}
BUSINESS = {
    Reason.OWN_LINE: {"phone": MARIA},
    Reason.COUNTRY: {"text_countries": "CA"},
    Reason.BUDGET: {"monthly_segments": 0},
}
CALL = {Reason.UNKNOWN_OUTCOME: {"outcome": Outcome.UNKNOWN}}


@pytest.fixture
def arrange(business, line):
    """Put an obstacle into the way of a text; returns fields for the call."""

    def put(reason):
        lead = LeadFactory(business=business, phone=MARIA, **LEAD.get(reason, {}))
        thread = ConversationFactory(business=business, lead=lead, line=line)
        type(line).objects.update(**LINE.get(reason, {"label": ""}))
        type(business).objects.update(**BUSINESS.get(reason, {"phone": ""}))
        line.refresh_from_db()
        business.refresh_from_db()
        if reason == Reason.OPTED_OUT:
            record(
                ConsentEvent(
                    business=business, phone=MARIA, kind="opt_out", how="keyword"
                )
            )
        talk(reason, thread)
        return CALL.get(reason, {})

    return put


def talk(reason, thread):
    an_hour_ago = NOW - timedelta(hours=1)
    if reason == Reason.IN_CONVERSATION:
        MessageFactory(conversation=thread, created_at=an_hour_ago)
    if reason == Reason.RECENTLY_TEXTED:
        MessageFactory(
            conversation=thread,
            outbound=True,
            kind=Message.Kind.TEXT_BACK,
            episode=EpisodeFactory(business=thread.business, line=thread.line),
            created_at=an_hour_ago,
        )


@pytest.mark.parametrize(("reason", "task"), OBSTACLES)
def test_no_text_is_explained_and_the_desk_hears_where_it_has_to_act(
    missed, arrange, reason, task
):
    episode = missed(**arrange(reason))
    late = TOO_LATE_AFTER + SECOND if reason == Reason.TOO_LATE else 0 * SECOND

    assert decided(episode, now=NOW + late) is None

    assert (episode.state, episode.reason) == (Episode.State.NOT_TEXTED, reason)
    assert episode.next_check_at is None
    event = LeadEvent.objects.get(kind=LeadEvent.Kind.TEXT_BACK_SKIPPED)
    assert (event.data, event.ref) == ({"reason": reason.value}, episode.ref)
    assert list(DeskTask.objects.values_list("kind", flat=True)) == (
        [task] if task else []
    )
    assert (task is not None) == (reason in NEEDS_DESK)


def test_the_task_says_what_happened_and_weighs_repeats(missed, line):
    line.texting = PhoneLine.Texting.OFF
    line.save()
    episode = missed()
    missed(at=NOW + SECOND)

    decided(episode, now=NOW + SECOND)

    task = DeskTask.objects.get()
    assert task.detail == ("Nobody answered. Automatic texts are off for this line.")
    assert task.priority == 2


@pytest.mark.parametrize("caller", ["anonymous", MARIA])
def test_a_line_that_ignores_such_calls_asks_nothing_of_the_desk(
    missed, line, arrange, caller
):
    line.outcome_choices = {
        Outcome.WITHHELD: Choice.IGNORE,
        Outcome.NO_ANSWER: Choice.IGNORE,
    }
    line.save()
    arrange(Reason.OPTED_OUT)
    withheld = caller == "anonymous"
    episode = missed(
        caller="" if withheld else MARIA,
        caller_raw=caller,
        outcome=Outcome.WITHHELD if withheld else Outcome.NO_ANSWER,
    )

    decided(episode)

    assert episode.state == Episode.State.NOT_TEXTED
    assert not DeskTask.objects.exists()


@pytest.mark.parametrize("choice", list(Choice))
def test_an_unclear_report_always_becomes_a_task(missed, line, choice):
    line.outcome_choices = {Outcome.UNKNOWN: choice}
    line.save()
    episode = missed(outcome=Outcome.UNKNOWN)

    message = decided(episode)

    assert (message is not None) == (choice == Choice.TEXT)
    assert DeskTask.objects.get().kind == DeskTask.Kind.UNKNOWN_CALL


def test_the_first_text_that_arrives_says_how_to_stop_and_later_ones_need_not(
    missed, business
):
    first = decided(missed())
    assert "Reply STOP" in first.body
    Message.objects.update(state=Message.State.SENT, created_at=NOW)
    Episode.objects.update(state=Episode.State.TEXTED)

    week = timedelta(days=7)
    later = decided(missed(at=NOW + week), now=NOW + week)

    assert "Reply STOP" not in later.body


@pytest.mark.parametrize("state", [Message.State.FAILED, Message.State.UNDELIVERED])
def test_a_text_that_never_arrived_has_told_nobody_how_to_stop(missed, state):
    decided(missed())
    Message.objects.update(state=state)
    Episode.objects.update(state=Episode.State.FAILED)

    week = timedelta(days=7)
    later = decided(missed(at=NOW + week), now=NOW + week)

    assert "Reply STOP" in later.body


def test_a_reply_by_hand_has_told_nobody_how_to_stop(missed, business, line):
    lead = LeadFactory(business=business, phone=MARIA)
    thread = ConversationFactory(business=business, lead=lead, line=line)
    MessageFactory(
        conversation=thread, outbound=True, created_at=NOW - timedelta(days=2)
    )

    assert "Reply STOP" in decided(missed()).body


def test_an_appointment_is_named_in_the_callers_language(missed, business):
    lead = LeadFactory(business=business, phone=MARIA, name="Maria Lopez")
    lead.language = "es"
    lead.save()
    Appointment.objects.create(
        business=business,
        lead=lead,
        title="Furnace",
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, hours=1),
    )

    message = decided(missed())

    assert "Maria" in message.body
    # 16:00 UTC is 10 in the morning in Chicago in November.
    assert "mañana a las 10 am" in message.body


def test_a_closed_business_says_when_it_opens(missed, business):
    business.opening_hours.exclude(weekday=2).delete()
    business.opening_hours.update(opens="09:00", closes="17:00")

    message = decided(missed(hours_state="closed"))

    assert "tomorrow at 9 am" in message.body
    assert Episode.objects.get().situation == "after_hours"


def test_deciding_wakes_nobody_by_itself(missed):
    episode = missed()
    OrmQ.objects.all().delete()

    decided(episode)

    assert not OrmQ.objects.exists()
