"""The page with two phones, and what its buttons do."""

from dataclasses import asdict, fields
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from conversations.gateway.simulator import phones, switchboard, texts
from conversations.gateway.simulator.numbering import PEOPLE, SPECIAL_ENDINGS, WITHHELD
from conversations.gateway.simulator.persons import read_deed
from conversations.gateway.simulator.story import story_json
from conversations.gateway.simulator.switchboard import CannotCallError
from conversations.gateway.simulator.switches import MAX_DELAY_SECONDS, Switches
from conversations.models import PhoneLine, SimulatedCall
from crm.phones import format_for_people


@require_GET
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """Two phones, the timeline, and the fault switches."""
    lines = PhoneLine.objects.select_related("business").order_by(
        "business__name", "number"
    )
    groups = [
        (business, list(its_lines))
        for business, its_lines in groupby(lines, key=lambda line: line.business)
    ]
    rings = next((line.number for line in lines if line.plan == "ring"), "")
    people = [
        {
            "name": person.name,
            "number": person.number,
            "shown": format_for_people(person.number),
        }
        for person in PEOPLE
    ]
    for person in people:
        if person["number"] == WITHHELD:
            person["shown"] = _("no caller ID")
    context = {
        "groups": groups,
        # There is more to see on a line that rings somebody first.
        "first_line": rings,
        "people": people,
        "switches": Switches.now(),
        "max_delay": MAX_DELAY_SECONDS,
        "special_endings": SPECIAL_ENDINGS,
    }
    return render(request, "simulator/page.html", context)


@require_GET
def state(request: HttpRequest) -> JsonResponse:
    """Everything that may have changed, for one caller and one line."""
    try:
        caller, line = _pair(request.GET)
    except CannotCallError as error:
        return _refusal(error)
    return JsonResponse(
        {
            "caller": phones.caller_json(
                phones.newest_call(Q(caller=caller, called=line.number))
            ),
            "desk": phones.desk_json(line, phones.newest_call(Q(called=line.number))),
            "texts": phones.texts_json(caller, line),
            "keyword": "START" if texts.has_stopped(caller, line.number) else "STOP",
            "story": story_json(caller, line),
        }
    )


@require_POST
def place_call(request: HttpRequest) -> JsonResponse:
    """Dial; the call goes on in a thread of this process."""
    try:
        caller, line = _pair(request.POST)
        row = switchboard.dial_up(caller, line)
    except CannotCallError as error:
        return _refusal(error)
    switchboard.connect_in_background(row)
    return JsonResponse({"call_id": row.call_id, "caller": caller}, status=201)


@require_POST
def act(request: HttpRequest) -> JsonResponse:
    """Press a button on one of the phones while a call goes on."""
    action = request.POST.get("action", "")
    if read_deed(action) is None:
        return _refusal(_("There is no such button."))
    row = SimulatedCall.objects.filter(
        call_id=request.POST.get("call_id", ""), ended_at=None
    ).first()
    if row is None or switchboard.bury_if_lost(row, now=timezone.now()):
        return _refusal(_("This call is over."), status=409)
    SimulatedCall.objects.filter(pk=row.pk).update(action=action)
    return JsonResponse({"action": action})


@require_POST
def send_text(request: HttpRequest) -> JsonResponse:
    """Text from the caller's phone to the line."""
    try:
        caller, line = _pair(request.POST)
        text = texts.text_from_phone(
            caller, line.number, request.POST.get("body", "").replace("\0", "")
        )
    except CannotCallError as error:
        return _refusal(error)
    return JsonResponse({"message_id": text.message_id}, status=201)


@require_POST
def set_faults(request: HttpRequest) -> JsonResponse:
    """Turn the fault switches; what is not sent is off."""
    switches = Switches(**_switches(request.POST))
    switches.save()
    return JsonResponse(asdict(switches))


def _switches(form: Any) -> dict[str, Any]:
    seconds = form.get("delay_seconds", "")
    values: dict[str, Any] = {
        field.name: form.get(field.name) in ("on", "true", "1")
        for field in fields(Switches)
    }
    delay = int(seconds[:4]) if seconds.isdecimal() else 0
    return {**values, "delay_seconds": min(delay, MAX_DELAY_SECONDS)}


def _pair(form: Any) -> tuple[str, PhoneLine]:
    """The caller's number and the line. Raises CannotCallError."""
    caller = switchboard.read_number(form.get("caller", ""))
    return caller, switchboard.find_line(form.get("line", ""))


def _refusal(sentence: object, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": str(sentence)}, status=status)
