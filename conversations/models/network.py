"""What the embedded carrier remembers: its calls, texts and faults.

The product never reads these tables; they stand for the phone network's own memory.
"""

from django.db import models
from django.utils import timezone


class SimulatedCall(models.Model):
    """A call on the simulated network."""

    call_id = models.CharField(max_length=64, unique=True)
    caller = models.CharField(max_length=60)
    called = models.CharField(max_length=16)
    status = models.CharField(max_length=20, default="queued")
    # What the person at the phone does next: hang_up, accept, decline, voicemail ...
    action = models.CharField(max_length=20, blank=True, default="")
    # What the phones show and say, newest last: [{"at": iso, "text": ...}].
    log = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.caller} -> {self.called} {self.status}"


class SimulatedText(models.Model):
    """A text on the simulated network, in either direction."""

    message_id = models.CharField(max_length=64, unique=True)
    sender = models.CharField(max_length=60)
    to = models.CharField(max_length=16)
    body = models.TextField(blank=True, default="")
    direction = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    error_code = models.CharField(max_length=10, blank=True, default="")
    status_callback = models.CharField(max_length=400, blank=True, default="")
    segments = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["to", "sender"], name="simulated_text_pair")]

    def __str__(self) -> str:
        return f"{self.sender} -> {self.to} {self.status}"


class SimulatedFaults(models.Model):
    """The fault switches: one row, all off by default."""

    duplicate_webhooks = models.BooleanField(default=False)
    reorder_webhooks = models.BooleanField(default=False)
    delay_seconds = models.PositiveSmallIntegerField(default=0)
    lose_receipts = models.BooleanField(default=False)
    api_error = models.BooleanField(default=False)
    api_timeout = models.BooleanField(default=False)
    api_lost_answer = models.BooleanField(default=False)

    def __str__(self) -> str:
        return "faults"
