"""Calls in: every webhook adds facts, and the row says what is settled."""

import pytest
from django_q.models import OrmQ

from conversations import voice
from conversations.call_records import LONGEST_VOICEMAIL, SLACK
from conversations.gateway.payloads import CallStarted
from conversations.line_book import line_for
from conversations.models import Call, Episode, PhoneLine
from conversations.reasons import Reason
from conversations.tests.factories import PhoneLineFactory, RingTargetFactory
from conversations.tests.phone import MARIA, NOW, SECOND, SID, Phone
from conversations.tests.signed_client import call_params
from conversations.verdict import Choice, Outcome
from crm.models import Closure

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(ring_line):
    """Maria rings a line that rings the desk first."""
    return Phone(ring_line)


@pytest.fixture
def forwarded(line):
    """Maria's call was forwarded to us because nobody answered."""
    return Phone(line)


def call():
    return Call.objects.get()


# --- Ringing ---


def test_a_ringing_call_is_stored_with_its_line_and_source(maria, ring_line):
    plan = maria.rings()

    assert plan.targets == ("+17735550199",)
    stored = call()
    assert (stored.line, stored.business) == (ring_line, ring_line.business)
    assert stored.source == ring_line.source
    assert (stored.caller, stored.caller_raw) == (MARIA, MARIA)
    assert (stored.phase, stored.outcome) == (Call.Phase.RINGING, "")
    assert stored.hours_state == "open"
    assert stored.next_check_at == NOW + 20 * SECOND + SLACK
    assert not Episode.objects.exists()


def test_phones_rung_in_turn_get_time_for_each(maria, ring_line):
    RingTargetFactory(line=ring_line, position=1)
    RingTargetFactory(line=ring_line, position=2)
    PhoneLine.objects.update(ring_order=PhoneLine.RingOrder.IN_TURN)

    maria.rings()

    assert call().next_check_at == NOW + 60 * SECOND + SLACK


def test_the_start_may_come_twice(maria):
    first = maria.rings()
    second = maria.rings(at=NOW + SECOND)

    assert first == second
    assert call().started_at == NOW


def test_a_number_that_is_no_line_of_ours_is_told_apart(maria):
    maria.line.number = "+13125550999"

    with pytest.raises(voice.UnknownLineError):
        maria.rings()
    assert not Call.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("plan", list(PhoneLine.Plan))
@pytest.mark.parametrize(
    "webhook",
    [Phone.rings, lambda maria: maria.desk_rang("busy"), Phone.is_over],
    ids=["rings", "desk_rang", "is_over"],
)
def test_a_line_that_was_deleted_while_it_was_remembered_is_no_line_of_ours(
    maria, ring_line, moments, plan, webhook
):
    PhoneLine.objects.update(plan=plan)
    assert line_for(ring_line.number)
    ring_line.delete()

    with pytest.raises(voice.UnknownLineError):
        webhook(maria)

    assert not Call.objects.exists()
    assert not Episode.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_line_that_was_set_up_anew_while_the_old_one_was_remembered_is_found(
    maria, ring_line, moments, business
):
    line_for(ring_line.number)
    ring_line.delete()
    anew = PhoneLineFactory(business=business, number=ring_line.number)

    assert maria.rings().not_rung == "forwarded"

    assert call().line == anew


def test_the_line_is_found_however_the_carrier_writes_it(maria, ring_line):
    params = call_params(MARIA, "(312) 555-0101", SID)

    stored, _plan = voice.call_started(CallStarted.from_params(params), now=NOW)

    assert stored.line == ring_line


def test_a_withheld_caller_is_kept_as_sent_and_is_nobody(ring_line):
    Phone(ring_line, "+17378742833").rings()

    stored = call()
    assert (stored.caller, stored.caller_raw) == ("", "+17378742833")
    assert stored.facts.withheld


def test_a_caller_given_up_before_we_answered_is_missed_at_once(maria):
    maria.rings("no-answer")

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.CANCELLED, Call.Phase.ENDED)
    assert (stored.missed_at, stored.next_check_at) == (NOW, None)
    assert stored.episode is not None


def test_a_very_long_caller_id_is_cut_to_fit(ring_line):
    Phone(ring_line, "sip:" + "x" * 250 + "@example.com").rings()

    assert len(call().caller_raw) == 120


# --- Missed ---


def test_a_forwarded_call_is_missed_the_moment_it_arrives(forwarded):
    plan = forwarded.rings()

    assert plan.not_rung == "forwarded"
    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.NO_ANSWER, Call.Phase.GREETING)
    assert stored.missed_at == NOW
    assert stored.next_check_at == NOW + LONGEST_VOICEMAIL
    assert stored.episode.caller == MARIA
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize(
    ("is_holiday", "state"), [(True, "holiday"), (False, "closed")]
)
def test_a_closed_line_that_skips_ringing_is_after_hours(
    maria, ring_line, business, is_holiday, state
):
    today = NOW.astimezone(business.zone).date()
    Closure.objects.create(
        business=business,
        name="Inventory",
        starts_on=today,
        ends_on=today,
        is_holiday=is_holiday,
    )
    PhoneLine.objects.update(when_closed=PhoneLine.WhenClosed.SKIP)

    plan = maria.rings()

    assert plan.not_rung == state
    assert (call().outcome, call().hours_state) == (Outcome.AFTER_HOURS, state)


def test_a_closed_line_may_ring_anyway(maria, business):
    business.opening_hours.all().delete()

    assert maria.rings().targets

    assert call().hours_state == "closed"


def test_a_forwarded_call_outside_hours_is_after_hours(forwarded, business):
    business.opening_hours.all().delete()

    forwarded.rings()

    assert call().outcome == Outcome.AFTER_HOURS


def test_a_line_without_a_phone_to_ring_misses_at_once(maria, ring_line):
    ring_line.targets.all().delete()

    assert maria.rings().not_rung == "no_phone"

    assert call().outcome == Outcome.NO_ANSWER


def test_nobody_answering_is_a_miss_and_opens_one_episode(maria):
    maria.rings()
    maria.desk_rang("no-answer", DialBridged="false")
    maria.desk_rang("no-answer", DialBridged="false")
    maria.is_over()
    maria.is_over(at=NOW + 99 * SECOND)

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.NO_ANSWER, Call.Phase.ENDED)
    assert stored.missed_at == NOW + 20 * SECOND
    assert stored.ended_at == NOW + 30 * SECOND
    assert stored.episode.calls_count == 1
    assert stored.evidence["dial_status"] == "no-answer"
    assert OrmQ.objects.count() == 1


def test_a_dial_result_without_a_status_is_for_the_desk_to_look_at(maria):
    maria.rings()

    assert maria.desk_rang("").outcome == Outcome.UNKNOWN


def test_the_end_may_come_before_the_start(maria):
    maria.desk_rang("busy")
    plan = maria.rings()

    assert plan.targets
    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.BUSY, Call.Phase.GREETING)
    assert Episode.objects.count() == 1


def test_the_final_status_may_be_all_that_ever_comes(maria):
    maria.is_over()

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.CANCELLED, Call.Phase.ENDED)
    assert stored.episode is not None


def test_a_caller_who_hangs_up_after_two_rings_was_missed(maria):
    maria.rings()
    maria.leg("ringing")
    maria.leg("canceled")
    maria.desk_rang("canceled", status="completed", DialBridged="false")

    stored = call()
    assert (stored.outcome, stored.phase) == (Outcome.CANCELLED, Call.Phase.ENDED)
    assert stored.evidence["final_status"] == "completed"


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress"])
def test_a_status_on_the_way_settles_nothing(maria, status):
    maria.is_over(status)

    assert (call().outcome, call().phase) == ("", Call.Phase.RINGING)


def test_a_status_without_a_word_is_an_unclear_end(maria):
    maria.is_over("")

    assert call().outcome == Outcome.UNKNOWN


def test_a_leg_of_a_call_we_never_heard_of_changes_nothing(maria):
    maria.leg("busy")

    assert not Call.objects.exists()


def test_a_desk_whose_phones_were_all_busy_is_busy_without_a_dial_result(maria):
    maria.rings()
    maria.leg("busy")
    maria.is_over()

    assert call().outcome == Outcome.BUSY


def test_a_late_dial_result_has_an_ignored_miss_decided_anew(maria):
    choices = {Outcome.CANCELLED: Choice.IGNORE, Outcome.NO_ANSWER: Choice.TEXT}
    PhoneLine.objects.update(outcome_choices=choices)
    maria.rings()
    maria.is_over()
    Episode.objects.update(
        state=Episode.State.NOT_TEXTED, reason=Reason.IGNORED, next_check_at=None
    )

    maria.desk_rang("no-answer")

    episode = Episode.objects.get()
    assert call().outcome == Outcome.NO_ANSWER
    assert (episode.state, episode.calls_count) == (Episode.State.PENDING, 1)
    assert OrmQ.objects.count() == 2


def test_two_webhooks_that_meet_a_new_call_make_one_row(maria, monkeypatch):
    fresh = voice._fresh

    def and_the_other_was_faster(event, *, now):
        fresh(event, now=now).save()
        return fresh(event, now=now)

    monkeypatch.setattr(voice, "_fresh", and_the_other_was_faster)

    maria.desk_rang("no-answer")

    assert call().outcome == Outcome.NO_ANSWER
