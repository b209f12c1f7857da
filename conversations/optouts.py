"""Stop means stop: what a keyword does to consent, and the one answer it may get.

Rules: 47 CFR 64.1200(a)(10) (any reasonable request to stop) and the carrier's own
keywords (twilio.com/docs/messaging/guides/advanced-opt-out).
"""

from datetime import datetime

from conversations import delivery, outbox
from conversations.keywords import Keyword, classify, is_yes
from conversations.models import Conversation, Message
from conversations.reasons import Reason
from conversations.wording import Situation
from conversations.words import words_for
from crm import consent
from crm.models import ConsentEvent
from crm.phones import format_for_people

# The carrier answers exactly these words itself, so we do not answer them again.
_CARRIER_STOPS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)
_CARRIER_STARTS = frozenset({"start", "unstop", "yes"})

_ANSWERS = {
    Keyword.STOP: (
        Message.Kind.OPT_OUT_CONFIRMATION,
        Situation.OPT_OUT_CONFIRMATION,
    ),
    Keyword.START: (Message.Kind.OPT_IN_CONFIRMATION, Situation.OPT_IN_CONFIRMATION),
    Keyword.HELP: (Message.Kind.HELP, Situation.HELP_REPLY),
}


def keyword_in(
    text: str, *, carrier_type: str | None, opted_out: bool
) -> Keyword | None:
    """Stop, start, help or nothing; "yes" means start only after a stop."""
    keyword = classify(text, carrier_type=carrier_type)
    if keyword is None and opted_out and is_yes(text):
        return Keyword.START
    return keyword


def obey(
    keyword: Keyword,
    message: Message,
    *,
    carrier_type: str | None,
    now: datetime,
) -> Message | None:
    """Do what the keyword asks; return our answer when one is due, already queued.

    Must run inside the transaction that stores the received ``message``.
    """
    conversation = message.conversation
    if keyword == Keyword.HELP:
        changed = not consent.is_opted_out(
            business=message.business, phone=message.phone
        )
    else:
        changed = _record(keyword, message, now=now)
    if keyword == Keyword.STOP:
        silence(conversation, now=now)
    if not changed or _carrier_answers(keyword, message.body, carrier_type):
        return None
    return _answer(keyword, conversation, now=now)


def _record(keyword: Keyword, message: Message, *, now: datetime) -> bool:
    kinds = {
        Keyword.STOP: ConsentEvent.Kind.OPT_OUT,
        Keyword.START: ConsentEvent.Kind.OPT_IN,
    }
    return consent.record(
        ConsentEvent(
            kind=kinds[keyword],
            business=message.business,
            phone=message.phone,
            how=ConsentEvent.How.KEYWORD,
            at=now,
            text=message.body,
            ref=message.ref,
        )
    )


def silence(conversation: Conversation, *, now: datetime) -> None:
    """Cancel everything that waits to be sent to this number, on every line."""
    waiting = Message.objects.outbound().filter(
        business=conversation.business,
        phone=conversation.phone,
        state=Message.State.QUEUED,
    )
    for message in waiting.exclude(kind=Message.Kind.OPT_OUT_CONFIRMATION):
        delivery.cancel(message, reason=Reason.OPTED_OUT, now=now)


def _carrier_answers(keyword: Keyword, text: str, carrier_type: str | None) -> bool:
    """Whether the carrier has sent its own confirmation already."""
    if carrier_type:
        return True
    exact = text.strip().lower()
    if keyword == Keyword.STOP:
        return exact in _CARRIER_STOPS
    return keyword == Keyword.START and exact in _CARRIER_STARTS


def _answer(keyword: Keyword, conversation: Conversation, *, now: datetime) -> Message:
    kind, situation = _ANSWERS[keyword]
    business = conversation.business
    body = words_for(
        business,
        situation,
        language=conversation.lead.language or business.language,
        values={
            "name": conversation.lead.first_name,
            "phone": format_for_people(business.phone or conversation.line.number),
        },
    )
    return outbox.queue(
        outbox.Draft(
            conversation=conversation,
            line=conversation.line,
            kind=kind,
            body=body,
        ),
        now=now,
    )
