"""A caller's phone for tests: what happens to it becomes webhooks about one call."""

from datetime import UTC, datetime, timedelta

from conversations import voice
from conversations.gateway.payloads import (
    CallProgress,
    CallStarted,
    DialEnded,
    KeyPressed,
    RecordingReady,
    Transcribed,
    VoicemailLeft,
)
from conversations.tests.signed_client import call_params

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MARIA = "+13125551234"
SID, LEG = "CA" + "1" * 32, "CA" + "2" * 32
SECOND = timedelta(seconds=1)


class Phone:
    """Somebody's phone that rings a line: each method is one webhook about the call."""

    def __init__(self, line, caller=MARIA):
        self.line, self.caller = line, caller

    def _params(self, status, **more):
        return call_params(self.caller, self.line.number, SID, status, **more)

    def _leg_params(self, status="", **more):
        return {"CallSid": LEG, "ParentCallSid": SID, "CallStatus": status, **more}

    def rings(self, status="ringing", *, at=NOW):
        event = CallStarted.from_params(self._params(status))
        return voice.call_started(event, now=at)[1]

    def desk_rang(self, dial, *, status="in-progress", at=NOW + 20 * SECOND, **more):
        params = self._params(status, DialCallStatus=dial, **more)
        return voice.dial_ended(
            CallStarted.from_params(params), DialEnded.from_params(params), now=at
        )

    def is_over(self, status="completed", *, at=NOW + 30 * SECOND):
        params = self._params(status, CallDuration="30")
        voice.call_progressed(
            CallStarted.from_params(params), CallProgress.from_params(params), now=at
        )

    def leg(self, status, *, at=NOW, **more):
        params = self._leg_params(status, **more)
        voice.call_progressed(
            CallStarted.from_params(params), CallProgress.from_params(params), now=at
        )

    def key(self, digits, *, at=NOW + 8 * SECOND):
        params = self._leg_params("in-progress", Digits=digits)
        return voice.key_pressed(KeyPressed.from_params(params), now=at)

    def leaves_voicemail(self, seconds, *, at=NOW + 60 * SECOND, **more):
        params = {"CallSid": SID, "RecordingDuration": seconds, **more}
        voice.voicemail_left(VoicemailLeft.from_params(params), now=at)

    def recording(self, status, *, at=NOW + 65 * SECOND, **more):
        params = {"CallSid": SID, "RecordingStatus": status, **more}
        voice.recording_ready(RecordingReady.from_params(params), now=at)

    def transcript(self, text):
        params = {"CallSid": SID, "TranscriptionText": text}
        voice.transcribed(Transcribed.from_params(params), now=NOW)
