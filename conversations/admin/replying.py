"""Answering from the thread's page: once, and not over a colleague's head."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations import inbox
from conversations.inbox import ReplyError
from conversations.models import Conversation, Message


def answer(conversation: Conversation, *, body: str, seen: str, author: Any) -> Message:
    """Send ``body``; raises ``ReplyError`` with words for the person.

    ``seen`` is the newest text on the page when they wrote. A text by hand that came
    after it, by a colleague or by a second click, has to be read first.
    """
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=conversation.pk)
        _refuse_over_a_colleague(conversation, seen=seen, author=author)
        return inbox.reply(conversation, body=body, author=author, now=timezone.now())


def _refuse_over_a_colleague(
    conversation: Conversation, *, seen: str, author: Any
) -> None:
    if not seen.isdecimal():
        return
    newer = conversation.messages.filter(
        pk__gt=int(seen), kind=Message.Kind.STAFF
    ).select_related("author")
    found = newer.last()
    if found is None:
        return
    if found.author == author:
        raise ReplyError(_("Sent already. Press Send once more to text again."))
    name = found.author.get_username() if found.author else _("A colleague")
    raise ReplyError(
        _("%s answered a moment ago. Send yours too if it still fits.") % name
    )
