"""What the carrier hears from us, webhook by webhook, up to the text on the phone."""

import xml.etree.ElementTree as ET

import pytest

from conversations.models import Call, Episode, Message, PhoneLine
from conversations.tests.factories import RingTargetFactory
from conversations.tests.signed_client import (
    PATHS,
    SignedClient,
    call_params,
    new_sid,
    sms_params,
)
from conversations.verdict import Outcome
from crm.models import Lead, LeadEvent

MARIA = "+13125551234"
SITE = "https://text.example.com/webhooks/twilio"

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(webhook):
    """Posts webhooks about Maria's call; returns the answer as parsed TwiML."""
    sid, leg = new_sid(), new_sid()

    def post(name, line, status="ringing", **more):
        params = call_params(MARIA, line.number, sid, status, **more)
        if name in ("screen", "accept"):
            params |= {"CallSid": leg, "ParentCallSid": sid}
        answer = webhook.post(name, params)
        assert answer.status_code == 200, answer.content
        assert answer.headers["Content-Type"] == "text/xml"
        return ET.fromstring(answer.content)

    return post


def verbs(twiml):
    return [verb.tag for verb in twiml]


# --- A line that rings the desk ---


def test_a_ring_line_rings_its_phones_and_screens_each(maria, ring_line):
    RingTargetFactory(line=ring_line, number="+17735550188", position=1)

    [dial] = maria("voice", ring_line)

    assert dial.tag == "Dial"
    assert dial.get("timeout") == "20"
    assert dial.get("answerOnBridge") == "true"
    assert dial.get("sequential") is None
    assert dial.get("action") == f"{SITE}/voice/ended/"
    assert [number.text for number in dial] == ["+17735550199", "+17735550188"]
    assert {number.get("url") for number in dial} == {f"{SITE}/voice/screen/"}
    assert {n.get("statusCallback") for n in dial} == {f"{SITE}/voice/status/"}


def test_phones_can_ring_in_turn_and_for_as_long_as_the_line_says(maria, ring_line):
    PhoneLine.objects.update(ring_order=PhoneLine.RingOrder.IN_TURN, ring_seconds=15)

    [dial] = maria("voice", ring_line)

    assert (dial.get("sequential"), dial.get("timeout")) == ("true", "15")


def test_a_repeated_start_gets_the_same_answer_and_one_row(webhook, ring_line):
    params = call_params(MARIA, ring_line.number, new_sid())

    first, second = webhook.post("voice", params), webhook.post("voice", params)

    assert first.content == second.content
    assert Call.objects.count() == 1


def test_who_picks_up_is_asked_to_press_a_key(maria, ring_line):
    maria("voice", ring_line)

    gather, hang_up = maria("screen", ring_line, "in-progress")

    assert gather.get("action") == f"{SITE}/voice/accept/"
    assert gather.get("numDigits") == "1"
    assert gather.find("Say").text == "Call for Northside Heating. Press 1 to answer."
    assert hang_up.tag == "Hangup"


def test_the_desk_is_asked_in_its_own_language(maria, ring_line, business):
    business.language = "es"
    business.save()
    maria("voice", ring_line)

    say = maria("screen", ring_line, "in-progress").find("Gather/Say")

    assert say.text == "Llamada para Northside Heating. Pulse 1 para contestar."


def test_screening_a_call_we_never_heard_of_still_asks(maria, ring_line):
    assert verbs(maria("screen", ring_line)) == ["Gather", "Hangup"]
    assert not Call.objects.exists()


def test_pressing_one_connects_and_the_end_hangs_up(maria, ring_line, run_tasks, stub):
    maria("voice", ring_line)
    assert verbs(maria("accept", ring_line, "in-progress", Digits="1")) == []

    end = maria(
        "ended",
        ring_line,
        "in-progress",
        DialCallStatus="completed",
        DialBridged="true",
    )

    assert verbs(end) == ["Hangup"]
    assert Call.objects.get().outcome == Outcome.ANSWERED
    assert run_tasks() == []
    assert not stub.messages


def test_another_key_hangs_the_staff_phone_up(maria, ring_line):
    maria("voice", ring_line)

    assert verbs(maria("accept", ring_line, "in-progress", Digits="7")) == ["Hangup"]


def test_a_staff_members_voicemail_does_not_count_as_an_answer(
    maria, ring_line, run_tasks, stub
):
    maria("voice", ring_line)
    maria("screen", ring_line, "in-progress")
    twiml = maria(
        "ended",
        ring_line,
        "in-progress",
        DialCallStatus="completed",
        DialBridged="false",
    )

    assert verbs(twiml) == ["Say", "Record", "Hangup"]
    assert Call.objects.get().outcome == Outcome.MACHINE
    run_tasks()
    assert [text["to"] for text in stub.messages] == [MARIA]


@pytest.mark.parametrize("dial", ["no-answer", "busy", "failed", "canceled"])
def test_a_miss_is_greeted_recorded_and_texted_once(
    maria, ring_line, run_tasks, stub, dial
):
    maria("voice", ring_line)
    for _repeat in range(2):
        twiml = maria(
            "ended", ring_line, "in-progress", DialCallStatus=dial, DialBridged="false"
        )
        assert verbs(twiml) == ["Say", "Record", "Hangup"]

    run_tasks()

    assert [text["to"] for text in stub.messages] == [MARIA]
    assert Episode.objects.get().state == Episode.State.TEXTED


# --- A line that takes forwarded calls ---


def test_a_forwarded_call_is_greeted_and_texted(maria, line, run_tasks, stub):
    say, record, hang_up = maria("voice", line, ForwardedFrom="+13125550000")

    assert "Northside Heating" in say.text
    assert record.get("action") == f"{SITE}/voice/voicemail/"
    assert record.get("recordingStatusCallback") == f"{SITE}/voice/recording/"
    assert record.get("transcribeCallback") == f"{SITE}/voice/transcript/"
    assert hang_up.tag == "Hangup"
    assert Call.objects.get().forwarded_from == "+13125550000"

    run_tasks()

    [text] = stub.messages
    assert (text["to"], text["from"]) == (MARIA, line.number)
    assert Lead.objects.get().first_source == line.source
    assert list(LeadEvent.objects.order_by("id").values_list("kind", flat=True)) == [
        "lead_created",
        "call_missed",
        "text_back_queued",
        "text_back_sent",
    ]


@pytest.mark.parametrize(
    ("after_miss", "spoken"),
    [
        (PhoneLine.AfterMiss.VOICEMAIL, ["Say", "Record", "Hangup"]),
        (PhoneLine.AfterMiss.GREETING, ["Say", "Hangup"]),
        (PhoneLine.AfterMiss.HANG_UP, ["Hangup"]),
    ],
)
def test_the_line_says_what_the_caller_hears_after_a_miss(
    maria, line, after_miss, spoken
):
    PhoneLine.objects.update(after_miss=after_miss)

    assert verbs(maria("voice", line)) == spoken


def test_a_spanish_business_greets_in_spanish_without_an_english_transcript(
    maria, line, business
):
    business.language = "es"
    business.save()

    say, record, _hang_up = maria("voice", line)

    assert say.get("language") == "es-US"
    assert record.get("transcribe") is None


def test_a_closed_line_that_skips_ringing_greets_at_once(maria, ring_line, business):
    business.opening_hours.all().delete()
    PhoneLine.objects.update(when_closed=PhoneLine.WhenClosed.SKIP)

    assert verbs(maria("voice", ring_line)) == ["Say", "Record", "Hangup"]

    assert Call.objects.get().outcome == Outcome.AFTER_HOURS


def test_a_voicemail_with_its_words_is_kept(maria, webhook, line):
    maria("voice", line)
    sid = Call.objects.get().carrier_id
    assert verbs(maria("voicemail", line, "in-progress", RecordingDuration="9")) == [
        "Hangup"
    ]
    ready = {"CallSid": sid, "RecordingStatus": "completed", "RecordingDuration": "9"}
    assert webhook.post("recording", ready).status_code == 204
    words = {"CallSid": sid, "TranscriptionText": "My furnace is out."}
    assert webhook.post("transcript", words).status_code == 204

    stored = Call.objects.get()
    assert (stored.outcome, stored.transcript) == (
        Outcome.VOICEMAIL,
        "My furnace is out.",
    )


# --- Reports that come alone ---


def test_a_caller_who_gave_up_before_our_answer_is_texted(
    maria, ring_line, run_tasks, stub
):
    maria("voice", ring_line, "no-answer")

    run_tasks()

    assert len(stub.messages) == 1


def test_a_status_alone_is_enough_for_a_text(webhook, ring_line, run_tasks, stub):
    params = call_params(MARIA, ring_line.number, new_sid(), "no-answer")

    for _repeat in range(2):
        answer = webhook.post("status", params)
        assert (answer.status_code, answer.content) == (204, b"")
    run_tasks()

    assert len(stub.messages) == 1


def test_the_end_before_the_start_gives_one_call_and_one_text(
    maria, ring_line, run_tasks, stub
):
    maria("ended", ring_line, "in-progress", DialCallStatus="no-answer")
    run_tasks()
    maria("voice", ring_line)
    run_tasks()

    assert Call.objects.count() == 1
    assert len(stub.messages) == 1


def test_reports_after_the_text_change_nothing_about_it(
    maria, webhook, line, run_tasks, stub
):
    maria("voice", line)
    run_tasks()
    sid = Call.objects.get().carrier_id
    webhook.post("status", call_params(MARIA, line.number, sid, "completed"))
    maria("voice", line)
    run_tasks()

    assert len(stub.messages) == 1
    assert Episode.objects.get().calls_count == 1


def test_a_second_call_inside_the_window_raises_the_priority_and_gets_no_second_text(
    webhook, line, run_tasks, stub
):
    for _call in range(2):
        webhook.post("voice", call_params(MARIA, line.number, new_sid()))
        run_tasks()

    episode = Episode.objects.get()
    assert (episode.calls_count, episode.priority) == (2, 2)
    assert episode.next_check_at is None
    assert len(stub.messages) == 1


def test_calling_again_after_a_cancelled_text_is_explained_too(
    webhook, line, run_tasks, stub
):
    stub.faults.append("429")
    webhook.post("voice", call_params(MARIA, line.number, new_sid()))
    run_tasks()
    webhook.post("sms", sms_params(MARIA, line.number, "STOP", new_sid("SM")))
    webhook.post("voice", call_params(MARIA, line.number, new_sid()))
    run_tasks()

    assert Message.objects.get(kind="text_back").state == Message.State.CANCELLED
    states = Episode.objects.values_list("state", "reason")
    assert set(states) == {("not_texted", "opted_out")}
    assert not stub.messages


# --- Who may come in ---


@pytest.mark.parametrize("name", PATHS)
def test_a_forged_webhook_is_refused_and_writes_nothing(client, line, name):
    forger = SignedClient(client)
    forger.token = "guessed"

    answer = forger.post(name, call_params(MARIA, line.number, new_sid()))

    assert answer.status_code == 403
    assert not Call.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", PATHS)
def test_webhooks_are_posts(client, name):
    answer = client.get(PATHS[name])

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.content == b"Webhooks are sent with POST."


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("sid", ["", "CA-1", "C" * 65])
def test_a_signed_webhook_without_a_usable_id_is_a_bad_request(webhook, name, sid):
    answer = webhook.post(name, {"CallSid": sid, "MessageSid": sid, "From": MARIA})

    assert answer.status_code == 400
    assert b"Sid" in answer.content


@pytest.mark.parametrize("name", ["voice", "ended", "status"])
def test_a_number_that_is_no_line_of_ours_is_not_found(webhook, db, name):
    answer = webhook.post(name, call_params(MARIA, "+13125550999", new_sid()))

    assert answer.status_code == 404
    assert answer.content == b"This number is no line of ours. Add it first."


def test_a_body_that_is_too_large_is_refused(client, settings, line):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = SignedClient(client).post(
        "voice", call_params(MARIA, line.number, new_sid())
    )

    assert answer.status_code == 403


def test_a_signature_for_another_host_counts_only_where_it_is_an_alias(
    client, settings, line
):
    elsewhere = SignedClient(client, site="http://127.0.0.1:8000")
    params = call_params(MARIA, line.number, new_sid())
    assert elsewhere.post("voice", params).status_code == 403

    settings.SITE_URL_ALIASES = ["http://127.0.0.1:8000"]
    assert elsewhere.post("voice", params).status_code == 200


def test_behind_a_proxy_the_claimed_host_does_not_matter(webhook, line):
    params = call_params(MARIA, line.number, new_sid())

    answer = webhook.post("voice", params, **{"X-Forwarded-Host": "evil.example"})

    assert answer.status_code == 200
