"""Stop means stop, at once, for the number and on every line of the business."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.keywords import Keyword
from conversations.models import Conversation, Episode, Message
from conversations.optouts import keyword_in, silence
from conversations.reasons import Reason
from conversations.tests.factories import (
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
    PhoneLineFactory,
)
from conversations.tests.signed_client import call_params, new_sid, sms_params
from crm.consent import is_opted_out
from crm.models import ConsentEvent, LeadEvent
from crm.tests.factories import BusinessFactory, LeadFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(webhook, line):
    """Maria texts the line; returns the stored message."""

    def says(body, *, to=line, **more):
        sid = new_sid("SM")
        answer = webhook.post("sms", sms_params(MARIA, to.number, body, sid, **more))
        assert answer.status_code == 200
        return Message.objects.get(carrier_id=sid)

    return says


def answers():
    """What we wrote, oldest first: kind and words."""
    texts = Message.objects.outbound().order_by("id")
    return list(texts.values_list("kind", "body"))


def kinds():
    return [kind for kind, _body in answers()]


@pytest.mark.parametrize(
    "word",
    ["STOP", "stopall", "Unsubscribe", "CANCEL", "end", "Quit", "revoke", "OptOut"],
)
def test_a_stop_that_the_carrier_answers_is_obeyed_without_another_answer(
    maria, business, word
):
    message = maria(word)

    assert is_opted_out(business=business, phone=MARIA)
    assert answers() == []
    consent = ConsentEvent.objects.get()
    assert (consent.kind, consent.how) == ("opt_out", "keyword")
    assert (consent.text, consent.ref, consent.at) == (
        word,
        message.ref,
        message.created_at,
    )


@pytest.mark.parametrize(
    "words", ["STOP!", "opt out", "Please stop texting me", "stop 🛑", "Stop."]
)
def test_a_stop_in_other_words_gets_one_confirmation(maria, business, words):
    maria(words)
    maria(words)
    maria("STOP")

    assert is_opted_out(business=business, phone=MARIA)
    [(kind, body)] = answers()
    assert kind == Message.Kind.OPT_OUT_CONFIRMATION
    assert "Northside Heating" in body
    assert "START" in body


@pytest.mark.parametrize(
    "words", ["stop by at 5?", "non-stop", "Can you stop the leak?"]
)
def test_ordinary_words_are_no_stop(maria, business, words):
    maria(words)

    assert not is_opted_out(business=business, phone=MARIA)
    assert not ConsentEvent.objects.exists()


def test_the_carriers_own_verdict_is_obeyed_and_not_answered(maria, business):
    maria("Basta", OptOutType="STOP")
    assert is_opted_out(business=business, phone=MARIA)

    maria("Hola", OptOutType="START")
    assert not is_opted_out(business=business, phone=MARIA)

    maria("?", OptOutType="HELP")
    assert answers() == []


def test_a_confirmation_reaches_who_stopped_and_nothing_else_does(
    maria, line, stub, run_tasks, webhook
):
    maria("please stop texting me")
    webhook.post("voice", call_params(MARIA, line.number, new_sid()))
    run_tasks()

    [sent] = stub.messages
    assert "opted out" in sent["body"]
    assert Episode.objects.get().reason == Reason.OPTED_OUT


@pytest.mark.parametrize(
    ("word", "answered"),
    [
        # The carrier answers these itself.
        ("START", False),
        ("unstop", False),
        ("Yes", False),
        ("start texting me again", True),
        ("START!", True),
    ],
)
def test_start_opts_in_again_and_says_so_where_the_carrier_does_not(
    maria, business, word, answered
):
    maria("STOP")
    maria(word)

    assert not is_opted_out(business=business, phone=MARIA)
    assert kinds() == (["opt_in_confirmation"] if answered else [])
    assert ConsentEvent.objects.order_by("id").last().kind == "opt_in"


def test_yes_without_a_stop_before_it_is_an_answer_for_the_desk(maria):
    maria("yes")

    assert not ConsentEvent.objects.exists()
    assert Conversation.objects.get().waiting_since is not None


def test_start_without_a_stop_changes_nothing(maria):
    maria("start texting me")

    assert not ConsentEvent.objects.exists()
    assert answers() == []


def test_help_says_who_we_are_every_time_but_not_to_who_stopped(maria):
    maria("HELP")
    maria("help")
    assert kinds() == ["help", "help"]
    assert "Northside Heating" in answers()[0][1]

    maria("STOP")
    maria("HELP")
    assert kinds() == ["help", "help"]


def test_the_confirmation_is_in_the_leads_language(maria, business):
    LeadFactory(business=business, phone=MARIA, language="es")

    maria("stop texting me please")

    assert "START" in answers()[0][1]
    assert answers()[0][1] != ""
    assert "opted out" not in answers()[0][1]


def test_help_names_the_number_that_the_business_shows(maria, business):
    business.phone = "+13125550888"
    business.save()

    maria("HELP")

    assert "(312) 555-0888" in answers()[0][1]


def test_a_stop_is_on_the_timeline_of_the_lead(maria):
    message = maria("STOP")

    event = LeadEvent.objects.get(kind=LeadEvent.Kind.OPTED_OUT)
    assert event.lead == message.conversation.lead
    assert event.data == {"how": "keyword"}


def test_a_stop_to_one_line_stops_the_whole_business_and_no_other(maria, business):
    maria("STOP", to=PhoneLineFactory(business=business))

    assert is_opted_out(business=business, phone=MARIA)
    assert not is_opted_out(business=BusinessFactory(), phone=MARIA)


@pytest.fixture
def waiting(business, line):
    """A text to Maria that waits to be sent."""
    lead = LeadFactory(business=business, phone=MARIA)
    thread = ConversationFactory(business=business, lead=lead, line=line)

    def write(kind=Message.Kind.TEXT_BACK, state=Message.State.QUEUED, **more):
        episode = None
        if kind == Message.Kind.TEXT_BACK:
            episode = EpisodeFactory(business=business, line=line)
        return MessageFactory(
            conversation=thread,
            outbound=True,
            kind=kind,
            state=state,
            episode=episode,
            due_at=NOW,
            **more,
        )

    return write


def test_a_stop_cancels_everything_that_waits_on_every_line(waiting, maria, business):
    other_line = PhoneLineFactory(business=business)
    answer, by_hand = waiting(), waiting(Message.Kind.STAFF, line=other_line)

    maria("STOP")

    for message in (answer, by_hand):
        message.refresh_from_db()
        assert (message.state, message.due_at) == ("cancelled", None)
    answer.episode.refresh_from_db()
    assert answer.episode.state == Episode.State.NOT_TEXTED
    assert answer.episode.reason == Reason.OPTED_OUT


def test_a_stop_leaves_alone_what_has_left_and_its_own_confirmation(waiting):
    sending = waiting(state=Message.State.SENDING)
    sent = waiting(Message.Kind.STAFF, state=Message.State.SENT)
    confirmation = waiting(Message.Kind.OPT_OUT_CONFIRMATION)

    silence(sending.conversation, now=NOW)

    for message, state in [
        (sending, "sending"),
        (sent, "sent"),
        (confirmation, "queued"),
    ]:
        message.refresh_from_db()
        assert message.state == state


def test_a_text_claimed_while_the_stop_comes_in_keeps_its_story(waiting, monkeypatch):
    message = waiting()
    rows = type(Message.objects.all())
    exclude = rows.exclude

    def and_a_worker_takes_it(self, **which):
        found = list(exclude(self, **which))
        Message.objects.filter(pk=message.pk).update(state=Message.State.SENDING)
        return found

    monkeypatch.setattr(rows, "exclude", and_a_worker_takes_it)

    silence(message.conversation, now=NOW)

    message.refresh_from_db()
    assert message.state == Message.State.SENDING


def test_a_stop_does_not_touch_other_people(waiting, business, line):
    other = ConversationFactory(
        business=business, lead=LeadFactory(business=business), line=line
    )
    for_other = MessageFactory(
        conversation=other, outbound=True, state=Message.State.QUEUED
    )

    silence(waiting().conversation, now=NOW)

    for_other.refresh_from_db()
    assert for_other.state == Message.State.QUEUED


@pytest.mark.parametrize(
    ("text", "carrier_type", "opted_out", "keyword"),
    [
        ("stop", None, False, Keyword.STOP),
        ("yes", None, False, None),
        ("yes", None, True, Keyword.START),
        ("Hi", None, True, None),
        ("Hi", "STOP", False, Keyword.STOP),
        ("yes", "HELP", True, Keyword.HELP),
    ],
)
def test_yes_counts_only_after_a_stop(text, carrier_type, opted_out, keyword):
    said = keyword_in(text, carrier_type=carrier_type, opted_out=opted_out)

    assert said == keyword


def test_a_text_back_after_start_is_sent_again(maria, line, webhook, stub, run_tasks):
    maria("STOP")
    maria("START")
    Message.objects.update(created_at=NOW - timedelta(days=2))
    webhook.post("voice", call_params(MARIA, line.number, new_sid()))
    run_tasks()

    assert len(stub.messages) == 1
