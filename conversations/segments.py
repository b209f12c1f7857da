"""How many texts a text is: what the carrier charges for, counted as Twilio counts.

A text of GSM characters only is packed in septets, any other in UTF-16 code units.
Sources: 3GPP TS 23.038 (alphabets) and TS 23.040 (the header of joined texts), and
Twilio's public segment calculator for what is never cut in two: an extension
character, a surrogate pair, a combined emoji or letter.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from conversations.alphabets import GSM_BASIC, GSM_EXTENDED, SMART
from conversations.graphemes import graphemes

Encoding = Literal["GSM-7", "UCS-2"]
_GSM = GSM_BASIC | GSM_EXTENDED
# Units in a text that stands alone, and in each part of a longer one.
_ROOM: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """The size of one text.

    `units` are septets in GSM-7 and UTF-16 code units in UCS-2, headers not counted;
    `remaining` is the room left in the last segment, in the same units.
    """

    encoding: Encoding
    segments: int
    units: int
    remaining: int


def measure(body: str, *, smart: bool = False) -> Segments:
    """Count the segments of a text; an empty text is one segment.

    `smart` counts the text as it goes out with Twilio's smart encoding on.
    """
    # Two halves of a surrogate pair, as some JSON decoders leave them, are one
    # character; a half on its own stays what it is.
    text = _utf16(as_sent(body) if smart else body).decode("utf-16-le", "surrogatepass")
    encoding: Encoding = "GSM-7" if _GSM.issuperset(text) else "UCS-2"
    sizes = _septets(text) if encoding == "GSM-7" else _code_units(text)
    alone, joined = _ROOM[encoding]
    used = _pack(sizes, alone=alone, joined=joined)
    room = alone if len(used) == 1 else joined
    return Segments(encoding, len(used), sum(used), max(0, room - used[-1]))


def as_sent(body: str) -> str:
    """Return the text that smart encoding sends, look-alikes written in GSM letters."""
    return body.translate(SMART)


def _septets(text: str) -> list[int]:
    return [2 if char in GSM_EXTENDED else 1 for char in text]


def _code_units(text: str) -> list[int]:
    return [len(_utf16(part)) // 2 for part in graphemes(text)]


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _pack(sizes: list[int], *, alone: int, joined: int) -> list[int]:
    """Put characters of these sizes into segments; return how full each one is.

    A text too long for one segment learns of its header late: the first segment gives
    back what no longer fits, and the second starts with that and with the character
    that did not fit, even where the two are together too big for it.
    """
    total = list(accumulate(sizes))
    if not total or total[-1] <= alone:
        return [sum(sizes)]
    kept = bisect_right(total, joined)
    second = bisect_right(total, alone) + 1
    used = [sum(sizes[:kept]), sum(sizes[kept:second])]
    for size in sizes[second:]:
        if used[-1] + size > joined:
            used.append(0)
        used[-1] += size
    return used
