"""Texts in land in one thread; texts by hand go out of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django_q.models import OrmQ

from conversations import inbox
from conversations.gateway.payloads import TextReceived
from conversations.inbox import ReplyError, reply
from conversations.models import Conversation, Message
from conversations.tests.factories import MessageFactory, PhoneLineFactory
from conversations.tests.signed_client import new_sid, sms_params
from conversations.threads import conversation_with
from crm.consent import record
from crm.models import ConsentEvent, Lead, LeadEvent
from crm.tests.factories import LeadFactory, UserFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"

pytestmark = pytest.mark.django_db


def receive(line, body, *, sender=MARIA, sid=None, at=NOW, **more):
    params = sms_params(sender, line.number, body, sid or new_sid("SM"), **more)
    return inbox.receive(TextReceived.from_params(params), now=at)


# --- Texts in ---


def test_a_text_from_a_stranger_makes_a_lead_with_the_lines_source(line):
    message = receive(line, "Do you fix boilers?")

    lead = Lead.objects.get()
    assert (lead.phone, lead.first_source) == (MARIA, line.source)
    assert (message.direction, message.state, message.kind) == (
        "in",
        "received",
        "client",
    )
    assert (message.body, message.phone, message.created_at) == (
        "Do you fix boilers?",
        MARIA,
        NOW,
    )
    assert (message.conversation.lead, message.conversation.line) == (lead, line)
    kinds = LeadEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["lead_created", "text_received"]


def test_a_text_waits_for_the_desk_since_its_first_unanswered_word(line):
    receive(line, "Hello?")
    receive(line, "Anybody?", at=NOW + timedelta(minutes=5))

    thread = Conversation.objects.get()
    assert thread.waiting_since == NOW
    assert thread.last_message_at == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("status", list(Conversation.Status))
def test_a_text_reopens_the_thread(thread, line, status):
    Conversation.objects.update(status=status)

    receive(line, "One more thing")

    thread.refresh_from_db()
    assert (thread.status, thread.waiting_since) == (Conversation.Status.OPEN, NOW)


def test_a_repeated_webhook_stores_and_answers_once(line):
    sid = new_sid("SM")

    assert receive(line, "HELP", sid=sid) is not None
    assert receive(line, "HELP", sid=sid) is None

    assert Message.objects.filter(direction="in").count() == 1
    assert Message.objects.outbound().count() == 1
    assert OrmQ.objects.count() == 1


def test_a_repeat_after_our_reply_does_not_wait_again(line):
    sid = new_sid("SM")
    message = receive(line, "Hello?", sid=sid)
    reply(message.conversation, body="Hi!", author=None, now=NOW)

    receive(line, "Hello?", sid=sid)

    assert Conversation.objects.get().waiting_since is None


def test_pictures_are_kept_as_references(line):
    url = "https://api.twilio.com/media/ME1"

    message = receive(
        line, "", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg"
    )

    assert message.media == [{"url": url, "type": "image/jpeg"}]
    assert message.body == ""


def test_a_text_for_a_number_that_is_no_line_of_ours_is_answered_and_logged(
    webhook, db, caplog
):
    params = sms_params(MARIA, "+13125550999", "Hi", new_sid("SM"))

    answer = webhook.post("sms", params)

    assert (answer.status_code, Message.objects.count()) == (200, 0)
    assert "no line of ours" in caplog.text
    assert MARIA not in caplog.text


def test_the_carrier_is_told_to_do_nothing(webhook, line):
    answer = webhook.post("sms", sms_params(MARIA, line.number, "Hi", new_sid("SM")))

    assert answer.headers["Content-Type"] == "text/xml"
    assert answer.content.endswith(b"<Response />")


def test_one_person_has_one_thread_over_all_lines(business, line):
    second = PhoneLineFactory(business=business)
    receive(line, "Hi")
    receive(second, "Hi again")

    thread = Conversation.objects.get()
    # The person knows the number that they wrote to last.
    assert thread.line == second
    assert thread.messages.count() == 2
    assert Lead.objects.get().latest_source == second.source


def test_businesses_do_not_share_threads(line):
    other = PhoneLineFactory()
    receive(line, "Hi")
    receive(other, "Hi")

    assert Conversation.objects.count() == 2
    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    ("sender", "kept"),
    [("22395", "22395"), ("NORTHBANK", "NORTHBANK"), ("x" * 40, "x" * 16)],
)
def test_senders_without_a_number_are_kept_as_sent(line, sender, kept):
    assert receive(line, "Your code is 1234", sender=sender).phone == kept


def test_a_text_without_a_sender_is_answered_and_logged_and_nobodys(
    webhook, line, caplog
):
    answer = webhook.post("sms", sms_params("", line.number, "Hi", new_sid("SM")))

    assert answer.status_code == 200
    assert not Message.objects.exists()
    assert not Conversation.objects.exists()
    assert not Lead.objects.exists()
    assert f"A text for line {line.pk} names no sender" in caplog.text
    assert line.number not in caplog.text


def test_a_keyword_is_no_work_for_the_desk(thread, line):
    Conversation.objects.update(status=Conversation.Status.DONE)

    receive(line, "STOP", at=NOW + timedelta(hours=1))

    thread.refresh_from_db()
    assert (thread.status, thread.waiting_since) == (Conversation.Status.DONE, None)
    assert thread.last_message_at == NOW + timedelta(hours=1)


def test_a_very_long_text_is_kept(line):
    message = receive(line, "ł" * 3000)

    assert (len(message.body), message.segments) == (3000, 45)


# --- Texts by hand ---


def test_a_reply_is_queued_in_the_writers_name_and_ends_the_waiting(
    thread, stub, run_tasks
):
    ana = UserFactory()
    Conversation.objects.update(waiting_since=NOW, status=Conversation.Status.SNOOZED)

    message = reply(thread, body="  We come at five. ", author=ana, now=NOW)

    assert "We come at five." in message.body
    assert (message.author, message.kind) == (ana, "staff")
    thread.refresh_from_db()
    assert (thread.waiting_since, thread.status) == (None, Conversation.Status.OPEN)
    assert run_tasks() == ["conversations.tasks.deliver"]


def texted_before(thread, **more):
    return MessageFactory(conversation=thread, outbound=True, **more)


def test_the_first_reply_to_a_number_says_who_writes_and_how_to_stop(thread):
    first, second = (
        reply(thread, body=body, author=None, now=NOW).body
        for body in ("We come at five.", "Or at six.")
    )

    assert first == "Northside Heating: We come at five. Reply STOP to opt out."
    assert second == "Or at six."


@pytest.mark.parametrize("state", sorted(set(Message.State) - {"received"}))
def test_a_text_that_never_arrived_has_introduced_nobody(thread, state):
    texted_before(thread, state=state)

    body = reply(thread, body="We come at five.", author=None, now=NOW).body

    never = state in ("cancelled", "failed", "undelivered")
    assert ("Reply STOP" in body) is never


def test_a_received_text_has_introduced_nobody(thread, line):
    receive(line, "Who is this?")

    assert "Reply STOP" in reply(thread, body="Us.", author=None, now=NOW).body


@pytest.mark.parametrize(
    ("businesss", "leads"), [("es", ""), ("en", "es"), ("es", "es")]
)
def test_the_introduction_speaks_the_persons_language(thread, businesss, leads):
    thread.business.language, thread.lead.language = businesss, leads

    body = reply(thread, body="Vamos a las cinco.", author=None, now=NOW).body

    assert body == (
        "Northside Heating: Vamos a las cinco. Responda STOP para no recibir mas."
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "Write something first."),
        (" \n ", "Write something first."),
        ("x" * 1601, "That is longer than 1600 characters."),
    ],
)
def test_a_reply_that_cannot_be_sent_says_why(thread, body, why):
    texted_before(thread)

    with pytest.raises(ReplyError, match=why):
        reply(thread, body=body, author=None, now=NOW)

    assert Message.objects.count() == 1


def test_the_longest_reply_may_go(thread):
    texted_before(thread)

    assert len(reply(thread, body="x" * 1600, author=None, now=NOW).body) == 1600


def test_nothing_is_cut_off_to_make_room_for_the_introduction(thread):
    around = len("Northside Heating: ") + len(" Reply STOP to opt out.")
    most = 1600 - around

    with pytest.raises(ReplyError, match=f"longer than {most} characters"):
        reply(thread, body="x" * (most + 1), author=None, now=NOW)
    assert not Message.objects.exists()

    body = reply(thread, body="x" * most, author=None, now=NOW).body
    assert (len(body), body.count("x")) == (1600, most)
    assert body.endswith("Reply STOP to opt out.")


def test_nobody_can_write_by_hand_to_a_number_that_stopped(thread):
    record(
        ConsentEvent(
            business=thread.business, phone=MARIA, kind="opt_out", how="keyword"
        )
    )
    Conversation.objects.update(waiting_since=NOW)

    with pytest.raises(ReplyError, match="asked for no more texts"):
        reply(thread, body="Hello", author=None, now=NOW)

    assert not Message.objects.exists()
    assert not OrmQ.objects.exists()
    thread.refresh_from_db()
    assert thread.waiting_since == NOW


# --- The thread ---


def test_a_thread_is_found_again_and_keeps_its_line(thread, line):
    assert conversation_with(lead=thread.lead, line=line, now=NOW) == thread
    assert Conversation.objects.get().line == line


def test_two_processes_that_open_a_thread_at_once_share_it(thread, line):
    # It was not there when its lead was made a moment ago.
    thread.lead.just_made = True

    assert conversation_with(lead=thread.lead, line=line, now=NOW) == thread
    assert Conversation.objects.count() == 1


def test_a_new_thread_is_open_and_dated(business, line):
    lead = LeadFactory(business=business)

    thread = conversation_with(lead=lead, line=line, now=NOW)

    assert (thread.phone, thread.lead, thread.line) == (lead.phone, lead, line)
    assert (thread.status, thread.last_message_at) == (Conversation.Status.OPEN, NOW)
