"""What we tell the carrier to do with a call. https://www.twilio.com/docs/voice/twiml"""

import re
from collections.abc import Sequence

from twilio.twiml.voice_response import VoiceResponse

# Ringing more phones than this at once is refused by the carrier.
MAX_TARGETS = 10
MAX_SPOKEN = 4_000
MAX_TRANSCRIBED_SECONDS = 120
SECONDS_TO_PRESS = 6
SECONDS_OF_SILENCE = 5
VOICES = {"en": "en-US", "es": "es-US"}
_LEG_EVENTS = "initiated ringing answered completed"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ring(
    *,
    targets: Sequence[str],
    timeout_seconds: int,
    in_turn: bool,
    action_url: str,
    screen_url: str,
    leg_status_url: str,
) -> str:
    """Ring the staff phones `targets` (E.164), all at once or one after the other.

    The caller's side keeps ringing until somebody accepts: a call that nobody takes
    was never answered. `screen_url` is asked what to play to whoever picks up.
    Raises ValueError without a target; only the first ten are rung.
    """
    if not targets:
        raise ValueError("There is no phone to ring.")
    response = VoiceResponse()
    dial = response.dial(
        answer_on_bridge=True,
        timeout=timeout_seconds,
        action=action_url,
        method="POST",
        sequential=in_turn or None,
    )
    for target in targets[:MAX_TARGETS]:
        dial.number(
            target,
            url=screen_url,
            method="POST",
            status_callback=leg_status_url,
            status_callback_method="POST",
            status_callback_event=_LEG_EVENTS,
        )
    return str(response)


def ask_to_accept(*, prompt: str, accept_url: str, language: str) -> str:
    """Ask whoever picked up to press a key; a voicemail presses none and is left."""
    response = VoiceResponse()
    gather = response.gather(
        num_digits=1, timeout=SECONDS_TO_PRESS, action=accept_url, method="POST"
    )
    _say(gather, prompt, language)
    response.hangup()
    return str(response)


def bridge() -> str:
    """Connect the two sides: nothing more to do on the rung phone's."""
    return str(VoiceResponse())


def empty() -> str:
    """Nothing to do."""
    return str(VoiceResponse())


def hang_up() -> str:
    """End this side of the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def reject() -> str:
    """Let the caller hear a busy line, without answering and without cost."""
    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)


def greet_and_hang_up(*, greeting: str, language: str) -> str:
    """Say the greeting and end the call. `language`: "en" or "es"."""
    response = VoiceResponse()
    _say(response, greeting, language)
    response.hangup()
    return str(response)


def greet_and_record(
    *,
    greeting: str,
    language: str,
    action_url: str,
    recording_status_url: str,
    transcript_url: str | None,
    max_seconds: int = 120,
) -> str:
    """Say the greeting and take a voicemail of at most `max_seconds`.

    The carrier transcribes English of up to two minutes, and only where asked to.
    Nobody having spoken, it goes on to the hang-up.
    """
    response = VoiceResponse()
    _say(response, greeting, language)
    longest = min(max_seconds, MAX_TRANSCRIBED_SECONDS)
    response.record(
        action=action_url,
        method="POST",
        timeout=SECONDS_OF_SILENCE,
        finish_on_key="#",
        max_length=longest if transcript_url else max_seconds,
        play_beep=True,
        recording_status_callback=recording_status_url,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
        transcribe=True if transcript_url else None,
        transcribe_callback=transcript_url,
    )
    response.hangup()
    return str(response)


def _say(verb: VoiceResponse, words: str, language: str) -> None:
    """Characters that XML has no place for (a pasted control code) are left out."""
    spoken = _NOT_XML.sub("", words).strip()[:MAX_SPOKEN]
    if spoken:
        verb.say(spoken, language=VOICES.get(language[:2].lower(), VOICES["en"]))
