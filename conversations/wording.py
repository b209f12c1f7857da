"""The words of automatic texts and greetings: variables, checks, the first text.

A body is written by a manager and names variables in braces: `{name}`, or with words of
its own for when there is no name, `{name|there}`. Nothing a manager types may stop a
text: what cannot be filled in is left out, and the sentence around it is tidied.
"""

import difflib
import re
from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MAX_CHARACTERS = 1600  # Twilio refuses a longer body with error 21617


class Situation(models.TextChoices):
    """When a wording is used. Labels are read by managers."""

    IN_HOURS = "in_hours", _("Text: missed during opening hours")
    AFTER_HOURS = "after_hours", _("Text: missed while you were closed")
    HOLIDAY = "holiday", _("Text: missed on a holiday")
    VOICEMAIL = "voicemail", _("Text: the caller left a voicemail")
    KNOWN_CUSTOMER = "known_customer", _("Text: a customer you already know")
    UPCOMING_APPOINTMENT = (
        "upcoming_appointment",
        _("Text: the caller has an appointment coming up"),
    )
    HELP_REPLY = "help_reply", _("Reply to HELP")
    OPT_OUT_CONFIRMATION = "opt_out_confirmation", _("Reply to STOP")
    OPT_IN_CONFIRMATION = "opt_in_confirmation", _("Reply to START")
    GREETING_IN_HOURS = (
        "greeting_in_hours",
        _("Spoken: nobody answered during opening hours"),
    )
    GREETING_AFTER_HOURS = "greeting_after_hours", _("Spoken: you are closed")
    GREETING_HOLIDAY = "greeting_holiday", _("Spoken: it is a holiday")
    GREETING_VOICEMAIL = "greeting_voicemail", _("Spoken: please leave a message")


TEXT_BACKS = frozenset(
    {
        Situation.IN_HOURS,
        Situation.AFTER_HOURS,
        Situation.HOLIDAY,
        Situation.VOICEMAIL,
        Situation.KNOWN_CUSTOMER,
        Situation.UPCOMING_APPOINTMENT,
    }
)
GREETINGS = frozenset(
    {
        Situation.GREETING_IN_HOURS,
        Situation.GREETING_AFTER_HOURS,
        Situation.GREETING_HOLIDAY,
        Situation.GREETING_VOICEMAIL,
    }
)

_VARIABLES = {
    "business": (_("Your business's name"), "Northside Heating"),
    "name": (_("The caller's first name, when you know it"), "Maria"),
    "link": (
        _("The caller's own booking link"),
        "https://missedcall.example/b/AbCdEfGhIjKl",
    ),
    "opens": (_("When you open next"), "tomorrow at 8 am"),
    "appointment": (_("Day and time of the next appointment"), "Tue, Dec 8 at 2 pm"),
    "phone": (_("Your phone number"), "(212) 555-0100"),
}
# Said when there is no value and the body has no words of its own. Each fits where the
# value would stand; spelled for GSM-7, which has no á, í, ó or ú.
_DEFAULTS = {
    "en": {
        "business": "our office",
        "opens": "in business hours",
        "appointment": "as booked",
        "phone": "our number",
    },
    "es": {
        "business": "nuestra oficina",
        "opens": "en nuestro horario",
        "appointment": "como la tiene reservada",
        "phone": "nuestro teléfono",
    },
}
# What people write for a variable when they guess its name.
_GUESSES = {
    "first name": "name",
    "first_name": "name",
    "customer": "name",
    "caller": "name",
    "nombre": "name",
    "company": "business",
    "office": "business",
    "negocio": "business",
    "url": "link",
    "booking": "link",
    "enlace": "link",
    "hours": "opens",
    "time": "appointment",
    "date": "appointment",
    "cita": "appointment",
    "number": "phone",
    "telephone": "phone",
}
_STOP_WORDS = {
    "en": "Reply STOP to opt out.",
    "es": "Responda STOP para no recibir mas.",  # "más" is not in GSM-7
}
# A name, then perhaps the words to use without a value.
_VARIABLE = re.compile(r"\{(?=[^{}|\n]*\w)([^{}|\n]+)(?:\|([^{}\n]*))?\}")
_STOP = re.compile(
    r"(?<![\w-])STOP(?![\w-])"
    r"|\b(?i:reply|text|send|responda|responde|envie)\s+[\"']?(?i:stop)\b"
)
_GAP = "\0"  # stands where a variable had nothing to say; PostgreSQL stores no NUL
_FILLED = "\1"  # stands where a variable will say something
_TIDY = (
    # Several gaps in a row, and a pair of marks around nothing, are one gap.
    (r"\0(?:[ \t]*\0)+", _GAP),
    (r"\([ \t]*\0[ \t]*\)|\[\0\]|\"\0\"|¡\0!|¿\0\?", _GAP),
    # "a time: {link}." and "Hi {name}, {phone}." lose the mark that led to it.
    (r"[,;:][ \t]*\0[ \t]*(?=[,;:.!?])", ""),
    # A sentence that was nothing but the variable.
    (r"(?m)(?<=[.!?])[ \t]*\0[ \t]*[,;:.!?]*[ \t]*$", ""),
)
_SENTENCE_START = re.compile(
    r"(?m)(^[ \t]*|[.!?][ \t]+)\0[ \t]*[,;:.!?]*[ \t]*([^\W\d_](?!\w*://))?"
)
_BEFORE_MARK_OR_END = re.compile(r"(?m)[ \t]*\0[ \t]*(?=[,;:.!?)\]]|$)")
_BETWEEN_WORDS = re.compile(r"([ \t]*)\0([ \t]*)")


def render(body: str, values: Mapping[str, str], *, language: str = "en") -> str:
    """Fill in the variables of `body`; never raises.

    A variable without a value says its own words (`{name|there}`), else a default in
    `language`, else nothing, and then the space or comma it leaves behind goes too.
    Values are put in as they are: braces in them mean nothing. A brace without a
    partner stays text, and line breaks stay.
    """
    said: list[str] = []

    def hold_place(found: re.Match[str]) -> str:
        words = _words_for(found, values, language)
        said.extend([words] if words else [])
        return _FILLED if words else _GAP

    plain = body.replace(_GAP, "").replace(_FILLED, "")
    tidied = _close_gaps(_VARIABLE.sub(hold_place, plain))
    # Words go in last, so that tidying never touches them; the order is the same.
    return re.sub(_FILLED, lambda _found: said.pop(0), tidied)


def problems(body: str) -> list[str]:
    """Say what is wrong with a body, a sentence each, for the manager who wrote it.

    In the active language; empty when the body can be used.
    """
    if not body.strip():
        return [gettext("Write some words: this text is empty.")]
    names = dict.fromkeys(found[1].strip() for found in _VARIABLE.finditer(body))
    found = [_unknown(name) for name in names if name.lower() not in _VARIABLES]
    stray = re.search(r"[{}]", _VARIABLE.sub("", body))
    if stray:
        found.append(_stray_brace(stray[0]))
    length = len(render(body, {name: example for name, _label, example in variables()}))
    if length > MAX_CHARACTERS:
        found.append(_too_long(length))
    return found


def hints(body: str, situation: str) -> list[str]:
    """Say what a manager may have forgotten; such a body can still be used."""
    used = {found[1].strip().lower() for found in _VARIABLE.finditer(body)}
    found = []
    if situation in TEXT_BACKS and "link" not in used:
        found.append(gettext("Callers book more often when the text has their {link}."))
    if situation == Situation.AFTER_HOURS and "opens" not in used:
        found.append(gettext("Callers like to know when you open: add {opens}."))
    return found


def first_text(body: str, *, business: str, language: str) -> str:
    """Make a rendered text fit to be the first one a number gets from a business.

    It has to say who writes and how to stop (CTIA Messaging Principles and Best
    Practices; 47 CFR 64.1200(a)(10) on stopping). A "STOP" inside the business's
    own name, or a small "stop by", tells nobody how to stop and does not count.
    """
    text, without_name = body.strip(), body
    if business.strip():
        name = re.compile(rf"(?<!\w){re.escape(business.strip())}(?!\w)", re.IGNORECASE)
        without_name = name.sub("", body)
        text = text if name.search(body) else f"{business.strip()}: {text}".strip()
    if _STOP.search(without_name):
        return text
    return f"{text} {_STOP_WORDS[_known_language(language)]}".strip()


def variables() -> list[tuple[str, str, str]]:
    """List name, label (active language) and example of every variable."""
    return [
        (name, str(label), example) for name, (label, example) in _VARIABLES.items()
    ]


def _known_language(language: str) -> str:
    return "es" if language.lower().startswith("es") else "en"


def _words_for(found: re.Match[str], values: Mapping[str, str], language: str) -> str:
    name, own = found[1].strip().lower(), found[2]
    value = values.get(name, "") if name in _VARIABLES else ""
    if value.strip():
        return value
    if own is not None:
        return own.strip()
    return _DEFAULTS[_known_language(language)].get(name, "")


def _close_gaps(text: str) -> str:
    """Take out the gaps, with the spaces and commas that no longer belong."""
    for pattern, replacement in _TIDY:
        text = re.sub(pattern, replacement, text)
    text = _SENTENCE_START.sub(lambda m: m[1] + (m[2] or "").upper(), text)
    text = _BEFORE_MARK_OR_END.sub("", text)
    return _BETWEEN_WORDS.sub(lambda m: " " if m[1] or m[2] else "", text)


def _unknown(name: str) -> str:
    lowered = name.lower()
    near = difflib.get_close_matches(lowered, _VARIABLES, n=1)
    meant = _GUESSES.get(lowered) or (near[0] if near else "")
    if meant:
        return gettext("There is no {%(name)s}. Did you mean {%(meant)s}?") % {
            "name": name,
            "meant": meant,
        }
    return gettext("There is no {%(name)s}. You can use %(all)s.") % {
        "name": name,
        "all": ", ".join(f"{{{known}}}" for known in _VARIABLES),
    }


def _stray_brace(brace: str) -> str:
    if brace == "{":
        return gettext(
            "A { has no matching }. Write variables like {name}, or leave it out."
        )
    return gettext(
        "A } has no matching {. Write variables like {name}, or leave it out."
    )


def _too_long(length: int) -> str:
    return gettext(
        "This is %(length)s characters with everything filled in. "
        "A text can have 1,600 at most."
    ) % {"length": f"{length:,}"}
