"""Ringing staff phones: `<Dial>` with its `<Number>`s.

https://www.twilio.com/docs/voice/twiml/dial and .../number. Who picks up is first asked
by the number's own document (for a key, say); only then are the two sides joined.
"""

import time

from django.utils.translation import gettext as _

from conversations.gateway.simulator.legs import Leg
from conversations.gateway.simulator.live_call import HungUp, LiveCall
from conversations.gateway.simulator.persons import AT_THE_DESK, Deed, Moment, Wish
from conversations.gateway.simulator.screening import is_connected
from conversations.gateway.simulator.twiml_reader import Verb
from conversations.gateway.simulator.wire import Answer
from crm.phones import format_for_people

DEFAULT_TIMEOUT = 30.0
# Which status speaks for several phones that nobody answered: the first that holds.
_SPEAKS_FIRST = ("completed", "no-answer", "busy", "failed", "canceled")


def dial(call: LiveCall, verb: Verb, base: str) -> Answer | None:
    """Ring, join, and ask `action` how to go on.

    Raises HungUp when the caller left: `action` is told, and its answer not followed.
    """
    dialling = _Dialling(call, verb, base)
    if not verb.is_on("answerOnBridge"):
        call.answer()
    try:
        dialling.ring_all()
        dialling.talk()
    except HungUp:
        dialling.caller_left()
        status = "completed" if call.is_answered else "no-answer"
        dialling.what_next(status)
        raise
    return dialling.what_next()


class _Dialling:
    def __init__(self, call: LiveCall, verb: Verb, base: str) -> None:
        self._call, self._verb, self._base = call, verb, base
        numbers = [child for child in verb.children if child.name == "Number"]
        numbers = numbers or [Verb("Number", text=verb.text)]
        self._legs = [Leg(call, number, base) for number in numbers]
        self._winner: Leg | None = None
        call.desk = [leg.phone for leg in self._legs]

    def ring_all(self) -> None:
        """All at once, or one after the other, until one is connected."""
        in_turn = self._verb.is_on("sequential")
        rounds = [[leg] for leg in self._legs] if in_turn else [self._legs]
        for legs in rounds:
            if self._winner is None:
                self._ring(legs)

    def _ring(self, legs: list[Leg]) -> None:
        for leg in legs:
            leg.start()
        phones = ", ".join(format_for_people(leg.number) for leg in legs)
        self._call.note(_("The desk rings: %s.") % phones, Moment.RINGING)
        until = time.monotonic() + self._verb.seconds("timeout", DEFAULT_TIMEOUT)
        while self._winner is None and (
            ringing := [leg for leg in legs if leg.is_ringing]
        ):
            deed = self._call.wait(until - time.monotonic(), *AT_THE_DESK)
            if deed is None:
                self._give_up(ringing)
            else:
                self._obey(deed, ringing)

    def _give_up(self, ringing: list[Leg]) -> None:
        for leg in ringing:
            leg.end("no-answer")
        self._call.note(_("Nobody answered."))

    def _obey(self, deed: Deed, ringing: list[Leg]) -> None:
        """Do it on the phone it is about; one that rings no more does nothing."""
        places = [self._legs.index(leg) for leg in ringing]
        place = places[0] if deed.phone is None else deed.phone
        if place not in places:
            return
        leg = self._legs[place]
        if deed.wish == Wish.DECLINE:
            leg.end("busy")
            self._call.note(_("The desk declined: busy."))
        elif deed.wish == Wish.UNREACHABLE:
            leg.end("failed")
            self._call.note(_("The phone at the desk could not be reached."))
        else:
            self._pick_up(leg, is_person=deed.wish == Wish.ACCEPT)

    def _pick_up(self, leg: Leg, *, is_person: bool) -> None:
        leg.pick_up()
        self._call.note(
            _("The desk picks up and is asked to press 1.")
            if is_person
            else _("A staff voicemail picks up and is asked to press 1.")
        )
        if is_connected(leg, key="1" if is_person else ""):
            self._winner = leg
        else:
            leg.end("completed")
            self._call.note(_("Nobody pressed 1: not an answer."))

    def talk(self) -> None:
        """The two sides are joined until one of them hangs up."""
        if self._winner is None:
            return
        for leg in self._legs:
            if leg is not self._winner:
                leg.end("canceled")
        self._winner.phone.state = "talking"
        self._call.answer()
        self._call.note(_("The desk pressed 1: they talk."), Moment.TALKING)
        self._call.wait(self._call.pace.talk, Wish.STAFF_HANG_UP)
        self._winner.end("completed")
        self._call.note(_("The desk hung up."))

    def caller_left(self) -> None:
        """What still rings is cancelled; what was picked up is over."""
        for leg in self._legs:
            picked_up = leg.phone.state in ("screening", "talking")
            leg.end("completed" if picked_up else "canceled")

    def what_next(self, status: str = "") -> Answer | None:
        """Post the result to `action`; `status`: of the call itself, when it is over.

        Without an `action` the document goes on after the verb.
        """
        if not self._verb.get("action"):
            return None
        fields = self._call.params(status, **self._result())
        return self._call.fetch(self._verb.get("action"), fields, base=self._base)

    def _result(self) -> dict[str, str]:
        leg = self._winner or self._spokesman()
        result = {
            "DialCallStatus": leg.status,
            "DialCallSid": leg.call_id,
            "DialBridged": "true" if leg is self._winner else "false",
        }
        if leg.status == "completed":
            result["DialCallDuration"] = str(leg.seconds)
        return result

    def _spokesman(self) -> Leg:
        over = [leg for leg in self._legs if leg.is_over]
        return min(over, key=lambda leg: _SPEAKS_FIRST.index(leg.status))
