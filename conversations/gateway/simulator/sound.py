"""What a voicemail sounds like here: two soft tones, in place of a voice."""

import io
import math
import wave
from array import array
from functools import cache

RATE = 8_000
SECONDS = 1.2
TONES = (440.0, 554.4)
LOUDNESS = 6_000


@cache
def voicemail_sound() -> bytes:
    """A short WAV file of telephone quality."""
    length = int(RATE * SECONDS)
    samples = array("h", (_sample(place, length) for place in range(length)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def _sample(place: int, length: int) -> int:
    tone = TONES[place * len(TONES) // length]
    swell = math.sin(math.pi * (place * len(TONES) % length) / length)
    return int(LOUDNESS * swell * math.sin(math.tau * tone * place / RATE))
