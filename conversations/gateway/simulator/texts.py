"""Texts on the simulated network, to phones and from them.

Like Twilio it remembers, per pair of numbers, who sent STOP, answers that itself and
refuses what comes after (twilio.com/docs/messaging/guides/advanced-opt-out).
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from conversations.gateway.choice import SIMULATED_ACCOUNT
from conversations.gateway.simulator.numbering import (
    API_VERSION,
    WITHHELD,
    lost_code,
    new_id,
    place_fields,
)
from conversations.gateway.simulator.orders import MAX_CHARACTERS, TextOrder
from conversations.gateway.simulator.switchboard import CannotCallError
from conversations.gateway.simulator.switches import Switches
from conversations.gateway.simulator.threads import in_background
from conversations.gateway.simulator.wire import Wire
from conversations.models import SimulatedText
from conversations.segments import measure

INBOUND, OUTBOUND, NETWORK = "inbound", "outbound-api", "outbound-reply"
# The way of a text to a phone, and what is reported on it.
SECONDS_TO_SEND, SECONDS_TO_DELIVER = 0.1, 0.2
# A text whose process died on the way has arrived all the same.
ARRIVED_AFTER = timedelta(seconds=5)

STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)
START_WORDS = frozenset({"start", "yes", "unstop"})


def between(phone: str, line: str) -> QuerySet[SimulatedText]:
    """All texts of a pair of numbers, in both directions."""
    return SimulatedText.objects.filter(
        Q(to=phone, sender=line) | Q(to=line, sender=phone)
    )


def has_stopped(phone: str, line: str) -> bool:
    """Whether the last keyword that `phone` sent to `line` was a stop."""
    sent = SimulatedText.objects.filter(to=line, sender=phone, direction=INBOUND)
    for body in sent.order_by("-pk").values_list("body", flat=True):
        word = body.strip().lower()
        if word in STOP_WORDS | START_WORDS:
            return word in STOP_WORDS
    return False


def take(order: TextOrder) -> SimulatedText:
    """Accept a text that has been checked, and bring it on its way."""
    text = SimulatedText.objects.create(
        message_id=new_id("SM"),
        sender=order.sender,
        to=order.to,
        body=order.body,
        direction=OUTBOUND,
        status="queued",
        status_callback=order.status_callback,
        segments=measure(order.body).segments,
    )
    in_background(carry, text, Switches.now())
    return text


def carry(text: SimulatedText, switches: Switches) -> None:
    """Bring an accepted text to its phone and send the receipts."""
    wire = Wire(switches)
    code = lost_code(text.to)
    steps = (
        (SECONDS_TO_SEND, "sent", ""),
        (SECONDS_TO_DELIVER, "undelivered" if code else "delivered", code),
    )
    for seconds, status, error_code in steps:
        time.sleep(seconds)
        text.status, text.error_code = status, error_code
        text.save(update_fields=["status", "error_code"])
        if text.status_callback and not switches.lose_receipts:
            wire.report(text.status_callback, _receipt(text))
    wire.flush()


def _receipt(text: SimulatedText) -> dict[str, str]:
    fields = {
        "AccountSid": SIMULATED_ACCOUNT,
        "ApiVersion": API_VERSION,
        "From": text.sender,
        "To": text.to,
        "MessageSid": text.message_id,
        "MessageStatus": text.status,
        "SmsSid": text.message_id,
        "SmsStatus": text.status,
    }
    if text.status != "sent":
        fields["RawDlrDoneDate"] = datetime.now(UTC).strftime("%y%m%d%H%M")
    if text.error_code:
        fields["ErrorCode"] = text.error_code
    return fields


def bring_stranded_home(now: datetime) -> None:
    """Finish texts whose process died on the way; their receipts are lost."""
    stranded = SimulatedText.objects.filter(
        direction=OUTBOUND,
        status__in=["queued", "sent"],
        created_at__lt=now - ARRIVED_AFTER,
    )
    for text in stranded:
        code = lost_code(text.to)
        SimulatedText.objects.filter(pk=text.pk, status=text.status).update(
            status="undelivered" if code else "delivered", error_code=code
        )


def text_from_phone(phone: str, line: str, body: str) -> SimulatedText:
    """Send what was typed on the caller's phone. Raises CannotCallError."""
    if phone == WITHHELD:
        raise CannotCallError(_("A withheld number cannot send texts."))
    if not body.strip():
        raise CannotCallError(_("Write something first."))
    if len(body) > MAX_CHARACTERS:
        raise CannotCallError(_("That is longer than 1,600 characters."))
    was_stopped = has_stopped(phone, line)
    text = _store(INBOUND, sender=phone, to=line, body=body, status="received")
    in_background(_hand_over, text, Switches.now())
    _answer_keyword(text, was_stopped=was_stopped)
    return text


def _store(
    direction: str, *, sender: str, to: str, body: str, status: str
) -> SimulatedText:
    return SimulatedText.objects.create(
        message_id=new_id("SM"),
        sender=sender,
        to=to,
        body=body,
        direction=direction,
        status=status,
        segments=measure(body).segments,
    )


def _hand_over(text: SimulatedText, switches: Switches) -> None:
    wire = Wire(switches)
    wire.report(reverse("twilio-sms"), received_fields(text))
    wire.flush()


def received_fields(text: SimulatedText) -> Mapping[str, str]:
    """The fields of the webhook about a text that came in."""
    return {
        "AccountSid": SIMULATED_ACCOUNT,
        "ApiVersion": API_VERSION,
        "MessageSid": text.message_id,
        "SmsMessageSid": text.message_id,
        "SmsSid": text.message_id,
        "SmsStatus": "received",
        "From": text.sender,
        "To": text.to,
        "Body": text.body,
        "NumMedia": "0",
        "NumSegments": str(text.segments),
        **place_fields("From", text.sender),
        **place_fields("To", text.to),
    }


def _answer_keyword(text: SimulatedText, *, was_stopped: bool) -> None:
    """The network's own confirmation, once for each change."""
    word = text.body.strip().lower()
    words = ""
    if word in STOP_WORDS and not was_stopped:
        words = _(
            "You are unsubscribed and will get no more messages from this number."
            " Reply START to hear from it again."
        )
    elif word in START_WORDS and was_stopped:
        words = _("You will get messages from this number again. Reply STOP to end.")
    if words:
        _store(NETWORK, sender=text.to, to=text.sender, body=words, status="delivered")
