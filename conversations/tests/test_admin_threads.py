"""The conversation's page: reading the thread and answering it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from conversations.models import Conversation, Message, PhoneLine
from conversations.tests.factories import (
    CallFactory,
    ConversationFactory,
    MessageFactory,
)
from conversations.wording import MAX_CHARACTERS
from crm.models import ConsentEvent, Membership
from crm.tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

Role = Membership.Role
LIST = reverse("admin:conversations_conversation_changelist")


@pytest.fixture
def dana(client):
    """Somebody at the front desk, signed in with `client`."""
    member = MembershipFactory(role=Role.FRONT_DESK)
    client.force_login(member.user)
    return member


@pytest.fixture
def thread(dana):
    found = ConversationFactory(business=dana.business, waiting_since=now())
    found.lead.name = "Maria Lopez"
    found.lead.save()
    return found


def address(thread, step="change"):
    return reverse(f"admin:conversations_conversation_{step}", args=[thread.pk])


def shown(client, thread):
    answer = client.get(address(thread))
    assert answer.status_code == 200
    return answer.content.decode()


def send(client, thread, body="We can come at 3.", **fields):
    return client.post(address(thread, "reply"), {"body": body, **fields})


def stop(thread):
    ConsentEvent.objects.create(
        business=thread.business,
        phone=thread.phone,
        kind=ConsentEvent.Kind.OPT_OUT,
        how=ConsentEvent.How.KEYWORD,
    )


class TestReading:
    def test_texts_stand_in_order_with_their_state(self, client, thread):
        MessageFactory(conversation=thread, body="My heater died")
        MessageFactory(
            conversation=thread,
            outbound=True,
            body="We are on our way",
            state=Message.State.DELIVERED,
        )
        page = shown(client, thread)
        assert page.index("My heater died") < page.index("We are on our way")
        assert "delivered" in page

    def test_a_failed_text_says_why_in_words(self, client, thread):
        MessageFactory(
            conversation=thread,
            outbound=True,
            state=Message.State.FAILED,
            error_code="30006",
        )
        assert "This number cannot get texts (it is a landline)." in shown(
            client, thread
        )

    def test_times_are_those_of_the_business(self, client, thread):
        thread.business.timezone = "Asia/Tokyo"
        thread.business.save()
        at = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
        MessageFactory(conversation=thread, created_at=at)
        assert "9:30 a.m." in shown(client, thread)

    def test_missed_calls_and_voicemails_stand_between_the_texts(self, client, thread):
        CallFactory(
            business=thread.business,
            line=thread.line,
            caller=thread.phone,
            transcript="Please call me back",
        )
        page = shown(client, thread)
        assert "Missed: rang 20 s, nobody pressed 1." in page
        assert "Please call me back" in page

    def test_calls_of_the_same_number_to_another_business_stay_there(
        self, client, thread
    ):
        CallFactory(caller=thread.phone, transcript="A secret of theirs")
        assert "A secret of theirs" not in shown(client, thread)

    def test_pictures_are_links_and_never_loaded(self, client, thread):
        url = "https://media.example.com/1"
        MessageFactory(
            conversation=thread, body="", media=[{"url": url, "type": "image/jpeg"}]
        )
        page = shown(client, thread)
        assert f'href="{url}"' in page
        assert "Picture (jpeg)" in page
        assert f'src="{url}"' not in page

    def test_a_picture_address_that_is_no_web_address_is_no_link(self, client, thread):
        MessageFactory(
            conversation=thread, media=[{"url": "javascript:x()", "type": "image/png"}]
        )
        assert "javascript:x()" not in shown(client, thread)

    def test_what_a_client_writes_is_never_run(self, client, thread):
        MessageFactory(conversation=thread, body="<script>alert(1)</script>")
        assert "<script>alert(1)" not in shown(client, thread)

    def test_the_lead_stands_beside_the_thread(self, client, thread):
        page = shown(client, thread)
        assert reverse("admin:crm_lead_change", args=[thread.lead_id]) in page
        assert thread.lead.first_source.name in page

    def test_a_page_that_is_open_asks_for_the_items_alone(self, client, thread):
        MessageFactory(conversation=thread, body="My heater died")
        page = client.get(address(thread, "items")).content.decode()
        assert "My heater died" in page
        assert "<html" not in page


class TestAnswering:
    def test_a_reply_is_queued_by_its_author(self, client, thread, dana):
        answer = send(client, thread)
        assert answer["Location"] == address(thread)
        message = thread.messages.get()
        assert "We can come at 3." in message.body
        assert message.author == dana.user
        assert message.state == Message.State.QUEUED
        thread.refresh_from_db()
        assert thread.waiting_since is None

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("   ", "Write something first."),
            ("x" * MAX_CHARACTERS, "That is longer than 15"),
        ],
    )
    def test_a_refused_reply_says_why_and_keeps_the_words(
        self, client, thread, body, words
    ):
        answer = send(client, thread, body)
        page = answer.content.decode()
        assert words in page
        assert body in page
        assert not thread.messages.exists()

    def test_nobody_answers_over_a_colleague(self, client, thread):
        seen = MessageFactory(conversation=thread)
        colleague = UserFactory(username="sam")
        MessageFactory(conversation=thread, outbound=True, author=colleague)
        page = send(client, thread, seen=seen.pk).content.decode()
        assert "sam answered a moment ago" in page
        assert "We can come at 3." in page
        assert thread.messages.count() == 2

    def test_a_second_click_sends_nothing(self, client, thread):
        seen = MessageFactory(conversation=thread)
        send(client, thread, seen=seen.pk)
        page = send(client, thread, seen=seen.pk).content.decode()
        assert "Sent already" in page
        assert thread.messages.filter(kind=Message.Kind.STAFF).count() == 1

    def test_what_the_client_wrote_meanwhile_does_not_hold_up_a_reply(
        self, client, thread
    ):
        seen = MessageFactory(conversation=thread)
        MessageFactory(conversation=thread)
        assert send(client, thread, seen=seen.pk).status_code == 302

    def test_the_box_is_locked_after_a_stop_and_says_so(self, client, thread):
        stop(thread)
        page = shown(client, thread)
        assert "asked for no more texts" in page
        assert "<textarea" not in page

    def test_a_stop_wins_over_a_page_that_was_open(self, client, thread):
        stop(thread)
        page = send(client, thread).content.decode()
        assert "asked for no more texts" in page
        assert not thread.messages.exists()

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("lead__not_textable", "landline", "cannot get texts"),
            ("lead__do_not_text", True, "do not text"),
            ("line__texting", PhoneLine.Texting.NOT_REGISTERED, "registration"),
        ],
    )
    def test_what_stands_in_the_way_is_said_before_sending(
        self, client, thread, field, value, words
    ):
        owner, name = field.split("__")
        row = getattr(thread, owner)
        setattr(row, name, value)
        row.save()
        assert words in shown(client, thread)

    def test_read_only_reads_and_cannot_answer(self, client, thread):
        reader = MembershipFactory(business=thread.business, role=Role.READ_ONLY)
        client.force_login(reader.user)
        page = shown(client, thread)
        assert "You may read this conversation" in page
        assert send(client, thread).status_code == 403
        assert not thread.messages.exists()

    @pytest.mark.parametrize("step", ["reply", "status", "items"])
    def test_another_business_thread_is_not_there(self, client, dana, step):
        foreign = ConversationFactory()
        method = client.get if step == "items" else client.post
        assert method(address(foreign, step), {"body": "Hi"}).status_code == 404
        assert not foreign.messages.exists()

    def test_a_link_alone_sends_nothing(self, client, thread):
        assert client.get(address(thread, "reply")).status_code == 405


class TestMeasuring:
    def measure(self, client, body):
        url = reverse("admin:conversations_conversation_measure")
        return client.post(url, {"body": body}).json()

    def test_the_counter_knows_texts_and_alphabets(self, client, dana):
        assert self.measure(client, "x" * 161)["segments"] == 2
        emoji = self.measure(client, "ok 👍")
        assert emoji["encoding"] == "UCS-2"
        assert "emoji" in emoji["words"]

    def test_strangers_measure_nothing(self, client):
        url = reverse("admin:conversations_conversation_measure")
        assert client.post(url, {"body": "x"}).status_code == 302


class TestStatus:
    def test_done_takes_the_thread_off_the_list(self, client, thread):
        client.post(address(thread, "status"), {"step": "done"})
        thread.refresh_from_db()
        assert thread.status == Conversation.Status.DONE
        assert thread.waiting_since is None

    def test_taking_makes_it_mine(self, client, thread, dana):
        client.post(address(thread, "status"), {"step": "take"})
        thread.refresh_from_db()
        assert thread.assignee == dana.user

    def test_a_done_thread_can_be_opened_again(self, client, thread):
        client.post(address(thread, "status"), {"step": "done"})
        client.post(address(thread, "status"), {"step": "open"})
        thread.refresh_from_db()
        assert thread.status == Conversation.Status.OPEN


class TestList:
    def names(self, client, **query):
        answer = client.get(LIST, query)
        return [str(row.lead) for row in answer.context["cl"].result_list]

    def make(self, dana, name, **values):
        found = ConversationFactory(business=dana.business, **values)
        found.lead.name = name
        found.lead.save()
        return found

    def test_who_waits_longest_comes_first(self, client, dana):
        self.make(dana, "Nobody waits", last_message_at=now())
        self.make(dana, "Short", waiting_since=now() - timedelta(minutes=1))
        self.make(dana, "Long", waiting_since=now() - timedelta(hours=1))
        assert self.names(client) == ["Long", "Short", "Nobody waits"]

    def test_done_threads_are_shown_when_asked_for(self, client, dana):
        self.make(dana, "Open")
        self.make(dana, "Finished", status=Conversation.Status.DONE)
        self.make(dana, "Mine", assignee=dana.user)
        assert set(self.names(client)) == {"Open", "Mine"}
        assert self.names(client, show="done") == ["Finished"]
        assert self.names(client, show="mine") == ["Mine"]
        assert len(self.names(client, show="all")) == 3

    def test_the_last_words_are_shown(self, client, dana):
        found = self.make(dana, "Ann")
        MessageFactory(conversation=found, body="An old one")
        MessageFactory(conversation=found, outbound=True, body="The newest one")
        page = client.get(LIST).content.decode()
        assert "You: The newest one" in page
        assert "An old one" not in page

    @pytest.mark.parametrize("typed", ["Jenny", "867-5309", "heater"])
    def test_name_number_and_words_find_a_thread(self, client, dana, typed):
        found = self.make(dana, "Jenny", phone="+13128675309")
        MessageFactory(conversation=found, body="my heater died")
        self.make(dana, "Somebody else", phone="+13125550000")
        assert self.names(client, q=typed) == ["Jenny"]
