"""Placing calls: who may, where they lead, and what is told at their end."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from conversations.gateway.simulator.instructions import follow
from conversations.gateway.simulator.legs import progress_fields
from conversations.gateway.simulator.live_call import (
    CallOver,
    HungUp,
    LiveCall,
    Pace,
)
from conversations.gateway.simulator.numbering import WITHHELD, new_id
from conversations.gateway.simulator.persons import AtThePage, Moment, Persons
from conversations.gateway.simulator.switches import Switches
from conversations.gateway.simulator.threads import in_background
from conversations.gateway.simulator.twiml_reader import TwimlError
from conversations.gateway.simulator.wire import NoAnswerError, Wire
from conversations.models import PhoneLine, SimulatedCall
from crm.phones import read_caller, to_e164

logger = logging.getLogger(__name__)

# A call that has not shown itself for so long died with its process.
LOST_AFTER = timedelta(seconds=20)


class CannotCallError(ValueError):
    """The call or text cannot be placed; the message says why, for people."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a call goes: with which people, faults and pace, and who watches."""

    persons: Persons | None = None
    switches: Switches | None = None
    pace: Pace = field(default_factory=Pace)
    listener: Callable[[], None] | None = None


def read_number(raw: str) -> str:
    """What was typed, as E.164 or as a withheld number. Raises CannotCallError."""
    if any(map(str.isalpha, raw)) and read_caller(raw).reason == "withheld":
        return WITHHELD
    try:
        return to_e164(raw, region="US")
    except ValueError as error:
        raise CannotCallError(str(error)) from error


def find_line(number: str) -> PhoneLine:
    """The line that is called. Raises CannotCallError."""
    line = PhoneLine.objects.select_related("business").filter(number=number).first()
    if line is None:
        message = _("%(number)s is no line of any business here. Create it first.")
        raise CannotCallError(message % {"number": number})
    return line


def dial_up(caller: str, line: PhoneLine) -> SimulatedCall:
    """The row of a new call. Raises CannotCallError for a phone that is in use."""
    if caller == line.number:
        raise CannotCallError(_("A line cannot call itself. Choose another number."))
    if caller != WITHHELD and still_going(SimulatedCall.objects.filter(caller=caller)):
        raise CannotCallError(_("This phone is in a call already. Hang up first."))
    return SimulatedCall.objects.create(
        call_id=new_id("CA"), caller=caller, called=line.number, status="ringing"
    )


def connect_in_background(row: SimulatedCall) -> None:
    """Let a call run on its own, steered from the page."""
    in_background(connect, row, Setting())


def connect(row: SimulatedCall, setting: Setting) -> LiveCall:
    """Run a call from its first ring to its last report; returns when all is told."""
    call = LiveCall(
        row,
        persons=setting.persons or AtThePage(row.call_id),
        wire=Wire(setting.switches or Switches.now()),
        pace=setting.pace,
        listener=setting.listener,
    )
    try:
        _run(call)
    finally:
        _finish(call)
    for tell in call.afterwards:
        time.sleep(call.pace.transcribe)
        tell()
        call.wire.flush()
    return call


def _run(call: LiveCall) -> None:
    try:
        call.note(_("The call rings."), Moment.RINGING)
        first = call.params("ringing", **_first_fields(call))
        follow(call, call.fetch(reverse("twilio-voice"), first, base=""))
    except HungUp:
        call.note(_("The caller hung up."))
    except CallOver:
        pass
    except (NoAnswerError, TwimlError) as error:
        # Twilio picks up and says that an application error has occurred.
        call.trouble = str(error)
        call.answer()
        call.note(_("The network got no usable instructions: %s") % error)


def _first_fields(call: LiveCall) -> dict[str, str]:
    """What only the first webhook of a call carries."""
    fields = {"CallToken": "{}", "StirVerstat": "TN-Validation-Passed-A"}
    if call.row.caller == WITHHELD:
        fields["StirVerstat"] = "No-TN-Validation"
    line = find_line(call.row.called)
    office = line.business.phone
    if line.plan == PhoneLine.Plan.FORWARDED and office not in ("", line.number):
        fields["ForwardedFrom"] = office
    return fields


def _finish(call: LiveCall) -> None:
    """The end of every call: its row, and the report to the line's status address."""
    status = call.row.status
    if status == "in-progress":
        status = "completed"
    elif status == "ringing":
        status = "no-answer"
    seconds = call.connected_seconds
    for phone in call.desk:
        phone.state = "ended"
    call.end(status, now=timezone.now())
    call.note(_("The call is over."), Moment.ENDED)
    fields = call.params(
        status,
        CallDuration=str(seconds),
        Duration=str(-(-seconds // 60)),
        **progress_fields(0),
    )
    call.wire.report(reverse("twilio-voice-status"), fields)
    call.wire.flush()


def still_going(calls: QuerySet[SimulatedCall]) -> list[SimulatedCall]:
    """The calls that go on; those whose process died are closed on the way."""
    now = timezone.now()
    rows = list(calls.filter(ended_at=None))
    return [row for row in rows if not bury_if_lost(row, now=now)]


def bury_if_lost(row: SimulatedCall, *, now: datetime) -> bool:
    """Close a call that nobody runs any more; nobody is told, as in a real outage."""
    if row.ended_at is not None:
        return False
    seen = last_seen(row)
    if now - seen < LOST_AFTER:
        return False
    status = "completed" if row.status == "in-progress" else "no-answer"
    row.status, row.ended_at = status, seen
    return bool(
        SimulatedCall.objects.filter(pk=row.pk, ended_at=None).update(
            status=status, ended_at=seen
        )
    )


def last_seen(row: SimulatedCall) -> datetime:
    """When the call's thread last wrote to its row (aware UTC)."""
    written = row.log[-1].get("seen", "") if row.log else ""
    return parse_datetime(written) or row.started_at
