"""Threads and messages: the rows that the outbox and the inbox live on."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.calls import Episode
from conversations.models.lines import PhoneLine
from crm.models import Business, Lead
from crm.phones import format_for_people


class Conversation(models.Model):
    """The one thread of a business and a number."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SNOOZED = "snoozed", _("Snoozed")
        DONE = "done", _("Done")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="conversations"
    )
    phone = models.CharField(_("number"), max_length=16)
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="conversations"
    )
    # The line last used: replies go out from the number the person knows.
    line = models.ForeignKey(
        PhoneLine, on_delete=models.CASCADE, related_name="conversations"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.OPEN
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # Since when a person has been waiting for a human answer.
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    last_message_at = models.DateTimeField(_("last message"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_message_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "phone"], name="one_thread_per_number"
            )
        ]
        indexes = [
            models.Index(fields=["business", "-last_message_at"], name="thread_list")
        ]

    def __str__(self) -> str:
        return str(self.lead) if self.lead_id else format_for_people(self.phone)


class MessageQuerySet(models.QuerySet["Message"]):
    """Filters over messages."""

    def outbound(self) -> "MessageQuerySet":
        """Texts that we wrote."""
        return self.filter(direction=Message.Direction.OUT)

    def to_send(self, now: datetime) -> "MessageQuerySet":
        """Queued texts whose time has come, oldest first."""
        return self.filter(state=Message.State.QUEUED, due_at__lte=now).order_by(
            "due_at", "id"
        )

    def advance(self, pk: int, *, state: str, **values: Any) -> bool:
        """Move one message forward to ``state``; False when it is there or beyond.

        One conditional UPDATE, so that two processes cannot both win.
        """
        behind = [s for s, rank in RANK.items() if rank < RANK[state]]
        updated = self.filter(pk=pk, state__in=behind).update(state=state, **values)
        return updated == 1


class Message(models.Model):
    """A text in or out, with its way through the carrier."""

    class Direction(models.TextChoices):
        IN = "in", _("Received")
        OUT = "out", _("Sent")

    class Kind(models.TextChoices):
        TEXT_BACK = "text_back", _("Automatic answer to a missed call")
        STAFF = "staff", _("Written by staff")
        OPT_OUT_CONFIRMATION = "opt_out_confirmation", _("Opt-out confirmed")
        OPT_IN_CONFIRMATION = "opt_in_confirmation", _("Opt-in confirmed")
        HELP = "help", _("Answer to HELP")
        CLIENT = "client", _("From the client")
        KEYWORD = "keyword", _("STOP, START or HELP from the client")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        UNDELIVERED = "undelivered", _("Not delivered")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNKNOWN = "unknown", _("Unclear")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="messages"
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    line = models.ForeignKey(
        PhoneLine, on_delete=models.CASCADE, related_name="messages"
    )
    episode = models.ForeignKey(
        Episode,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
    )
    # Travels in the status call-back address: a receipt finds its message even when
    # we never learned the carrier's id.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    phone = models.CharField(_("number"), max_length=16)
    body = models.TextField(_("text"), max_length=1600, blank=True, default="")
    media = models.JSONField(_("pictures"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    carrier = models.CharField(max_length=20, blank=True, default="")
    carrier_id = models.CharField(max_length=64, blank=True, default="")
    error_code = models.CharField(
        _("carrier code"), max_length=20, blank=True, default=""
    )
    segments = models.PositiveSmallIntegerField(_("segments"), default=1)
    attempt = models.PositiveSmallIntegerField(default=0)
    # Times the carrier was asked about an attempt that never got an answer.
    looks = models.PositiveSmallIntegerField(default=0)
    # When the sweep has to act on it next, whatever its state asks for.
    due_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # After this moment it is worse than no text.
    send_before = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode"],
                condition=Q(kind="text_back"),
                name="one_text_back_per_episode",
            ),
            models.UniqueConstraint(
                fields=["carrier", "carrier_id"],
                condition=Q(direction="in"),
                name="one_received_message_per_carrier_id",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="message_due",
            ),
            models.Index(fields=["carrier_id"], name="message_carrier_id"),
            models.Index(fields=["conversation", "created_at"], name="message_thread"),
            models.Index(
                fields=["business", "phone", "-created_at"], name="message_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def ref(self) -> str:
        """How tasks and timeline entries name this message."""
        return f"message:{self.pk}"


# A receipt may only move a message to a higher rank, so that the end does not depend
# on the order of receipts: a text that some report says is on the phone is there.
RANK: dict[str, int] = {
    Message.State.QUEUED: 0,
    Message.State.SENDING: 1,
    Message.State.UNKNOWN: 2,
    Message.State.SENT: 3,
    Message.State.FAILED: 4,
    Message.State.UNDELIVERED: 5,
    Message.State.DELIVERED: 6,
    Message.State.CANCELLED: 7,
    Message.State.RECEIVED: 7,
}


class Receipt(models.Model):
    """One report of the carrier about a message, kept as evidence."""

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="receipts"
    )
    carrier_id = models.CharField(max_length=64)
    status = models.CharField(_("status"), max_length=24)
    error_code = models.CharField(max_length=20, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "carrier_id", "status"],
                name="one_receipt_per_status",
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.error_code}".strip()
