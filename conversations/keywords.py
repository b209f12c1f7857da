"""STOP, START and HELP: what a text asks of us before anybody reads it as a message.

Sources: Twilio's default keywords for long codes; CTIA Messaging Principles 5.1.3;
47 CFR 64.1200(a)(10) (a request to stop counts in any reasonable words).
"""

import re
import unicodedata
from enum import StrEnum

from conversations.optout_phrases import (
    COURTESY,
    EXPLICIT,
    HELP,
    KEYWORDS,
    OPT_IN,
    REACTION,
    SIGNATURE,
    WHOLE,
)


class Keyword(StrEnum):
    """What a text asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


# An acute or grave accent on its own stands for an apostrophe; others leave no trace:
# two Hangul fillers are letters to Unicode but cannot be seen.
_BEFORE = str.maketrans("\u00b4`\u2019\u2018", "''''", "\u115f\u1160\u3164\uffa0")
_ENDS_A_SENTENCE = frozenset(".!?,;:()\n\r\u2014\u2013\u3002\u3001")
_UNSEEN = frozenset({"Mn", "Me", "Cf"})
_SPELLED = re.compile(r"\w(?: \w){2,}")
_STOP_SIGN = "\N{OCTAGONAL SIGN}"


def classify(text: str, *, carrier_type: str | None = None) -> Keyword | None:
    """Say whether a text is a STOP, START or HELP; None for an ordinary message.

    `carrier_type` is the carrier's own verdict (Twilio's `OptOutType`) and wins, since
    the carrier has already acted on it. Case, accents, width, punctuation, emoji,
    invisible characters, a polite word and letters set apart ("S T O P") do not
    matter. A lone stop sign is a stop; so is "wrong number". YES alone is None: see
    `is_yes`.
    """
    if carrier_type and (said := carrier_type.strip().lower()) in set(Keyword):
        return Keyword(said)
    sentences = _sentences(text)
    words = _whole(sentences)
    if HELP.fullmatch(words):
        return Keyword.HELP
    asked = _polite_words_removed(words)
    if OPT_IN.fullmatch(asked):
        return Keyword.START
    return Keyword.STOP if _asks_to_stop(text, sentences, asked) else None


def is_yes(text: str) -> bool:
    """Tell whether a text says YES and nothing else.

    Carriers take that for an opt-in, so it is one from a number that has opted out;
    from any other it is an answer. The caller knows which.
    """
    return _whole(_sentences(text)) == "yes"


def _asks_to_stop(text: str, sentences: list[str], asked: str) -> bool:
    if not sentences:
        return _STOP_SIGN in text
    if any(kind.fullmatch(asked) for kind in (KEYWORDS, WHOLE, EXPLICIT)):
        return True
    parts = [] if REACTION.match(text) else map(_polite_words_removed, sentences)
    return any(map(EXPLICIT.fullmatch, parts))


def _sentences(text: str) -> list[str]:
    """Reduce a text to sentences of plain words, as `optout_phrases` wants them."""
    folded = unicodedata.normalize("NFKC", text.translate(_BEFORE)).casefold()
    plain = "".join(map(_plain, unicodedata.normalize("NFD", folded)))
    lines = map(_one_blank, plain.split("\n"))
    return [words for words in lines if words and not words.startswith(SIGNATURE)]


def _plain(char: str) -> str:
    if char == "'" or unicodedata.category(char) in _UNSEEN:
        return ""
    if char in _ENDS_A_SENTENCE:
        return "\n"
    return char if char.isalnum() else " "


def _whole(sentences: list[str]) -> str:
    words = " ".join(sentences)
    return words.replace(" ", "") if _SPELLED.fullmatch(words) else words


def _polite_words_removed(words: str) -> str:
    return _one_blank(COURTESY.sub(" ", words))


def _one_blank(words: str) -> str:
    return " ".join(words.split())
