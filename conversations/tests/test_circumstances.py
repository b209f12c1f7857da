"""What the decision is told about a missed call, read from the rows."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.models import Appointment
from conversations.circumstances import (
    TextsSoFar,
    circumstances_of,
    facts_for,
    texts_so_far,
)
from conversations.models import Call, Message, PhoneLine
from conversations.tests.factories import (
    CallFactory,
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
    PhoneLineFactory,
)
from conversations.verdict import Choice, Outcome
from crm.consent import record
from crm.models import ConsentEvent, Lead
from crm.tests.factories import BusinessFactory, LeadFactory

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(business):
    return LeadFactory(business=business, phone=MARIA)


@pytest.fixture
def thread(lead, line):
    return ConversationFactory(business=lead.business, lead=lead, line=line)


@pytest.fixture
def found(business, line):
    """What is found about Maria's missed call; keyword arguments go onto the call."""

    def circumstances(*, lead=None, raw=MARIA, caller=MARIA, **call):
        episode = EpisodeFactory(
            business=business, caller=caller, line=line, is_current=False
        )
        row = CallFactory(
            business=business,
            episode=episode,
            caller=caller,
            caller_raw=raw,
            started_at=NOW - timedelta(seconds=30),
            **{"line": line, **call},
        )
        return circumstances_of(episode, call=row, lead=lead, now=NOW)

    return circumstances


@pytest.fixture
def read(found):
    """Maria's missed call as facts; keyword arguments go onto the call."""

    def facts(**call):
        return found(**call).facts

    return facts


def text_back(thread, *, hours_ago=1, state=Message.State.SENT, **more):
    return MessageFactory(
        conversation=thread,
        outbound=True,
        kind=Message.Kind.TEXT_BACK,
        state=state,
        created_at=NOW - hours_ago * HOUR,
        episode=EpisodeFactory(
            business=thread.business, line=thread.line, is_current=False
        ),
        **more,
    )


def test_an_ordinary_caller_stands_in_nobodys_way(read):
    facts = read()

    assert facts.missed_at == NOW - timedelta(seconds=10)
    assert (facts.outcome, facts.choice) == (Outcome.NO_ANSWER, Choice.TEXT)
    assert (facts.textable, facts.region, facts.line_on) == (True, "US", True)
    assert facts.registered
    assert facts.segments_left is None
    assert not any(
        [
            facts.withheld,
            facts.own_number,
            facts.opted_out,
            facts.do_not_text,
            facts.excused,
            facts.customer,
            facts.has_appointment,
            facts.answered_after,
            facts.with_desk_now,
            facts.last_message_at,
            facts.last_text_back_at,
        ]
    )


def test_the_business_sets_the_windows_and_the_countries(read, business):
    business.suppression_hours = 12
    business.conversation_hours = 2
    business.text_countries = "us, gb"
    business.save()

    facts = read()

    assert (facts.suppression, facts.conversation_window) == (12 * HOUR, 2 * HOUR)
    assert facts.allowed_regions == {"US", "GB"}


def test_a_withheld_number_is_withheld_and_not_textable(read):
    facts = read(raw="anonymous", caller="")

    assert facts.withheld
    assert not facts.textable
    assert facts.region is None


def test_a_number_that_cannot_be_read_is_not_called_withheld(read):
    facts = read(raw="+1234", caller="")

    assert not facts.withheld
    assert not facts.textable


def test_a_landline_known_to_the_carrier_is_not_textable(read, lead):
    lead.not_textable = "not_textable"

    assert not read(lead=lead).textable


def test_one_of_our_lines_is_no_caller(read):
    other = PhoneLineFactory(business=BusinessFactory(), number="+13125550777")

    assert read(raw=other.number, caller=other.number).own_number


@pytest.mark.parametrize("forwarded_from", ["+13125551234", "(312) 555-1234"])
def test_a_forwarder_that_shows_its_own_number_is_no_caller(read, forwarded_from):
    assert read(forwarded_from=forwarded_from).own_number


def test_the_number_that_the_business_shows_is_no_caller(read, business):
    business.phone = MARIA
    business.save()

    assert read().own_number


def test_a_call_forwarded_by_the_business_has_a_caller_of_its_own(read, business):
    business.phone = "+13125550888"
    business.save()

    assert not read(forwarded_from="+13125550888").own_number


def test_a_withheld_call_is_never_taken_for_an_own_one(read):
    assert not read(raw="anonymous", caller="", forwarded_from="anonymous").own_number


def test_a_line_can_be_off_or_wait_for_its_registration(read, business):
    off = PhoneLineFactory(business=business, texting=PhoneLine.Texting.OFF)
    waiting = PhoneLineFactory(
        business=business, texting=PhoneLine.Texting.NOT_REGISTERED
    )

    assert not read(line=off).line_on
    assert read(line=off).registered
    assert not read(line=waiting).registered
    assert read(line=waiting).line_on


def test_the_line_that_was_called_last_has_the_say(read, business):
    quiet = PhoneLineFactory(
        business=business, outcome_choices={Outcome.NO_ANSWER: Choice.IGNORE}
    )

    assert read(line=quiet).choice == Choice.IGNORE


def stops(business):
    kind, how = ConsentEvent.Kind.OPT_OUT, ConsentEvent.How.KEYWORD
    record(ConsentEvent(business=business, phone=MARIA, kind=kind, how=how))


def test_a_number_that_stopped_is_opted_out_at_this_business_only(read, lead, business):
    stops(BusinessFactory())
    assert not read(lead=lead).opted_out

    stops(business)
    assert read(lead=lead).opted_out


@pytest.mark.parametrize(
    ("kind", "excused", "customer"),
    [
        (Lead.Kind.NEW, False, False),
        (Lead.Kind.CUSTOMER, False, True),
        (Lead.Kind.VENDOR, True, False),
        (Lead.Kind.INTERNAL, True, False),
        (Lead.Kind.SPAM, True, False),
    ],
)
def test_the_lead_says_who_is_calling(read, lead, kind, excused, customer):
    lead.kind = kind

    facts = read(lead=lead)

    assert (facts.excused, facts.customer) == (excused, customer)


def test_a_lead_can_be_marked_do_not_text(read, lead):
    lead.do_not_text = True

    assert read(lead=lead).do_not_text


def a_visit(lead):
    return Appointment.objects.create(
        business=lead.business,
        lead=lead,
        title="Furnace",
        starts_at=NOW + HOUR,
        ends_at=NOW + 2 * HOUR,
    )


def test_a_visit_that_is_still_to_come_is_an_appointment(found, lead):
    visit = a_visit(lead)
    circumstances = found(lead=lead)
    assert circumstances.facts.has_appointment
    assert circumstances.visit == visit

    visit.status = Appointment.Status.CANCELLED
    visit.save()
    circumstances = found(lead=lead)
    assert not circumstances.facts.has_appointment
    assert circumstances.visit is None


@pytest.mark.parametrize("phase", [Call.Phase.RINGING, Call.Phase.TALKING])
def test_another_call_with_the_desk_is_noticed(read, business, line, phase):
    CallFactory(business=business, line=line, caller=MARIA, phase=phase)

    assert read().with_desk_now


@pytest.mark.parametrize("phase", [Call.Phase.GREETING, Call.Phase.ENDED])
def test_another_call_that_nobody_takes_is_not_with_the_desk(
    read, business, line, phase
):
    CallFactory(business=business, line=line, caller=MARIA, phase=phase)

    assert not read().with_desk_now


def test_the_call_itself_and_other_peoples_calls_do_not_count(read, business, line):
    CallFactory(business=business, line=line, phase=Call.Phase.RINGING)
    CallFactory(business=BusinessFactory(), caller=MARIA, phase=Call.Phase.RINGING)

    assert not read(phase=Call.Phase.RINGING).with_desk_now


def test_withheld_callers_do_not_wait_for_each_other(read, business, line):
    CallFactory(business=business, line=line, caller="", phase=Call.Phase.TALKING)

    assert not read(raw="anonymous", caller="").with_desk_now


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (Message.State.QUEUED, True),
        (Message.State.SENDING, True),
        (Message.State.UNKNOWN, True),
        (Message.State.SENT, True),
        (Message.State.DELIVERED, True),
        (Message.State.UNDELIVERED, False),
        (Message.State.FAILED, False),
        (Message.State.CANCELLED, False),
    ],
)
def test_an_earlier_text_back_counts_unless_it_surely_did_not_arrive(
    read, lead, thread, state, counts
):
    text_back(thread, hours_ago=5, state=state)

    assert read(lead=lead).last_text_back_at == (NOW - 5 * HOUR if counts else None)


def test_the_latest_of_several_text_backs_counts(read, lead, thread):
    text_back(thread, hours_ago=30)
    text_back(thread, hours_ago=2)
    text_back(thread, hours_ago=1, state=Message.State.FAILED)

    assert read(lead=lead).last_text_back_at == NOW - 2 * HOUR


@pytest.mark.parametrize("state", list(Message.State))
def test_only_a_text_back_that_reached_the_phone_has_introduced_us(
    found, lead, thread, state
):
    text_back(thread, state=state)

    reached = state in (Message.State.SENT, Message.State.DELIVERED)
    assert found(lead=lead).introduced is reached


def test_texts_of_other_businesses_and_with_other_people_do_not_count(
    found, lead, business, line
):
    other = PhoneLineFactory(business=BusinessFactory())
    theirs = LeadFactory(business=other.business, phone=MARIA)
    neighbour = LeadFactory(business=business)
    for row, on in ((theirs, other), (neighbour, line)):
        thread = ConversationFactory(business=row.business, lead=row, line=on)
        text_back(thread)
        MessageFactory(conversation=thread, created_at=NOW - HOUR)

    circumstances = found(lead=lead)

    assert circumstances.facts.last_text_back_at is None
    assert circumstances.facts.last_message_at is None
    assert not circumstances.introduced


def test_the_episodes_own_text_is_not_an_earlier_one(business, line, lead, thread):
    episode = EpisodeFactory(business=business, caller=MARIA, line=line)
    call = CallFactory(
        business=business, line=line, episode=episode, caller=MARIA, started_at=NOW
    )
    MessageFactory(
        conversation=thread,
        outbound=True,
        kind=Message.Kind.TEXT_BACK,
        episode=episode,
        created_at=NOW,
    )

    circumstances = circumstances_of(episode, call=call, lead=lead, now=NOW)

    assert circumstances.facts.last_text_back_at is None
    assert not circumstances.introduced


def test_texts_of_both_sides_make_a_conversation(read, lead, thread):
    MessageFactory(conversation=thread, created_at=NOW - 3 * HOUR)
    assert read(lead=lead).last_message_at == NOW - 3 * HOUR

    MessageFactory(conversation=thread, outbound=True, created_at=NOW - 2 * HOUR)
    assert read(lead=lead).last_message_at == NOW - 2 * HOUR


def test_automatic_and_unsent_texts_make_no_conversation(read, lead, thread):
    text_back(thread)
    MessageFactory(
        conversation=thread,
        outbound=True,
        kind=Message.Kind.HELP,
        created_at=NOW - HOUR,
    )
    for state in (Message.State.FAILED, Message.State.CANCELLED):
        MessageFactory(
            conversation=thread, outbound=True, state=state, created_at=NOW - HOUR
        )

    assert read(lead=lead).last_message_at is None


def test_a_withheld_caller_has_no_texts_behind(read, business, line):
    nobody = LeadFactory(business=business, phone="")
    thread = ConversationFactory(business=business, lead=nobody, line=line)
    MessageFactory(conversation=thread, created_at=NOW - HOUR)
    withheld = EpisodeFactory(business=business, caller="", line=line)

    assert read(raw="anonymous", caller="").last_message_at is None
    assert texts_so_far(withheld) == TextsSoFar()


def test_all_earlier_texts_are_read_at_once(
    business, line, thread, django_assert_num_queries
):
    text_back(thread, hours_ago=30)
    MessageFactory(conversation=thread, created_at=NOW - HOUR)
    episode = EpisodeFactory(business=business, caller=MARIA, line=line)

    with django_assert_num_queries(1):
        texts = texts_so_far(episode)

    assert texts == TextsSoFar(NOW - 30 * HOUR, NOW - HOUR, introduced=True)


def test_a_lead_of_this_moment_has_no_past_that_would_need_looking_up(
    read, lead, business, thread, django_assert_num_queries
):
    stops(business)
    a_visit(lead)
    text_back(thread)
    lead.just_made = True
    episode = EpisodeFactory(business=business, caller=MARIA, line=thread.line)
    call = CallFactory(business=business, line=thread.line, caller=MARIA)

    # Is it one of our lines, and is the caller with the desk? Nothing else is asked.
    with django_assert_num_queries(2):
        circumstances = circumstances_of(episode, call=call, lead=lead, now=NOW)

    facts = circumstances.facts
    assert not any([facts.opted_out, facts.has_appointment, circumstances.introduced])
    past = (facts.last_text_back_at, facts.last_message_at, circumstances.visit)
    assert past == (None, None, None)


def test_the_past_is_no_part_of_the_facts_about_the_call_alone(
    business, line, lead, thread
):
    stops(business)
    a_visit(lead)
    text_back(thread)
    episode = EpisodeFactory(business=business, caller=MARIA, line=line)
    call = CallFactory(business=business, line=line, caller=MARIA)

    facts = facts_for(episode, call=call, lead=lead, now=NOW)

    assert not any([facts.opted_out, facts.has_appointment, facts.last_text_back_at])


def test_the_months_segments_are_counted_on_the_businesss_calendar(
    read, business, thread
):
    business.monthly_segments = 10
    business.save()
    now_in_chicago = NOW.astimezone(business.zone)
    first = now_in_chicago.replace(day=1, hour=0, minute=0)
    text_back(thread, segments=3)
    text_back(thread, segments=5, state=Message.State.CANCELLED)
    old = text_back(thread, segments=7)
    old.created_at = first - timedelta(seconds=1)
    old.save()
    MessageFactory(conversation=thread, outbound=True, segments=4, created_at=NOW)

    assert read().segments_left == 7

    old.created_at = first
    old.save()
    assert read().segments_left == 0


def test_a_fresh_month_has_all_its_segments(read, business):
    business.monthly_segments = 10
    business.save()

    assert read().segments_left == 10


def test_a_call_that_was_never_dated_counts_from_its_start(read):
    assert read(missed_at=None).missed_at == NOW - timedelta(seconds=30)
