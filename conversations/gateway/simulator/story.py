"""What the product made of it: its own rows, told as a timeline.

The only part of the simulator that looks at the product's side, and it only looks.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from conversations.call_story import duration, happened, texted, with_texts
from conversations.gateway.errors import explain
from conversations.gateway.simulator.numbering import WITHHELD
from conversations.models import Call, Conversation, Message, PhoneLine
from conversations.reasons import Reason
from crm.models import LeadEvent

MOST_CALLS = 5
MOST_ENTRIES = 30
# What the other entries say anyway.
_UNTOLD = (LeadEvent.Kind.TEXT_BACK_QUEUED,)
_BAD = (LeadEvent.Kind.TEXT_BACK_FAILED, LeadEvent.Kind.TEXT_FAILED)
_GOOD = (
    LeadEvent.Kind.TEXT_BACK_SENT,
    LeadEvent.Kind.TEXT_DELIVERED,
    LeadEvent.Kind.CALL_ANSWERED,
    LeadEvent.Kind.TEXT_RECEIVED,
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the timeline. `tone`: plain, good, bad or quiet."""

    key: str
    at: datetime
    title: str
    detail: str = ""
    tone: str = "plain"
    link: str = ""
    link_text: str = ""


def story_json(caller: str, line: PhoneLine) -> list[dict[str, Any]]:
    """The latest steps between this caller and this business, oldest first."""
    entries = sorted(Story(caller, line).entries(), key=lambda entry: entry.at)
    return [
        {**asdict(entry), "at": entry.at.isoformat()}
        for entry in entries[-MOST_ENTRIES:]
    ]


class Story:
    """Reads the rows of one caller and one business, each kind once."""

    def __init__(self, caller: str, line: PhoneLine) -> None:
        """`caller`: E.164, or the word for a withheld number."""
        self._caller, self._line = caller, line

    def entries(self) -> Iterable[Entry]:
        """Calls that came in, and every step on the timeline."""
        for call in self._calls.values():
            yield Entry(
                key=f"{call.ref}:began",
                at=call.started_at,
                title=_("A call comes in"),
                detail=str(call.line),
                tone="quiet",
                link=admin_link("call", call.pk),
                link_text=_("Call"),
            )
        for event in reversed(self._events):
            yield self._told(event)

    @cached_property
    def _calls(self) -> dict[int, Call]:
        raw = self._caller == WITHHELD
        mine = Q(caller="", caller_raw=WITHHELD) if raw else Q(caller=self._caller)
        calls = Call.objects.filter(mine, business=self._line.business)
        rows = with_texts(calls.order_by("-started_at"))[:MOST_CALLS]
        return {call.pk: call for call in rows}

    @cached_property
    def _events(self) -> list[LeadEvent]:
        refs = [call.ref for call in self._calls.values()]
        refs += [f"episode:{call.episode_id}" for call in self._calls.values()]
        mine = Q(lead=None, ref__in=refs)
        if self._caller != WITHHELD:
            mine |= Q(lead__phone=self._caller)
        events = LeadEvent.objects.filter(mine, business=self._line.business)
        return list(
            events.exclude(kind__in=_UNTOLD)
            .select_related("source")
            .order_by("-at", "-pk")[:MOST_ENTRIES]
        )

    @cached_property
    def _messages(self) -> dict[int, Message]:
        rows = Message.objects.filter(
            business=self._line.business, phone=self._caller
        ).select_related("episode")
        return {message.pk: message for message in rows.order_by("-pk")[:MOST_ENTRIES]}

    @cached_property
    def _thread_link(self) -> str:
        threads = Conversation.objects.filter(
            business=self._line.business, phone=self._caller
        )
        pk = threads.values_list("pk", flat=True).first()
        return admin_link("conversation", pk) if pk else ""

    def _told(self, event: LeadEvent) -> Entry:
        title, detail = self._words(event)
        link, link_text = self._link(event)
        tone = "plain"
        if event.kind in _GOOD:
            tone = "good"
        elif event.kind in _BAD or event.kind == LeadEvent.Kind.OPTED_OUT:
            tone = "bad"
        return Entry(
            key=event.key,
            at=event.at,
            title=title,
            detail=detail,
            tone=tone,
            link=link,
            link_text=link_text,
        )

    def _words(self, event: LeadEvent) -> tuple[str, str]:
        tellers = {
            "call": self._about_a_call,
            "message": self._about_a_text,
            "lead": self._about_the_lead,
        }
        kind, _colon, rest = event.key.partition(":")
        number = rest.partition(":")[0]
        teller = tellers.get(kind)
        if teller is None or not number.isdecimal():
            return str(event.get_kind_display()), ""
        return teller(event, int(number))

    def _about_a_call(self, event: LeadEvent, pk: int) -> tuple[str, str]:
        call = self._calls.get(pk)
        if event.kind == LeadEvent.Kind.TEXT_BACK_SKIPPED:
            reasons = dict(Reason.choices)
            return _("No text"), str(reasons.get(event.data.get("reason"), ""))
        told = (LeadEvent.Kind.CALL_MISSED, LeadEvent.Kind.CALL_ANSWERED)
        if call is None or event.kind not in told:
            return str(event.get_kind_display()), call.transcript if call else ""
        return happened(call), _texted_before(call)

    def _about_a_text(self, event: LeadEvent, pk: int) -> tuple[str, str]:
        message = self._messages.get(pk)
        if message is None:
            return str(event.get_kind_display()), ""
        if event.kind == LeadEvent.Kind.TEXT_BACK_SENT:
            return self._how_fast(message), message.body
        if event.kind == LeadEvent.Kind.TEXT_RECEIVED:
            return _("The caller texts"), message.body
        if event.kind in _BAD:
            return str(event.get_kind_display()), explain(message.error_code)
        return str(event.get_kind_display()), ""

    def _how_fast(self, message: Message) -> str:
        missed = [
            call.missed_at
            for call in self._calls.values()
            if call.episode_id == message.episode_id and call.missed_at
        ]
        before = [at for at in missed if at <= message.created_at]
        if not before or message.sent_at is None:
            return _("Texted")
        return _("Texted %s later") % duration(message.sent_at - max(before))

    def _about_the_lead(self, event: LeadEvent, pk: int) -> tuple[str, str]:
        source = str(event.source) if event.source else ""
        if event.kind != LeadEvent.Kind.LEAD_CREATED or not source:
            return str(event.get_kind_display()), ""
        return _("New lead"), _("Source: %s") % source

    def _link(self, event: LeadEvent) -> tuple[str, str]:
        kind, _colon, number = event.ref.partition(":")
        if kind in ("message", "episode") and event.key.startswith("message:"):
            return self._thread_link, _("Conversation")
        if kind in ("episode", "call") and number.isdecimal():
            names = {"episode": _("Missed call"), "call": _("Call")}
            return admin_link(kind, int(number)), names[kind]
        return "", ""


def _texted_before(call: Call) -> str:
    """For a call that joined an episode which had its text: why there is no other."""
    texts = getattr(call.episode, "texts_back", None) if call.missed_at else None
    sent_at = texts[0].sent_at if texts else None
    return texted(call) if sent_at and sent_at < call.missed_at else ""


def admin_link(model: str, pk: int) -> str:
    """The staff page of a row of `conversations`; empty where there is none."""
    try:
        return reverse(f"admin:conversations_{model}_change", args=[pk])
    except NoReverseMatch:
        return ""
