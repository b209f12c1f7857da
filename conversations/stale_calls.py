"""Calls that never got a final report: ask the carrier, then close them."""

import logging
from datetime import datetime, timedelta

from conversations.gateway.base import CarrierCall, CarrierError
from conversations.gateway.choice import carrier
from conversations.models import Call
from conversations.voice import close_unreported

logger = logging.getLogger(__name__)

_LIVE = frozenset({"queued", "initiated", "ringing", "in-progress"})
ASK_AGAIN_AFTER = timedelta(minutes=1)
# A carrier that calls a silent call "live" for longer than this is not believed.
BELIEVED_FOR = timedelta(hours=6)


def close(call_id: int, *, now: datetime) -> None:
    """Close one call whose reports stopped; a call that goes on is left alone."""
    call = Call.objects.filter(pk=call_id).exclude(phase=Call.Phase.ENDED).first()
    if call is None:
        return
    known = _ask(call)
    if known and known.status in _LIVE and now - call.started_at < BELIEVED_FOR:
        # It may have ended while we asked: an ended call is not looked at again.
        Call.objects.filter(pk=call.pk).exclude(phase=Call.Phase.ENDED).update(
            next_check_at=now + ASK_AGAIN_AFTER
        )
        return
    close_unreported(
        call.pk,
        status=known.status if known else "",
        ended_at=known.ended_at if known else None,
        now=now,
    )


def _ask(call: Call) -> CarrierCall | None:
    try:
        return carrier().fetch_call(call.carrier_id)
    except CarrierError as error:
        # The caller is waiting: an unreachable carrier must not hold up the text.
        logger.warning("Could not ask about %s: %s", call.ref, error.code)
        return None
