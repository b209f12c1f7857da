"""Promise P11: bad input gets a sentence, nothing half-written, never a 5xx."""

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from conversations.models import Call, Episode, Message
from conversations.tests.factories import PhoneLineFactory
from conversations.tests.signed_client import (
    PATHS,
    SignedClient,
    call_params,
    new_sid,
    sms_params,
)

CALLER, LINE = "+17735552001", "+13125550100"

FIELDS = (
    *("CallSid", "MessageSid", "AccountSid", "From", "To", "CallStatus", "Body"),
    *("DialCallStatus", "DialBridged", "DialCallDuration", "Digits", "NumMedia"),
    *("RecordingDuration", "RecordingUrl", "RecordingSid", "ParentCallSid"),
    *("MessageStatus", "ErrorCode", "OptOutType", "ForwardedFrom", "AnsweredBy"),
    *("Timestamp", "MediaUrl0", "TranscriptionText", "CallDuration"),
)
values = st.one_of(
    st.text(max_size=30),
    st.sampled_from([CALLER, LINE, "anonymous", "-1", "1e9", "9" * 400, "\0", ""]),
    st.from_regex(r"[A-Z]{2}[0-9a-f]{32}", fullmatch=True),
    st.sampled_from(["ringing", "completed", "no-answer", "canceled", "delivered"]),
)


class PromiseBadInputNeverBreaksAWebhook(TestCase):
    """Signed nonsense, as a carrier's mistake or a change of its format would send."""

    def setup_example(self):
        """Hypothesis wraps each example, but not ``setUp``, in a transaction."""
        super().setup_example()
        PhoneLineFactory(number=LINE)
        self.webhook = SignedClient(Client(raise_request_exception=True))

    @settings(max_examples=300, deadline=None)
    @given(
        name=st.sampled_from(sorted(PATHS)),
        params=st.dictionaries(st.sampled_from(FIELDS), values, max_size=12),
    )
    def test_signed_nonsense_is_answered_with_2xx_or_4xx(self, name, params):
        answer = self.webhook.post(name, params)
        assert answer.status_code < 500
        if answer.status_code >= 400:
            sentence = answer.content.decode()
            assert sentence.endswith(".")
            assert " " in sentence

    @settings(max_examples=150, deadline=None)
    @given(
        status=st.text(max_size=20),
        dial=st.text(max_size=20),
        caller=st.text(max_size=40),
    )
    def test_a_call_with_odd_words_is_still_recorded_and_explained(
        self, status, dial, caller
    ):
        sid = new_sid()
        self.webhook.post("voice", call_params(caller, LINE, sid))
        odd = call_params(caller, LINE, sid, status, DialCallStatus=dial)
        assert self.webhook.post("ended", odd).status_code == 200
        final = call_params(caller, LINE, sid, status)
        assert self.webhook.post("status", final).status_code == 204
        self.webhook.post("status", call_params(caller, LINE, sid, "completed"))
        call = Call.objects.get(carrier_id=sid)
        assert call.outcome
        assert call.episode is not None


@pytest.mark.parametrize(
    ("name", "params", "status", "words"),
    [
        ("voice", {}, 400, "CallSid"),
        ("ended", {"CallSid": "../../etc"}, 400, "CallSid"),
        ("sms", {"From": CALLER, "To": LINE, "Body": "Hi"}, 400, "MessageSid"),
        ("receipt", {"MessageStatus": "sent"}, 400, "MessageSid"),
        ("voice", call_params(CALLER, "+13125550999", new_sid()), 404, "line"),
    ],
)
def test_a_signed_webhook_that_makes_no_sense_says_what_is_wrong(
    webhook, line, name, params, status, words
):
    answer = webhook.post(name, params)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not Call.objects.exists()
    assert not Message.objects.exists()


def test_a_receipt_for_a_text_that_we_do_not_know_is_fine(webhook, line):
    params = {"MessageSid": new_sid("SM"), "MessageStatus": "delivered"}
    assert webhook.post("receipt", params).status_code == 204
    assert webhook.post("receipt", params, query="?m=nonsense").status_code == 204


def test_a_text_for_a_number_that_is_no_line_is_taken_and_reported(
    webhook, line, caplog
):
    params = sms_params(CALLER, "+13125550999", "Hi", new_sid("SM"))
    assert webhook.post("sms", params).status_code == 200
    assert "no line of ours" in caplog.text
    assert not Message.objects.exists()


def test_an_unclear_status_becomes_a_task_for_the_desk(
    webhook, ring_line, run_tasks, stub
):
    sid = new_sid()
    to = ring_line.number
    webhook.post("voice", call_params(CALLER, to, sid))
    odd = call_params(CALLER, to, sid, "in-progress", DialCallStatus="exploded")
    webhook.post("ended", odd)
    webhook.post("status", call_params(CALLER, to, sid, "completed"))
    run_tasks()
    assert Episode.objects.get().reason == "unknown_outcome"
    assert ring_line.business.tasks.get().kind == "unknown_call"
    assert stub.messages == []
