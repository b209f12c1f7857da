"""What the two phones on the page show, and which buttons they have."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.gateway.simulator import texts
from conversations.gateway.simulator.persons import Moment, Wish
from conversations.gateway.simulator.switchboard import bury_if_lost
from conversations.models import PhoneLine, SimulatedCall, SimulatedText
from crm.phones import format_for_people

MOST_TEXTS = 40
# A call that ended is shown for a moment, like on any phone.
SHOWN_AFTER_THE_END_SECONDS = 4


def newest_call(wanted: Q) -> SimulatedCall | None:
    """The latest of these calls that is going on or has only just ended."""
    call = SimulatedCall.objects.filter(wanted).order_by("-pk").first()
    now = timezone.now()
    if call is None or bury_if_lost(call, now=now):
        return None
    return call if call.ended_at is None or _is_fresh(call.ended_at, now) else None


def _is_fresh(ended_at: datetime, now: datetime) -> bool:
    return (now - ended_at).total_seconds() < SHOWN_AFTER_THE_END_SECONDS


def _last(call: SimulatedCall | None) -> dict[str, Any]:
    entry: dict[str, Any] = call.log[-1] if call and call.log else {}
    return entry


def _button(
    wish: Wish, label: str, look: str = "", phone: int | None = None
) -> dict[str, str]:
    action = str(wish) if phone is None else f"{wish}:{phone}"
    return {"action": action, "label": label, "look": look}


def caller_json(call: SimulatedCall | None) -> dict[str, Any]:
    """The caller's screen; without a call it is the dialling pad's turn."""
    last = _last(call)
    moment = last.get("moment", Moment.DIALLING)
    if call is None:
        return {"call_id": "", "moment": "", "title": "", "detail": "", "buttons": []}
    if call.ended_at is not None:
        moment = Moment.ENDED
    return {
        "call_id": call.call_id,
        "moment": str(moment),
        "title": _caller_title(moment),
        "detail": last.get("text", ""),
        "number": format_for_people(call.called),
        "since": call.started_at.isoformat(),
        "buttons": _caller_buttons(moment),
    }


def _caller_title(moment: str) -> str:
    return {
        Moment.RINGING: _("Ringing …"),
        Moment.TALKING: _("Connected"),
        Moment.GREETING: _("Greeting"),
        Moment.BEEP: _("After the beep"),
        Moment.RECORDING: _("Recording …"),
        Moment.ENDED: _("Call ended"),
    }.get(Moment(moment), _("Calling …"))


def _caller_buttons(moment: str) -> list[dict[str, str]]:
    if moment == Moment.ENDED:
        return []
    buttons = []
    if moment in (Moment.GREETING, Moment.BEEP):
        buttons.append(_button(Wish.LEAVE_VOICEMAIL, _("Leave a voicemail"), "main"))
    at_greeting = moment in (Moment.GREETING, Moment.BEEP, Moment.RECORDING)
    hang_up = Wish.HANG_UP_AT_GREETING if at_greeting else Wish.HANG_UP
    return [*buttons, _button(hang_up, _("Hang up"), "stop")]


def desk_json(line: PhoneLine, call: SimulatedCall | None) -> dict[str, Any]:
    """The phones that this line rings, and where a call is that rings none."""
    labels = {target.number: target.label for target in line.targets.all()}
    over = call is not None and call.ended_at is not None
    ringing = [] if over else _last(call).get("desk", [])
    states = dict.fromkeys(labels, "idle")
    states.update({number: state for number, state in ringing if state != "ended"})
    order = [number for number, _state in ringing]
    return {
        "call_id": call.call_id if call else "",
        "caller": format_for_people(call.caller) if call else "",
        "note": _desk_note(line, call),
        "phones": [
            {
                "number": format_for_people(number),
                "label": labels.get(number) or _("Staff phone"),
                "state": state,
                "title": _desk_title(state),
                "buttons": _desk_buttons(
                    state, order.index(number) if number in order else 0
                ),
            }
            for number, state in states.items()
        ],
    }


def _desk_note(line: PhoneLine, call: SimulatedCall | None) -> str:
    if line.plan == PhoneLine.Plan.FORWARDED:
        return _(
            "Forwarded line: it rang at the office and nobody answered, so every call"
            " that arrives here is a missed one."
        )
    going_on = call is not None and call.ended_at is None
    desk = _last(call).get("desk") if going_on else None
    if going_on and not desk and _last(call).get("moment") != Moment.RINGING:
        return _("The desk was not rung: closed, or no phone is set up.")
    return ""


def _desk_title(state: str) -> str:
    return {
        "ringing": _("Incoming call"),
        "screening": _("“Press 1 to answer”"),
        "talking": _("On the phone"),
    }.get(state, _("Quiet"))


def _desk_buttons(state: str, phone: int) -> list[dict[str, str]]:
    if state == "talking":
        return [_button(Wish.STAFF_HANG_UP, _("Hang up"), "stop")]
    if state != "ringing":
        return []
    return [
        _button(Wish.ACCEPT, _("Answer (press 1)"), "main", phone),
        _button(Wish.DECLINE, _("Decline"), "stop", phone),
        _button(Wish.STAFF_VOICEMAIL, _("Let voicemail pick up"), "", phone),
        _button(Wish.UNREACHABLE, _("Out of reach"), "", phone),
    ]


def texts_json(caller: str, line: PhoneLine) -> list[dict[str, Any]]:
    """The caller's thread with this line: what really is on the phone."""
    texts.bring_stranded_home(timezone.now())
    rows = texts.between(caller, line.number).exclude(
        direction=texts.OUTBOUND, status__in=["queued", "sent", "undelivered"]
    )
    newest = list(rows.order_by("-pk")[:MOST_TEXTS])
    return [_text_json(row) for row in reversed(newest)]


def _text_json(text: SimulatedText) -> dict[str, Any]:
    notes = {texts.NETWORK: _("Sent by the phone network")}
    return {
        "key": text.message_id,
        "mine": text.direction == texts.INBOUND,
        "body": text.body,
        "at": text.created_at.isoformat(),
        "note": notes.get(text.direction, ""),
    }
