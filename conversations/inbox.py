"""Texts in: opt-out first, then the thread; and texts that staff write."""

import logging
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from conversations import outbox
from conversations.background import run_later
from conversations.gateway.choice import carrier
from conversations.gateway.payloads import TextReceived
from conversations.models import Conversation, Message, PhoneLine
from conversations.optouts import keyword_in, obey
from conversations.segments import measure
from conversations.threads import conversation_with
from conversations.wording import MAX_CHARACTERS, first_text
from crm.atomic import in_one_transaction
from crm.consent import is_opted_out
from crm.leads import lead_for_caller
from crm.models import Lead, LeadEvent
from crm.phones import read_caller
from crm.timeline import log

logger = logging.getLogger(__name__)

_NEVER_ARRIVED = frozenset(
    {Message.State.CANCELLED, Message.State.FAILED, Message.State.UNDELIVERED}
)


class ReplyError(Exception):
    """A text by hand cannot be sent; the message says why, for people."""


@in_one_transaction
def receive(event: TextReceived, *, now: datetime) -> Message | None:
    """Store a received text once, obey keywords, and put the thread to the desk.

    Returns the stored message, or ``None`` for a repeat and for numbers that are no
    line of ours.
    """
    line = PhoneLine.objects.select_related("business").filter(
        number=read_caller(event.called).e164 or event.called
    )
    first = line.first()
    if first is None:
        logger.error("A text came for %s, which is no line of ours", event.called)
        return None
    sender = read_caller(event.sender_raw, region=first.business.country)
    phone = sender.e164 or event.sender_raw[:16]
    if not phone:
        logger.error("A text for line %s names no sender", first.pk)
        return None
    lead = lead_for_caller(
        business=first.business, phone=phone, source_id=first.source_id, now=now
    )
    message = _store(event, line=first, lead=lead, now=now)
    if message is not None:
        _react(event, message, now=now)
    return message


def _store(
    event: TextReceived, *, line: PhoneLine, lead: Lead, now: datetime
) -> Message | None:
    """Insert the message; None when this carrier id is already there."""
    conversation = conversation_with(lead=lead, line=line, now=now)
    fresh = Message(
        business=line.business,
        conversation=conversation,
        line=line,
        direction=Message.Direction.IN,
        kind=Message.Kind.CLIENT,
        phone=conversation.phone,
        body=event.body,
        media=[{"url": m.url, "type": m.content_type} for m in event.media],
        state=Message.State.RECEIVED,
        carrier=carrier().name,
        carrier_id=event.message_id,
        segments=measure(event.body).segments,
        created_at=now,
    )
    Message.objects.bulk_create([fresh], ignore_conflicts=True)
    stored = Message.objects.select_related(
        "business", "conversation__lead", "conversation__business", "conversation__line"
    ).get(
        direction=Message.Direction.IN,
        carrier=carrier().name,
        carrier_id=event.message_id,
    )
    return stored if stored.public_id == fresh.public_id else None


def _react(event: TextReceived, message: Message, *, now: datetime) -> None:
    log(
        LeadEvent(
            kind=LeadEvent.Kind.TEXT_RECEIVED,
            business=message.business,
            lead=message.conversation.lead,
            source_id=message.line.source_id,
            key=f"{message.ref}:received",
            at=now,
            ref=message.ref,
        )
    )
    # Two texts of one person at the same moment take turns: one answer to STOP.
    Conversation.objects.select_for_update().get(pk=message.conversation_id)
    keyword = keyword_in(
        event.body,
        carrier_type=event.opt_out_type,
        opted_out=is_opted_out(business=message.business, phone=message.phone),
    )
    if keyword is None:
        _put_to_desk(message.conversation, now=now)
        return
    Conversation.objects.filter(pk=message.conversation_id).update(last_message_at=now)
    Message.objects.filter(pk=message.pk).update(kind=Message.Kind.KEYWORD)
    answer = obey(keyword, message, carrier_type=event.opt_out_type, now=now)
    if answer is not None:
        run_later("conversations.tasks.deliver", answer.pk)


def _put_to_desk(conversation: Conversation, *, now: datetime) -> None:
    """Reopen the thread; waiting counts from the first unanswered text."""
    conversation.status = Conversation.Status.OPEN
    conversation.waiting_since = conversation.waiting_since or now
    conversation.last_message_at = now
    conversation.save(update_fields=["status", "waiting_since", "last_message_at"])


@in_one_transaction
def reply(
    conversation: Conversation, *, body: str, author: Any, now: datetime
) -> Message:
    """Send a text that a person wrote; raises ``ReplyError`` with words for them."""
    body = body.strip()
    if not body:
        raise ReplyError(_("Write something first."))
    words = _introduce(body, conversation)
    most = MAX_CHARACTERS - (len(words) - len(body))
    if len(body) > most:
        raise ReplyError(_("That is longer than %(most)s characters.") % {"most": most})
    try:
        message = outbox.queue(
            outbox.Draft(
                conversation=conversation,
                line=conversation.line,
                kind=Message.Kind.STAFF,
                body=words,
                author=author,
            ),
            now=now,
        )
    except outbox.OptedOutError as error:
        raise ReplyError(
            _("This person asked for no more texts, so none can be sent.")
        ) from error
    Conversation.objects.filter(pk=conversation.pk).update(
        waiting_since=None, status=Conversation.Status.OPEN
    )
    run_later("conversations.tasks.deliver", message.pk)
    return message


def _introduce(body: str, conversation: Conversation) -> str:
    """The first text to a number says who writes and how to stop."""
    known = conversation.messages.outbound().exclude(state__in=_NEVER_ARRIVED)
    if known.exists():
        return body
    business = conversation.business
    language = conversation.lead.language or business.language
    return first_text(body, business=business.name, language=language)
