"""Taking a message: `<Record>`. https://www.twilio.com/docs/voice/twiml/record"""

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from conversations.gateway.choice import SIMULATED_ACCOUNT
from conversations.gateway.simulator.live_call import CallOver, HungUp, LiveCall
from conversations.gateway.simulator.numbering import API_VERSION, message_of, new_id
from conversations.gateway.simulator.persons import Moment, Wish
from conversations.gateway.simulator.twiml_reader import Verb

# People speak for two seconds here; the recording says what a real one would.
RECORDED_SECONDS = 9


def record(call: LiveCall, verb: Verb, base: str) -> None:
    """Beep and record. A caller who says nothing goes on to the next verb.

    Raises CallOver after a message: the caller has said it all and hangs up.
    """
    call.answer()
    call.note(_("Beep."), Moment.BEEP)
    try:
        spoke = call.wait(call.pace.decide, Wish.LEAVE_VOICEMAIL)
    except HungUp:
        _tell_absent(call, verb, base)
        raise
    if not spoke:
        call.note(_("The caller says nothing."))
        _tell_absent(call, verb, base)
        return
    _speak(call)
    _tell_recording(call, verb, base)
    raise CallOver


def _speak(call: LiveCall) -> None:
    call.note(_("The caller speaks after the beep."), Moment.RECORDING)
    try:
        call.wait(call.pace.speak)
    except HungUp:
        # Hanging up is how a message ends.
        call.note(_("The caller hangs up after a few words."))
    else:
        call.note(_("The caller has left a message and hangs up."))


def _tell_absent(call: LiveCall, verb: Verb, base: str) -> None:
    fields = {
        **_recording_fields(call, new_id("RE")),
        "RecordingStatus": "absent",
        "RecordingDuration": "0",
    }
    _tell_status(call, verb, base, fields)


def _tell_recording(call: LiveCall, verb: Verb, base: str) -> None:
    fields = _recording_fields(call, new_id("RE"))
    seconds = {"RecordingDuration": str(RECORDED_SECONDS)}
    if verb.get("action"):
        left = call.params("completed", **fields, **seconds, Digits="hangup")
        # The caller has gone: the answer is not followed.
        call.fetch(verb.get("action"), left, base=base)
    _tell_status(
        call, verb, base, {**fields, **seconds, "RecordingStatus": "completed"}
    )
    if verb.get("transcribeCallback"):
        call.afterwards.append(_transcript(call, verb, base, fields))


def _tell_status(call: LiveCall, verb: Verb, base: str, fields: dict[str, str]) -> None:
    """The recording's own report, which names the call but not its numbers."""
    wanted = verb.get("recordingStatusCallbackEvent", "completed").split()
    url = verb.get("recordingStatusCallback")
    if not url or fields["RecordingStatus"] not in wanted:
        return
    more = {
        "AccountSid": SIMULATED_ACCOUNT,
        "CallSid": call.row.call_id,
        "RecordingChannels": "1",
        "RecordingSource": "RecordVerb",
        "ErrorCode": "0",
    }
    call.wire.report(url, {**fields, **more}, base=base)


def _transcript(
    call: LiveCall, verb: Verb, base: str, fields: dict[str, str]
) -> Callable[[], None]:
    """What is reported some time after the call."""

    def tell() -> None:
        transcript_id = new_id("TR")
        words = {
            "TranscriptionSid": transcript_id,
            "TranscriptionStatus": "completed",
            "TranscriptionText": message_of(call.row.caller),
            "TranscriptionType": "fast",
            "TranscriptionUrl": f"{fields['RecordingUrl']}/{transcript_id}",
        }
        params = call.params("completed", **fields, **words)
        call.wire.report(verb.get("transcribeCallback"), params, base=base)

    return tell


def _recording_fields(call: LiveCall, recording_id: str) -> dict[str, str]:
    account = f"{settings.SIMULATOR_API_BASE_URL}/{API_VERSION}/Accounts"
    url = f"{account}/{SIMULATED_ACCOUNT}/Recordings/{recording_id}"
    return {"RecordingSid": recording_id, "RecordingUrl": url}
