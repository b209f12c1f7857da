"""A conversation as a list of things to show: texts, calls and days, in order."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from conversations.call_story import happened, with_texts
from conversations.gateway.errors import explain
from conversations.models import Call, Conversation, Message
from crm.desk_marks import clock

# What a person scrolls through; older texts are in the list of messages.
MOST_TEXTS = 200
MOST_CALLS = 100

_FAILED = frozenset(
    {Message.State.FAILED, Message.State.UNDELIVERED, Message.State.UNKNOWN}
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing in the thread; ``kind``: in, out, call, voicemail or day."""

    kind: str
    at: datetime
    body: str
    moment: SafeString | str = ""
    who: str = ""
    state: str = ""
    why: str = ""
    failed: bool = False
    pictures: list["Picture"] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A picture kept by the carrier: shown as a link, never loaded by us."""

    name: str
    url: str


def thread_items(conversation: Conversation) -> list[Item]:
    """Texts, calls and voicemails of this number, oldest first, with the days."""
    zone = conversation.business.zone
    items = [_text_item(m, zone) for m in _texts(conversation)]
    for call in _calls(conversation):
        items.extend(_call_items(call, zone))
    items.sort(key=lambda item: item.at)
    return _with_days(items, zone)


def newest_text(conversation: Conversation) -> int:
    """The id of the newest text in the thread; 0 in an empty one."""
    ids = conversation.messages.order_by("-pk").values_list("pk", flat=True)
    return ids.first() or 0


def _texts(conversation: Conversation) -> list[Message]:
    newest = conversation.messages.select_related("author").order_by(
        "-created_at", "-id"
    )
    return list(newest[:MOST_TEXTS])


def _calls(conversation: Conversation) -> list[Call]:
    calls = Call.objects.filter(
        business=conversation.business_id, caller=conversation.phone
    )
    return list(with_texts(calls)[:MOST_CALLS])


def _text_item(message: Message, zone: ZoneInfo) -> Item:
    if message.direction == Message.Direction.IN:
        return Item(
            kind="in",
            at=message.created_at,
            body=message.body,
            moment=clock(message.created_at, zone),
            pictures=_pictures(message),
        )
    return Item(
        kind="out",
        at=message.created_at,
        body=message.body,
        moment=clock(message.created_at, zone),
        who=_author(message),
        state=str(Message.State(message.state).label),
        why=explain(message.error_code) if message.error_code else "",
        failed=message.state in _FAILED,
        pictures=_pictures(message),
    )


def _author(message: Message) -> str:
    if message.author is not None:
        return message.author.get_full_name() or message.author.get_username()
    if message.kind == Message.Kind.STAFF:
        return _("Staff")
    return _("Automatic")


def _pictures(message: Message) -> list[Picture]:
    found = []
    for medium in message.media:
        kind = str(medium.get("type", "")).rpartition("/")[2]
        url = str(medium.get("url", ""))
        safe = url if url.startswith(("https://", "http://")) else ""
        name = _("Picture (%s)") % kind if kind else _("Picture")
        found.append(Picture(name, safe))
    return found


def _call_items(call: Call, zone: ZoneInfo) -> list[Item]:
    moment = clock(call.started_at, zone)
    items = [Item(kind="call", at=call.started_at, body=happened(call), moment=moment)]
    if call.transcript:
        after = call.ended_at or call.started_at
        items.append(
            Item(
                kind="voicemail",
                at=after,
                body=call.transcript,
                moment=clock(after, zone),
            )
        )
    return items


def _with_days(items: list[Item], zone: ZoneInfo) -> list[Item]:
    shown: list[Item] = []
    day = None
    for item in items:
        local = item.at.astimezone(zone)
        if local.date() != day:
            day = local.date()
            shown.append(
                Item(kind="day", at=item.at, body=date_format(local, "l, F j"))
            )
        shown.append(item)
    return shown
