"""What we compare with: the naive view, and a view that does nothing.

The naive view verifies the signature, writes the call and the text in one
transaction, and sends the text itself before it answers. It is what most missed-call
products do, and it loses the text when it is killed.
"""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from conversations.gateway import payloads, twiml
from conversations.gateway.base import OutboundText
from conversations.gateway.choice import carrier
from conversations.models import Call, Conversation, Message, PhoneLine
from conversations.webhook_door import signed_webhook, xml
from crm.models import Lead


@csrf_exempt
def noop(request: HttpRequest) -> HttpResponse:
    """Django itself, and nothing else."""
    return HttpResponse(status=204)


@signed_webhook
def naive(request: HttpRequest, params: dict[str, str]) -> HttpResponse:
    """Verify, one transaction, send, answer."""
    event = payloads.CallStarted.from_params(params)
    line = PhoneLine.objects.select_related("business").get(number=event.called)
    with transaction.atomic():
        message = _write(event, line)
    accepted = carrier().send(
        OutboundText(
            to=message.phone,
            sender=line.number,
            body=message.body,
            status_callback=f"{settings.SITE_URL}/receipt",
        )
    )
    Message.objects.filter(pk=message.pk).update(
        state="sent", carrier_id=accepted.carrier_id
    )
    return xml(twiml.hang_up())


def _write(event: payloads.CallStarted, line: PhoneLine) -> Message:
    who = {"business": line.business, "phone": event.caller_raw}
    now = timezone.now()
    lead, _new = Lead.objects.get_or_create(**who)
    thread, _new = Conversation.objects.get_or_create(
        **who, defaults={"lead": lead, "line": line}
    )
    Call.objects.create(
        business=line.business,
        line=line,
        source_id=line.source_id,
        carrier="twilio",
        carrier_id=event.call_id,
        caller_raw=event.caller_raw,
        caller=event.caller_raw,
        started_at=now,
    )
    return Message.objects.create(
        business=line.business,
        conversation=thread,
        line=line,
        direction="out",
        kind="staff",
        phone=event.caller_raw,
        body="Sorry we missed your call. Reply STOP to opt out.",
        state="sending",
        carrier="twilio",
    )


urlpatterns = [
    path("noop/", noop),
    path("webhooks/twilio/voice/", naive),
    path("", include("missedcall.urls")),
]
