"""The demo: three businesses that look as if they had been at work for days."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.models import (
    Call,
    Conversation,
    Episode,
    Message,
    PhoneLine,
    Template,
)
from crm.models import Business, DeskTask, Lead, LeadEvent, Membership
from crm.tests.factories import BusinessFactory
from missedcall.demo import people
from missedcall.demo.businesses import PROFILES
from missedcall.demo.stories import tell
from missedcall.management.commands import seed_demo

EVERY_TABLE = (
    Business, Membership, PhoneLine, Template, Lead, LeadEvent, DeskTask, Call, Episode,
    Conversation, Message,
)  # fmt: skip


@pytest.fixture
def demo(db, simulated):
    """The demo, loaded; its output."""
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def sizes():
    return {model.__name__: model.objects.count() for model in EVERY_TABLE}


def test_three_businesses_have_lines_people_and_words(demo):
    assert set(Business.objects.values_list("name", flat=True)) == {
        "Northside Heating", "Maple Street Dental", "Harbor Law",
    }  # fmt: skip
    for business in Business.objects.all():
        assert set(business.lines.values_list("plan", flat=True)) == {
            "ring",
            "forwarded",
        }
        ringing = business.lines.get(plan="ring")
        assert ringing.targets.count() == 2
        sources = business.lines.values_list("source", flat=True)
        assert len(set(sources)) == business.lines.count()
        assert Template.objects.filter(business=business).exists()
        roles = set(business.memberships.values_list("role", flat=True))
        assert {"owner", "front_desk"} <= roles


def test_loading_it_again_changes_nothing(demo):
    before = sizes()

    call_command("seed_demo", stdout=(out := StringIO()))

    assert sizes() == before
    assert "Already loaded." in out.getvalue()


def test_only_what_is_missing_is_loaded(db, simulated, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(seed_demo, "PROFILES", PROFILES[:2])
        call_command("seed_demo", stdout=StringIO())
    call_command("seed_demo", stdout=(out := StringIO()))

    assert "Loaded Harbor Law." in out.getvalue()
    assert Business.objects.count() == 3


def test_the_printed_password_opens_every_printed_account(demo):
    assert people.PASSWORD in demo
    for email in (people.EVERYTHING, "dana@northside.example"):
        assert email in demo
        user = authenticate(username=email, password=people.PASSWORD)
        assert user is not None
        assert user.is_staff
        assert not user.is_superuser


def test_the_agency_owns_all_three(demo):
    agency = Membership.objects.filter(user__username=people.EVERYTHING)

    assert agency.filter(role=Membership.Role.OWNER).count() == 3


def test_every_number_is_one_kept_for_fiction(demo):
    numbers = [
        *PhoneLine.objects.values_list("number", flat=True),
        *Lead.objects.values_list("phone", flat=True),
        *Business.objects.values_list("phone", flat=True),
    ]

    assert all(number[5:10] == "55501" for number in numbers), numbers


def test_every_episode_is_explained_and_nothing_waits_to_be_sent(demo):
    now = timezone.now()

    assert Episode.objects.exists()
    assert not Episode.objects.filter(state=Episode.State.PENDING).exists()
    assert not Message.objects.to_send(now).exists()
    assert not Message.objects.filter(due_at__isnull=False).exists()
    assert not Call.objects.filter(next_check_at__isnull=False).exists()


def test_the_history_shows_each_kind_of_thing(demo):
    outcomes = set(Call.objects.values_list("outcome", flat=True))
    kinds = set(LeadEvent.objects.values_list("kind", flat=True))

    assert {"answered", "no_answer", "voicemail", "withheld"} <= outcomes
    assert {"text_back_sent", "text_received", "text_sent", "opted_out"} <= kinds
    assert {"link_opened", "call_back_asked"} <= kinds
    assert Conversation.objects.filter(waiting_since__isnull=False).exists()
    assert DeskTask.objects.filter(state=DeskTask.State.OPEN).exists()


def test_the_history_lies_in_the_past(demo):
    now = timezone.now()

    assert not LeadEvent.objects.filter(at__gt=now).exists()
    assert not Call.objects.filter(started_at__gt=now).exists()


def test_next_to_a_real_carrier_nothing_is_loaded(db, settings):
    assert settings.CARRIER == "twilio"

    with pytest.raises(CommandError, match="unset TWILIO_ACCOUNT_SID"):
        call_command("seed_demo")

    assert sizes() == dict.fromkeys(sizes(), 0)


def test_each_profile_has_a_story(demo):
    business = Business.objects.get(slug=PROFILES[0].slug)
    business.slug = "somebody-else"

    with pytest.raises(ValueError, match="no demo story about somebody-else"):
        tell(business, now=timezone.now())


def test_the_first_start_loads_the_demo_and_tells_the_sign_ins(db, simulated):
    call_command("prepare", stdout=(out := StringIO()))

    assert Business.objects.count() == 3
    assert people.PASSWORD in out.getvalue()


def test_where_there_is_a_business_no_demo_is_loaded(db, simulated):
    BusinessFactory()

    call_command("prepare", stdout=StringIO())

    assert Business.objects.count() == 1


def test_without_the_simulator_no_demo_is_loaded(db, settings):
    settings.SIMULATOR = False

    call_command("prepare", stdout=(out := StringIO()))

    assert not Business.objects.exists()
    assert out.getvalue().strip() == ""
