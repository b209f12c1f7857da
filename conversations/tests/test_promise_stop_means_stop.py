"""Promise P3: an opted-out number gets nothing.

Maria texts STOP to one line of Northside Heating. From then on nothing reaches her:
not what was queued earlier, not by hand, not by another line of the same business.
Another business that she deals with is not concerned.
"""

import pytest
from django.utils import timezone

from conversations import inbox, outbox
from conversations.models import Conversation, Episode, Message
from conversations.tests.factories import PhoneLineFactory
from conversations.tests.signed_client import call_params, new_sid, sms_params
from conversations.threads import conversation_with
from crm.consent import is_opted_out
from crm.leads import lead_for_caller
from crm.models import ConsentEvent
from crm.tests.factories import BusinessFactory

MARIA = "+17735552001"
LINE = "+13125550100"
OTHER_LINE = "+13125550102"
OTHER_BUSINESS = "+13125550190"


@pytest.fixture
def ring(webhook, line, stub):
    def ring(to: str = LINE):
        sid = new_sid()
        answer = webhook.post("voice", call_params(MARIA, to, sid))
        assert answer.status_code == 200
        webhook.post("status", call_params(MARIA, to, sid, "completed"))

    return ring


@pytest.fixture
def text(webhook, line, stub):
    def text(body: str, to: str = LINE, **more):
        sid = new_sid("SM")
        answer = webhook.post("sms", sms_params(MARIA, to, body, sid, **more))
        assert answer.status_code == 200

    return text


@pytest.mark.parametrize(
    "words", ["STOP", "stop", " Stop. ", "STOP!!!", "🛑 stop", "Opt out", "unsubscribe"]
)
def test_after_stop_in_any_dress_a_missed_call_is_not_texted(
    words, ring, text, run_tasks, stub
):
    text(words)
    ring()
    run_tasks()
    assert [m for m in stub.messages if "Reply STOP" in m["body"]] == []
    assert Episode.objects.get().reason == "opted_out"


@pytest.mark.parametrize("how", ["staff", "carrier"])
def test_who_stopped_and_is_nobodys_lead_is_not_texted_either(
    how, business, ring, run_tasks, stub
):
    """A lead of this moment has no past: the claim looks at consent all the same."""
    ConsentEvent.objects.create(business=business, phone=MARIA, kind="opt_out", how=how)
    ring()
    run_tasks()
    assert stub.messages == []
    episode = Episode.objects.get()
    assert (episode.state, episode.reason) == ("not_texted", "opted_out")


def test_a_text_that_was_queued_before_stop_is_cancelled(ring, text, run_tasks, stub):
    ring()
    stub.faults = ["429"]
    run_tasks()
    assert Message.objects.get(kind="text_back").state == "queued"
    text("STOP")
    run_tasks()
    outbox.deliver(Message.objects.get(kind="text_back").pk)
    assert Message.objects.get(kind="text_back").state == "cancelled"
    assert Episode.objects.get().reason == "opted_out"
    assert stub.messages == []


def test_a_text_is_not_claimed_when_the_answer_came_a_moment_ago(line, stub, business):
    """The claim itself looks at consent: no window between looking and sending."""
    conversation = _thread(line)
    message = outbox.queue(
        outbox.Draft(conversation=conversation, line=line, kind="staff", body="Hi"),
        now=timezone.now(),
    )
    ConsentEvent.objects.create(
        business=business, phone=MARIA, kind="opt_out", how="staff"
    )
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, stub.messages) == ("cancelled", [])


def test_nobody_can_text_by_hand_after_stop(line, text, run_tasks, stub):
    text("STOP")
    with pytest.raises(inbox.ReplyError, match="asked for no more texts"):
        inbox.reply(
            Conversation.objects.get(), body="Hi", author=None, now=timezone.now()
        )
    run_tasks()
    assert stub.messages == []


def test_another_line_of_the_same_business_stays_silent_too(
    business, ring, text, run_tasks, stub
):
    PhoneLineFactory(business=business, number=OTHER_LINE)
    text("STOP")
    ring(OTHER_LINE)
    run_tasks()
    assert stub.messages == []


def test_another_business_is_not_concerned(ring, text, run_tasks, stub):
    PhoneLineFactory(business=BusinessFactory(), number=OTHER_BUSINESS)
    text("STOP")
    ring(OTHER_BUSINESS)
    run_tasks()
    assert [m["from"] for m in stub.messages] == [OTHER_BUSINESS]


def test_the_carriers_own_word_for_it_counts(ring, text, run_tasks, stub):
    text("Arrêt", OptOutType="STOP")
    ring()
    run_tasks()
    assert stub.messages == []


def test_the_carriers_refusal_is_written_down_as_an_opt_out(
    business, ring, run_tasks, stub
):
    stub.faults = ["21610"]
    ring()
    run_tasks()
    assert is_opted_out(business=business, phone=MARIA)
    assert ConsentEvent.objects.get().how == "carrier"


def test_stop_gets_one_confirmation_at_most_and_none_when_the_carrier_sends_it(
    text, run_tasks, stub
):
    text("STOP")
    run_tasks()
    assert stub.messages == []
    text("START")
    text("please stop texting me")
    text("please stop texting me")
    run_tasks()
    assert len(stub.messages) == 1
    assert "no more texts" in stub.messages[0]["body"].lower() or (
        "START" in stub.messages[0]["body"]
    )


@pytest.mark.parametrize("words", ["START", "unstop", "Yes"])
def test_start_opens_the_door_again(words, ring, text, run_tasks, stub):
    text("STOP")
    text(words)
    ring()
    run_tasks()
    assert [m["to"] for m in stub.messages if "STOP" in m["body"]] == [MARIA]


def test_yes_without_a_stop_before_is_an_ordinary_answer(text, business):
    text("yes")
    assert not ConsentEvent.objects.exists()
    assert Conversation.objects.get().waiting_since is not None


@pytest.mark.parametrize("words", ["stop by at 5?", "non-stop noise", "the end?"])
def test_ordinary_words_with_stop_in_them_are_no_opt_out(words, text, business):
    text(words)
    assert not is_opted_out(business=business, phone=MARIA)


def test_the_ledger_says_how_when_and_which_message(text, business):
    text("Stop please")
    event = ConsentEvent.objects.get()
    received = Message.objects.get(direction="in")
    assert (event.how, event.text, event.ref) == (
        "keyword",
        "Stop please",
        received.ref,
    )
    assert event.at is not None


def _thread(line):
    now = timezone.now()
    lead = lead_for_caller(
        business=line.business, phone=MARIA, source_id=line.source_id, now=now
    )
    return conversation_with(lead=lead, line=line, now=now)
