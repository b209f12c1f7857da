"""Gathering the facts that the text-back decision depends on."""

from datetime import datetime, timedelta

from django.db.models import Max, QuerySet, Sum

from booking.appointments import next_appointment
from conversations.models import Call, Episode, Message, PhoneLine
from conversations.textback import Facts
from crm.consent import is_opted_out
from crm.models import Business, Lead
from crm.phones import read_caller, region_of

_EXCUSED = frozenset({Lead.Kind.VENDOR, Lead.Kind.INTERNAL, Lead.Kind.SPAM})


def facts_for(
    episode: Episode, *, call: Call, lead: Lead | None, now: datetime
) -> Facts:
    """Everything ``textback.decide`` looks at, read now (aware UTC)."""
    business, line = episode.business, call.line
    caller = read_caller(call.caller_raw, region=business.country)
    return Facts(
        now=now,
        missed_at=call.missed_at or call.started_at,
        outcome=call.outcome,
        choice=line.choice_for(call.outcome),
        hours_state=call.hours_state,
        withheld=not episode.caller and caller.reason == "withheld",
        textable=caller.textable and not (lead and lead.not_textable),
        own_number=_is_own_number(call, business=business),
        region=region_of(episode.caller) if episode.caller else None,
        allowed_regions=business.allowed_countries,
        line_on=line.texting != PhoneLine.Texting.OFF,
        registered=line.texting != PhoneLine.Texting.NOT_REGISTERED,
        opted_out=is_opted_out(business=business, phone=episode.caller),
        do_not_text=bool(lead and lead.do_not_text),
        excused=bool(lead and lead.kind in _EXCUSED),
        customer=bool(lead and lead.kind == Lead.Kind.CUSTOMER),
        has_appointment=bool(lead and next_appointment(lead=lead, now=now)),
        suppression=timedelta(hours=business.suppression_hours),
        conversation_window=timedelta(hours=business.conversation_hours),
        segments_left=_segments_left(business, now=now),
        answered_after=episode.answered_at is not None,
        with_desk_now=_with_desk_now(episode, call=call),
        last_text_back_at=_last_text_back_at(episode),
        last_message_at=_last_message_at(episode),
    )


def _is_own_number(call: Call, *, business: Business) -> bool:
    """A forwarder that shows its own number, or one of our lines, is no caller."""
    if not call.caller:
        return False
    forwarded = read_caller(call.forwarded_from, region=business.country).e164
    own = {call.line.number, business.phone, forwarded} - {None, ""}
    if call.caller in own:
        return True
    return PhoneLine.objects.filter(number=call.caller).exists()


def _with_desk_now(episode: Episode, *, call: Call) -> bool:
    """Whether another call of the same caller rings the desk or talks with it."""
    if not episode.caller:
        return False
    others = Call.objects.filter(
        business_id=episode.business_id, caller=episode.caller
    ).exclude(pk=call.pk)
    return others.with_desk().exists()


def _texts(episode: Episode) -> QuerySet[Message]:
    """Texts with this number outside the episode; none for a withheld number."""
    texts = Message.objects.filter(
        business_id=episode.business_id, phone=episode.caller
    ).exclude(episode=episode)
    return texts if episode.caller else texts.none()


def _last_text_back_at(episode: Episode) -> datetime | None:
    """The last one that reached the phone, may have, or is about to."""
    texts = _texts(episode).filter(kind=Message.Kind.TEXT_BACK)
    moment: datetime | None = texts.exclude(
        state__in=[
            Message.State.CANCELLED,
            Message.State.FAILED,
            Message.State.UNDELIVERED,
        ]
    ).aggregate(at=Max("created_at"))["at"]
    return moment


def _last_message_at(episode: Episode) -> datetime | None:
    """The last text that a person wrote, on either side."""
    talk = _texts(episode).filter(kind__in=[Message.Kind.STAFF, Message.Kind.CLIENT])
    moment: datetime | None = talk.exclude(
        state__in=[Message.State.CANCELLED, Message.State.FAILED]
    ).aggregate(at=Max("created_at"))["at"]
    return moment


def _segments_left(business: Business, *, now: datetime) -> int | None:
    """Segments left of this month's limit, in the business's calendar month."""
    if business.monthly_segments is None:
        return None
    month = now.astimezone(business.zone).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    used = (
        Message.objects.filter(
            business=business, kind=Message.Kind.TEXT_BACK, created_at__gte=month
        )
        .exclude(state=Message.State.CANCELLED)
        .aggregate(used=Sum("segments"))["used"]
    )
    return business.monthly_segments - (used or 0)
