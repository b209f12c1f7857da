"""The answer box: whether it is open, why not, and what to know before sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.models import Conversation, PhoneLine
from conversations.segments import measure
from conversations.wording import MAX_CHARACTERS
from crm.desk_marks import when
from crm.models import ConsentEvent


@dataclass(frozen=True, kw_only=True)
class Composer:
    """What the thread's page shows at its foot."""

    locked: str
    warning: str
    consent: str
    consent_when: SafeString | str
    size: str
    body: str = ""
    error: str = ""
    most: int = MAX_CHARACTERS


def composer_of(
    thread: Conversation, *, may_answer: bool, body: str = "", error: str = ""
) -> Composer:
    """The answer box of ``thread``, with what a refused text said."""
    said = ConsentEvent.objects.filter(
        business=thread.business_id, phone=thread.phone
    ).first()
    stopped = said is not None and said.kind == ConsentEvent.Kind.OPT_OUT
    return Composer(
        locked=_locked(stopped=stopped, may_answer=may_answer),
        warning=_warning(thread),
        consent=_consent_words(said),
        consent_when=_when(said.at, thread) if said else "",
        size=str(sizes_of(body)["words"]),
        body=body,
        error=error,
    )


def _when(at: datetime, thread: Conversation) -> SafeString | str:
    return when(at, thread.business.zone)


def _locked(*, stopped: bool, may_answer: bool) -> str:
    if stopped:
        return _(
            "This person asked for no more texts, so none can be sent. They can text"
            " START to get texts again; until then, call."
        )
    if not may_answer:
        return _("You may read this conversation, not answer it.")
    return ""


def _warning(thread: Conversation) -> str:
    if thread.lead.not_textable:
        return _("The carrier said that this number cannot get texts.")
    if thread.lead.do_not_text:
        return _("Marked “do not text”: no automatic texts go to this person.")
    if thread.line.texting == PhoneLine.Texting.NOT_REGISTERED:
        return _(
            "Your line waits for the carrier's registration. Texts may not arrive."
        )
    return ""


def _consent_words(said: ConsentEvent | None) -> str:
    if said is None:
        return _("Has not said")
    return f"{said.get_kind_display()} ({said.get_how_display().lower()})"


def sizes_of(body: str) -> dict[str, Any]:
    """How long the words are as a text, for people and for scripts."""
    size = measure(body)
    room = size.units + size.remaining
    parts = ngettext("%d text", "%d texts", size.segments) % size.segments
    words = f"{size.units} / {room} · {parts}"
    if size.encoding == "UCS-2":
        words = f"{words} · {_('has emoji or special letters')}"
    return {
        "segments": size.segments,
        "encoding": size.encoding,
        "units": size.units,
        "remaining": size.remaining,
        "words": words,
    }
