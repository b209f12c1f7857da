"""Doing what TwiML says, verb by verb. https://www.twilio.com/docs/voice/twiml"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from conversations.gateway.simulator.dialing import dial
from conversations.gateway.simulator.live_call import CallOver, LiveCall
from conversations.gateway.simulator.persons import Moment
from conversations.gateway.simulator.twiml_reader import TwimlError, Verb, read_twiml
from conversations.gateway.simulator.voicemail import record
from conversations.gateway.simulator.wire import Answer

# A document that leads to itself for ever ends here.
MOST_DOCUMENTS = 40

Handler = Callable[[LiveCall, Verb, str], Answer | None]


def follow(call: LiveCall, answer: Answer) -> None:
    """Do what `answer` says, and what the documents it leads to say.

    Raises CallOver when the call ended on the way, TwimlError and NoAnswerError when
    there is nothing that can be followed.
    """
    document: Answer | None = answer
    for _round in range(MOST_DOCUMENTS):
        if document is None:
            # The end of the last document: Twilio picks up and hangs up.
            call.answer()
            return
        document = _perform(call, document)
    raise TwimlError("The instructions go round in circles.")


def _perform(call: LiveCall, document: Answer) -> Answer | None:
    """Do one document; return the next one, if a verb leads there."""
    for verb in read_twiml(document.content):
        handler = _VERBS.get(verb.name)
        if handler is None:
            raise TwimlError(f"<{verb.name}> is not something this network can do.")
        following = handler(call, verb, document.url)
        if following is not None:
            return following
    return None


def _say(call: LiveCall, verb: Verb, base: str) -> None:
    call.answer()
    words = verb.text or verb.name
    call.note(_("The caller hears: “%(words)s”") % {"words": words}, Moment.GREETING)
    call.wait(call.pace.say)


def _pause(call: LiveCall, verb: Verb, base: str) -> None:
    call.answer()
    call.wait(min(verb.seconds("length", 1), call.pace.say))


def _gather(call: LiveCall, verb: Verb, base: str) -> None:
    """Callers of this network press no keys: the prompt is heard, and on it goes."""
    for inner in verb.children:
        _say(call, inner, base)
    call.answer()
    call.wait(call.pace.listen)


def _redirect(call: LiveCall, verb: Verb, base: str) -> Answer:
    call.answer()
    return call.fetch(verb.text, call.params(), base=base)


def _hang_up(call: LiveCall, verb: Verb, base: str) -> None:
    # Twilio picks up in order to hang up, so this counts as answered.
    call.answer()
    raise CallOver


def _reject(call: LiveCall, verb: Verb, base: str) -> None:
    busy = verb.get("reason") == "busy"
    call.set_status("busy" if busy else "no-answer")
    call.note(_("The line is busy.") if busy else _("The call is not taken."))
    raise CallOver


_VERBS: dict[str, Handler] = {
    "Say": _say,
    "Play": _say,
    "Pause": _pause,
    "Gather": _gather,
    "Dial": dial,
    "Record": record,
    "Redirect": _redirect,
    "Hangup": _hang_up,
    "Reject": _reject,
}
