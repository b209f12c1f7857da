"""Asking whoever picked up a staff phone, before the caller is put through.

https://www.twilio.com/docs/voice/twiml/number: the document at a number's `url` may
speak, ask for a key and hang up. When it ends without hanging up, the sides are joined.
"""

from conversations.gateway.simulator.legs import Leg
from conversations.gateway.simulator.twiml_reader import TwimlError, read_twiml
from conversations.gateway.simulator.wire import Answer, NoAnswerError


def is_connected(leg: Leg, *, key: str) -> bool:
    """Run the leg's own document; `key` is pressed at the first question, if any.

    Raises HungUp when the caller gives up meanwhile. An answer that makes no sense ends
    the leg, as Twilio does.
    """
    if not leg.screen_url:
        return True
    try:
        return _passes(leg, leg.ask(leg.screen_url), key)
    except (NoAnswerError, TwimlError) as error:
        leg.call.trouble = str(error)
        return False


def _passes(leg: Leg, document: Answer, key: str) -> bool:
    for verb in read_twiml(document.content):
        if verb.name == "Hangup":
            return False
        if verb.name == "Gather":
            if key:
                leg.call.wait(leg.call.pace.press)
                url = verb.get("action", document.url)
                answer = leg.ask(url, base=document.url, Digits=key)
                return _passes(leg, answer, "")
            leg.call.wait(leg.call.pace.listen)
        else:
            leg.call.wait(leg.call.pace.say)
    return True
