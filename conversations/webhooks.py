"""The carrier's webhooks: translate, make one call, answer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from conversations import inbox, receipts, voice
from conversations.answer_plan import greeting_for
from conversations.gateway import payloads, twiml
from conversations.models import Call, PhoneLine
from conversations.verdict import Outcome
from conversations.webhook_door import Params, done, signed_webhook, xml
from conversations.wording import Situation
from conversations.words import greeting_words


@signed_webhook
def call_started(request: HttpRequest, params: Params) -> HttpResponse:
    """A call rings: ring the desk, or greet at once."""
    event = payloads.CallStarted.from_params(params)
    call, plan = voice.call_started(event, now=timezone.now())
    if plan.not_rung:
        return xml(_after_miss(call))
    return xml(
        twiml.ring(
            targets=plan.targets,
            timeout_seconds=plan.ring_seconds,
            in_turn=plan.in_turn,
            action_url=_url("twilio-voice-ended"),
            screen_url=_url("twilio-voice-screen"),
            leg_status_url=_url("twilio-voice-status"),
        )
    )


@signed_webhook
def call_ended(request: HttpRequest, params: Params) -> HttpResponse:
    """Ringing the desk is over: after a miss, greet."""
    event = payloads.CallStarted.from_params(params)
    dial = payloads.DialEnded.from_params(params)
    call = voice.dial_ended(event, dial, now=timezone.now())
    answered = call.outcome == Outcome.ANSWERED
    return xml(twiml.hang_up() if answered else _after_miss(call))


@signed_webhook
def call_status(request: HttpRequest, params: Params) -> HttpResponse:
    """A status of the call, or of one phone that it rings."""
    event = payloads.CallStarted.from_params(params)
    progress = payloads.CallProgress.from_params(params)
    voice.call_progressed(event, progress, now=timezone.now())
    return done()


@signed_webhook
def screen(request: HttpRequest, params: Params) -> HttpResponse:
    """A staff phone was picked up: ask for a key, so that no voicemail answers."""
    call_id = payloads.KeyPressed.from_params(params).call_id
    call = Call.objects.filter(carrier_id=call_id).select_related("business").first()
    name = call.business.name if call else ""
    language = call.business.language if call else "en"
    prompts = {
        "es": f"Llamada para {name}. Pulse 1 para contestar.",
        "en": f"Call for {name}. Press 1 to answer.",
    }
    return xml(
        twiml.ask_to_accept(
            prompt=prompts.get(language, prompts["en"]),
            accept_url=_url("twilio-voice-accept"),
            language=language,
        )
    )


@signed_webhook
def accept(request: HttpRequest, params: Params) -> HttpResponse:
    """A key was pressed on a staff phone."""
    event = payloads.KeyPressed.from_params(params)
    taken = voice.key_pressed(event, now=timezone.now())
    return xml(twiml.bridge() if taken else twiml.hang_up())


@signed_webhook
def voicemail(request: HttpRequest, params: Params) -> HttpResponse:
    """The caller finished the message."""
    event = payloads.VoicemailLeft.from_params(params)
    voice.voicemail_left(event, now=timezone.now())
    return xml(twiml.hang_up())


@signed_webhook
def recording(request: HttpRequest, params: Params) -> HttpResponse:
    """The recording is ready, or there is none."""
    event = payloads.RecordingReady.from_params(params)
    voice.recording_ready(event, now=timezone.now())
    return done()


@signed_webhook
def transcript(request: HttpRequest, params: Params) -> HttpResponse:
    """The voicemail in words."""
    event = payloads.Transcribed.from_params(params)
    voice.transcribed(event, now=timezone.now())
    return done()


@signed_webhook
def message_received(request: HttpRequest, params: Params) -> HttpResponse:
    """A text came in."""
    event = payloads.TextReceived.from_params(params)
    inbox.receive(event, now=timezone.now())
    return xml(twiml.empty())


@signed_webhook
def message_status(request: HttpRequest, params: Params) -> HttpResponse:
    """A receipt; one for a text that we do not know is fine, too."""
    event = payloads.Receipt.from_params(params)
    receipts.apply_receipt(
        carrier_id=event.message_id,
        status=event.status,
        error_code=event.error_code,
        marker=request.GET.get("m", ""),
        now=timezone.now(),
    )
    return done()


def _after_miss(call: Call) -> str:
    """What the caller hears after a miss, by the line's choice."""
    if call.line.after_miss == PhoneLine.AfterMiss.HANG_UP:
        return twiml.hang_up()
    language = call.business.language
    now = timezone.now()
    situation = greeting_for(hours_state=call.hours_state)
    greeting = greeting_words(call.business, situation, now=now)
    if call.line.after_miss == PhoneLine.AfterMiss.GREETING:
        return twiml.greet_and_hang_up(greeting=greeting, language=language)
    invitation = greeting_words(call.business, Situation.GREETING_VOICEMAIL, now=now)
    return twiml.greet_and_record(
        greeting=f"{greeting} {invitation}",
        language=language,
        action_url=_url("twilio-voice-voicemail"),
        recording_status_url=_url("twilio-voice-recording"),
        transcript_url=_url("twilio-voice-transcript") if language == "en" else None,
    )


def _url(name: str) -> str:
    return f"{settings.SITE_URL}{reverse(name)}"
