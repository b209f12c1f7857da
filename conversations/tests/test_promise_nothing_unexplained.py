"""Promises P1, P2 and P3 over generated days: calls, texts, faults and kills.

A story is a set of calls, each with the webhooks that a carrier would send about it.
The test shuffles, repeats and loses webhooks, runs workers in any order, kills them
before and after the carrier accepted, lets the carrier fail, and sends STOP in the
middle of it. Then time passes, and the promises are checked on what was really sent.
"""

from collections import Counter

from django.test import Client
from django_q.models import OrmQ
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from conversations.gateway import choice
from conversations.models import Call, Episode, Message, PhoneLine
from conversations.tests.factories import PhoneLineFactory, RingTargetFactory
from conversations.tests.fake_network import (
    Clock,
    FakeCarrier,
    let_time_pass,
    run_one_task,
    using,
)
from conversations.tests.signed_client import (
    SignedClient,
    call_params,
    new_sid,
    sms_params,
)
from conversations.verdict import Outcome
from crm.models import ConsentEvent
from crm.tests.factories import BusinessFactory

FORWARDED, RING = "+13125550100", "+13125550101"
CALLERS = ("+17735552001", "+17735552002", "anonymous")
STORIES = ("forwarded", "no-answer", "busy", "failed", "canceled", "machine", "answer")
FATES = ("accept", "killed before", "killed after", "busy", "500", "answer lost")


def webhooks_of(story: str, caller: str) -> list[tuple[str, dict[str, str]]]:
    """What a carrier sends about one call, in its natural order."""
    sid = new_sid()
    line = FORWARDED if story == "forwarded" else RING

    def about(name: str, status: str, **more: str) -> tuple[str, dict[str, str]]:
        return name, call_params(caller, line, sid, status, **more)

    leg = {"CallSid": new_sid(), "ParentCallSid": sid, "From": caller}
    start, final = about("voice", "ringing"), about("status", "completed")
    if story == "forwarded":
        return [start, final]
    if story == "answer":
        key = ("accept", {**leg, "To": "+17735550199", "Digits": "1"})
        end = about(
            "ended", "completed", DialCallStatus="completed", DialBridged="true"
        )
        return [start, key, end, final]
    dial = {"machine": "completed"}.get(story, story)
    end = about("ended", "in-progress", DialCallStatus=dial, DialBridged="false")
    return [start, end, final]


calls = st.lists(
    st.tuples(st.sampled_from(STORIES), st.sampled_from(CALLERS)),
    min_size=1,
    max_size=4,
)


class PromiseNothingUnexplainedNeverTwiceNeverLost(TestCase):
    """One generated day per example."""

    def setup_example(self):
        """Hypothesis wraps each example, but not ``setUp``, in a transaction."""
        super().setup_example()
        business = BusinessFactory(name="Northside Heating")
        PhoneLineFactory(business=business, number=FORWARDED)
        line = PhoneLineFactory(business=business, number=RING, plan="ring")
        RingTargetFactory(line=line, number="+17735550199")
        self.clock = Clock()
        self.carrier = FakeCarrier(self.clock)
        self.webhook = SignedClient(Client())

    def teardown_example(self, example):
        """The next test has another carrier."""
        choice.carrier.cache_clear()
        super().teardown_example(example)

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(calls=calls, data=st.data())
    def test_every_missed_call_has_one_text_or_one_reason(self, calls, data):
        with self.clock.running(), using(self.carrier):
            self._play(calls, data)
            let_time_pass(self.clock)
            self._check_nothing_unexplained()
            self._check_never_twice_never_lost()
            self._check_stop_means_stop()

    def _play(self, calls, data):
        self.carrier.plan = data.draw(
            st.lists(st.sampled_from([*FATES, "list fails"]), max_size=6)
        )
        waiting = []
        for story, caller in calls:
            hooks = webhooks_of(story, caller)
            kept = data.draw(st.integers(1, len(hooks)))
            waiting += hooks[:kept] + data.draw(
                st.lists(st.sampled_from(hooks), max_size=2)
            )
        stops = data.draw(st.lists(st.sampled_from(CALLERS[:2]), max_size=1))
        waiting += [("sms", sms_params(c, RING, "STOP", new_sid("SM"))) for c in stops]
        for name, params in data.draw(st.permutations(waiting)):
            answer = self.webhook.post(name, params)
            assert answer.status_code in (200, 204), (name, answer.content)
            self.clock.tick(data.draw(st.sampled_from([0, 1, 70])))
            if data.draw(st.booleans()):
                run_one_task(data.draw(st.integers(0, 5)))
            elif data.draw(st.integers(0, 9)) == 0:
                # The queue loses what it holds: rows are the truth, not tasks.
                OrmQ.objects.all().delete()

    def _check_nothing_unexplained(self):
        assert not Episode.objects.unexplained(self.clock.now).exists()
        for episode in Episode.objects.all():
            assert episode.state != Episode.State.PENDING
            if episode.state == Episode.State.NOT_TEXTED:
                assert episode.reason
        missed = Call.objects.exclude(outcome__in=["", Outcome.ANSWERED])
        assert not missed.filter(episode=None).exists()
        assert not Call.objects.filter(outcome="").exists()

    def _check_never_twice_never_lost(self):
        sent = Counter(self.carrier.markers)
        assert all(count == 1 for count in sent.values()), sent
        for episode in Episode.objects.filter(state=Episode.State.TEXTED):
            texts = episode.messages.filter(kind=Message.Kind.TEXT_BACK)
            ids = [str(text.public_id) for text in texts]
            assert sum(sent[marker] for marker in ids) == 1

    def _check_stop_means_stop(self):
        for answer in ConsentEvent.objects.filter(kind=ConsentEvent.Kind.OPT_OUT):
            later = [
                text
                for text in self.carrier.texts
                if text.to == answer.phone and text.created_at > answer.at
            ]
            assert not later


class PromiseSameWebhooksSameResult(TestCase):
    """Order and repetition of webhooks change nothing about a call."""

    def setup_example(self):
        """Rows of its own for every example."""
        super().setup_example()
        self.webhook = SignedClient(Client())
        business = BusinessFactory()
        self.ring = PhoneLineFactory(business=business, number=RING, plan="ring")
        RingTargetFactory(line=self.ring, number="+17735550199")
        PhoneLineFactory(business=business, number=FORWARDED)

    @settings(max_examples=60, deadline=None)
    @given(
        story=st.sampled_from(STORIES),
        caller=st.sampled_from(CALLERS),
        data=st.data(),
    )
    def test_the_outcome_is_the_same_in_any_order(self, story, caller, data):
        hooks = webhooks_of(story, caller)
        repeated = hooks + data.draw(st.lists(st.sampled_from(hooks), max_size=4))
        # The row is made by any webhook that names caller and line; a key press
        # cannot come before the call that it belongs to.
        first, *rest = repeated
        for name, params in [first, *data.draw(st.permutations(rest))]:
            self.webhook.post(name, params)
        shuffled = Call.objects.get()
        Call.objects.all().delete()
        PhoneLine.objects.update(paced_until=None)
        for name, params in hooks:
            self.webhook.post(name, params)
        natural = Call.objects.get()
        if story == "answer" and shuffled.outcome != natural.outcome:
            # Refused after the end: the caller had gone when the key was pressed.
            assert not shuffled.evidence.get("accepted")
            return
        assert shuffled.outcome == natural.outcome
        assert _facts(shuffled) == _facts(natural)
        assert shuffled.phase == natural.phase == Call.Phase.ENDED


def _facts(call: Call) -> dict:
    """The evidence without the one fact that is a time."""
    return {k: v for k, v in call.evidence.items() if k != "accepted_after"}
