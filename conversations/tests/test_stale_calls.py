"""Calls whose reports stopped are asked about, and closed."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from conversations.gateway.base import CarrierCall, CarrierError
from conversations.gateway.choice import carrier
from conversations.models import Call, Episode
from conversations.reasons import Reason
from conversations.stale_calls import ASK_AGAIN_AFTER, BELIEVED_FOR, close
from conversations.sweeps import run_due_work
from conversations.tests.signed_client import call_params, new_sid
from conversations.verdict import Outcome

MARIA = "+13125551234"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ringing(webhook, ring_line):
    """Maria's call rings the desk, and then we hear nothing any more."""
    webhook.post("voice", call_params(MARIA, ring_line.number, new_sid()))
    return Call.objects.get()


@pytest.fixture
def carrier_says(monkeypatch):
    """What the carrier tells when asked about a call."""

    def tell(status=None, *, ended_at=None, error=None):
        def fetch(self, carrier_id):
            if error:
                raise error
            if status is None:
                return None
            return CarrierCall(
                carrier_id=carrier_id,
                status=status,
                started_at=None,
                ended_at=ended_at,
                duration_seconds=None,
            )

        monkeypatch.setattr(type(carrier()), "fetch_call", fetch)

    return tell


def closed(call, *, after=MINUTE):
    close(call.pk, now=call.started_at + after)
    call.refresh_from_db()
    return call


def test_a_call_that_goes_on_is_left_alone_and_asked_about_again(ringing, carrier_says):
    carrier_says("in-progress")

    call = closed(ringing)

    assert (call.phase, call.outcome) == (Call.Phase.RINGING, "")
    assert call.next_check_at == call.started_at + MINUTE + ASK_AGAIN_AFTER


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("completed", Outcome.CANCELLED),
        ("no-answer", Outcome.CANCELLED),
        ("busy", Outcome.BUSY),
        ("failed", Outcome.FAILED),
        ("canceled", Outcome.CANCELLED),
        # Words that we do not know say nothing: the ringing must be over.
        ("melted", Outcome.NO_ANSWER),
        (None, Outcome.NO_ANSWER),
    ],
)
def test_a_call_that_is_over_is_closed_with_what_the_carrier_tells(
    ringing, carrier_says, status, outcome
):
    carrier_says(status)

    call = closed(ringing)

    assert (call.phase, call.outcome) == (Call.Phase.ENDED, outcome)
    assert call.next_check_at is None
    assert call.episode.state == Episode.State.PENDING


def test_a_carrier_that_cannot_be_asked_does_not_hold_up_the_text(
    ringing, carrier_says, caplog
):
    carrier_says(error=CarrierError(code="timeout"))

    call = closed(ringing)

    assert call.outcome == Outcome.NO_ANSWER
    assert call.missed_at == call.started_at + 20 * SECOND
    assert f"Could not ask about {call.ref}" in caplog.text
    assert MARIA not in caplog.text


def test_the_miss_is_dated_by_the_carriers_end_of_the_call(ringing, carrier_says):
    over = ringing.started_at + 7 * SECOND
    carrier_says("completed", ended_at=over)

    assert closed(ringing).missed_at == over


def test_a_miss_is_never_dated_in_the_future(ringing, carrier_says):
    carrier_says("completed", ended_at=ringing.started_at + 9 * MINUTE)

    assert closed(ringing).missed_at == ringing.started_at + MINUTE


def test_a_call_that_stays_live_for_hours_is_not_believed(ringing, carrier_says):
    carrier_says("ringing")

    assert closed(ringing, after=BELIEVED_FOR - SECOND).phase == Call.Phase.RINGING
    assert closed(ringing, after=BELIEVED_FOR).phase == Call.Phase.ENDED


def test_a_call_that_ended_meanwhile_is_not_asked_about(ringing, carrier_says):
    carrier_says(error=AssertionError("asked"))
    Call.objects.update(phase=Call.Phase.ENDED)

    assert closed(ringing).outcome == ""
    close(ringing.pk + 1, now=timezone.now())


@pytest.mark.parametrize("status", ["in-progress", "completed"])
def test_a_report_that_comes_while_we_ask_has_the_last_word(
    ringing, monkeypatch, status
):
    def fetch(self, carrier_id):
        Call.objects.update(
            phase=Call.Phase.ENDED, outcome=Outcome.ANSWERED, next_check_at=None
        )
        return CarrierCall(
            carrier_id=carrier_id,
            status=status,
            started_at=None,
            ended_at=None,
            duration_seconds=None,
        )

    monkeypatch.setattr(type(carrier()), "fetch_call", fetch)

    call = closed(ringing)

    assert (call.outcome, call.next_check_at) == (Outcome.ANSWERED, None)


def test_a_taken_call_without_a_final_report_stays_answered(ringing, carrier_says):
    Call.objects.update(
        evidence={"accepted": True}, outcome=Outcome.ANSWERED, phase="talking"
    )
    carrier_says(None)

    call = closed(ringing, after=timedelta(hours=5))

    assert (call.phase, call.outcome) == (Call.Phase.ENDED, Outcome.ANSWERED)
    assert not Episode.objects.exists()


def test_an_earlier_miss_keeps_its_date(webhook, line, carrier_says):
    webhook.post("voice", call_params(MARIA, line.number, new_sid()))
    call = Call.objects.get()
    missed_at = call.missed_at
    carrier_says("completed", ended_at=call.started_at + 3 * MINUTE)

    assert closed(call, after=5 * MINUTE).missed_at == missed_at
    assert call.phase == Call.Phase.ENDED


@pytest.mark.parametrize(("ago", "texts"), [(9, 1), (11, 0)])
def test_a_call_found_out_about_late_is_texted_within_ten_minutes(
    stub, ringing, run_tasks, ago, texts
):
    Call.objects.update(
        started_at=timezone.now() - ago * MINUTE, next_check_at=timezone.now()
    )

    run_due_work(timezone.now())
    assert run_tasks() == [
        "conversations.tasks.close_call",
        "conversations.tasks.answer",
    ]

    assert len(stub.messages) == texts
    episode = Episode.objects.get()
    assert episode.reason == ("" if texts else Reason.TOO_LATE)
    assert not OrmQ.objects.exists()
