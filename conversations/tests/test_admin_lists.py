"""Lists of calls, episodes, texts: what they show, and with how few queries."""

import pytest
from django.urls import reverse
from django.utils import timezone

from conversations.models import Episode, Message
from conversations.reasons import Reason
from conversations.tests.factories import (
    CallFactory,
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
    PhoneLineFactory,
)
from crm.models import Membership
from crm.tests.factories import DeskTaskFactory, LeadFactory, MembershipFactory

pytestmark = pytest.mark.django_db

CALLS = "admin:conversations_call_changelist"
EPISODES = "admin:conversations_episode_changelist"
# Session, person, access, two badges and counts cost the same for any number of rows.
MOST_QUERIES = 24


@pytest.fixture
def desk(client):
    """A business with a line, somebody signed in with `client`."""
    member = MembershipFactory(role=Membership.Role.MANAGER)
    client.force_login(member.user)
    return PhoneLineFactory(business=member.business)


def missed(line, **values):
    lead = LeadFactory(business=line.business)
    episode = EpisodeFactory(
        business=line.business, line=line, lead=lead, caller=lead.phone, **values
    )
    thread = ConversationFactory(business=line.business, line=line, lead=lead)
    if episode.state == Episode.State.TEXTED:
        MessageFactory(
            conversation=thread,
            outbound=True,
            kind=Message.Kind.TEXT_BACK,
            episode=episode,
        )
    MessageFactory(conversation=thread)
    DeskTaskFactory(business=line.business, lead=lead, ref=episode.ref)
    return CallFactory(
        business=line.business, line=line, episode=episode, caller=lead.phone
    )


LISTS = [
    CALLS,
    EPISODES,
    "admin:conversations_conversation_changelist",
    "admin:conversations_message_changelist",
    "admin:crm_desktask_changelist",
    "admin:crm_lead_changelist",
    "admin:conversations_template_changelist",
]


@pytest.mark.parametrize("name", LISTS)
def test_a_longer_list_needs_no_more_queries(
    client, desk, name, django_assert_max_num_queries
):
    for _number in range(12):
        missed(desk, state=Episode.State.TEXTED)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse(name)).status_code == 200


def test_a_thread_needs_few_queries_however_long(
    client, desk, django_assert_max_num_queries
):
    call = missed(desk, state=Episode.State.TEXTED)
    thread = call.episode.messages.get().conversation
    for _number in range(20):
        MessageFactory(conversation=thread)
        MessageFactory(conversation=thread, outbound=True)
    page = reverse("admin:conversations_conversation_change", args=[thread.pk])
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(page)


class TestCalls:
    def test_each_call_is_told_as_a_sentence(self, client, desk):
        missed(desk, state=Episode.State.NOT_TEXTED, reason=Reason.RECENTLY_TEXTED)
        page = client.get(reverse(CALLS)).content.decode()
        assert "Missed: rang 20 s, nobody pressed 1." in page
        assert "No text: got an automatic text recently." in page

    def test_the_newest_call_comes_first(self, client, desk):
        old = missed(desk)
        old.started_at -= timezone.timedelta(days=1)
        old.save()
        new = missed(desk)
        rows = client.get(reverse(CALLS)).context["cl"].result_list
        assert [row.pk for row in rows] == [new.pk, old.pk]

    @pytest.mark.parametrize("typed", ["(312) 867-5309", "5309", "3128675309"])
    def test_digits_find_a_call(self, client, desk, typed):
        CallFactory(business=desk.business, line=desk, caller="+13128675309")
        missed(desk)
        found = client.get(reverse(CALLS), {"q": typed}).context["cl"]
        assert [row.caller for row in found.result_list] == ["+13128675309"]

    def test_the_recording_is_named_and_its_address_is_not(self, client, desk):
        secret = "https://api.example.com/recordings/RE1"
        call = CallFactory(
            business=desk.business,
            line=desk,
            recording_id="RE1",
            recording_url=secret,
            transcript="Please call me",
            evidence={"dial_status": "no-answer", "voicemail_seconds": 12},
            outcome="voicemail",
        )
        page = client.get(
            reverse("admin:conversations_call_change", args=[call.pk])
        ).content.decode()
        assert f"/admin/conversations/call/{call.pk}/recording/" in page
        assert "12 s" in page
        assert "Please call me" in page
        assert secret not in page

    def test_nobody_edits_a_call(self, client, desk):
        call = missed(desk)
        address = reverse("admin:conversations_call_change", args=[call.pk])
        assert client.post(address, {"outcome": "answered"}).status_code == 403


class TestEpisodes:
    def test_reasons_that_occur_are_filters_with_counts(self, client, desk):
        for _number in range(3):
            missed(desk, state=Episode.State.NOT_TEXTED, reason=Reason.RECENTLY_TEXTED)
        missed(desk, state=Episode.State.TEXTED)
        answer = client.get(reverse(EPISODES))
        filters = {f.title: f for f in answer.context["cl"].filter_specs}
        reasons = filters["why no text"].choices(answer.context["cl"])
        shown = [choice["display"] for choice in reasons]
        assert shown == ["All", "Got an automatic text recently (3)"]
        counted = client.get(
            reverse(EPISODES), {"reason__exact": Reason.RECENTLY_TEXTED}
        )
        assert counted.context["cl"].result_count == 3

    def test_the_time_to_the_text_is_shown(self, client, desk):
        call = missed(desk, state=Episode.State.TEXTED)
        episode = call.episode
        text = episode.messages.get()
        text.sent_at = episode.opened_at + timezone.timedelta(seconds=0.8)
        text.save()
        assert "0.8 s" in client.get(reverse(EPISODES)).content.decode()

    def test_its_page_shows_calls_and_words(self, client, desk):
        call = missed(desk, state=Episode.State.TEXTED)
        page = client.get(
            reverse("admin:conversations_episode_change", args=[call.episode_id])
        ).content.decode()
        assert call.episode.messages.get().body in page
        assert reverse("admin:conversations_call_change", args=[call.pk]) in page
