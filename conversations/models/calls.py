"""Calls, and the episodes (opportunities) that missed calls form."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.lines import PhoneLine
from conversations.reasons import Reason
from conversations.verdict import Evidence, Outcome
from conversations.wording import Situation
from crm.models import Business, Lead, LeadSource

# An episode without text, reason or task after this long counts as unexplained.
EXPLAIN_WITHIN = timedelta(minutes=5)


class EpisodeQuerySet(models.QuerySet["Episode"]):
    """Filters over episodes."""

    def unexplained(self, now: datetime) -> "EpisodeQuerySet":
        """Pending for too long with no text under way (promise P1: always none)."""
        messages = apps.get_model("conversations", "Message")
        under_way = messages._default_manager.filter(
            episode=OuterRef("pk"), state__in=["queued", "sending"]
        )
        return self.filter(
            ~Exists(under_way),
            state=Episode.State.PENDING,
            last_missed_at__lt=now - EXPLAIN_WITHIN,
        )


class Episode(models.Model):
    """Missed calls of one caller to one business within a window: one opportunity."""

    class State(models.TextChoices):
        PENDING = "pending", _("Being handled")
        TEXTED = "texted", _("Texted")
        NOT_TEXTED = "not_texted", _("Not texted, with reason")
        FAILED = "failed", _("Text failed")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="episodes"
    )
    # E.164, or empty when the number was withheld: then each call is its own episode.
    caller = models.CharField(_("caller"), max_length=16, blank=True, default="")
    line = models.ForeignKey(
        PhoneLine, on_delete=models.CASCADE, related_name="episodes"
    )
    source = models.ForeignKey(
        LeadSource, on_delete=models.RESTRICT, related_name="episodes"
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="episodes"
    )
    opened_at = models.DateTimeField(_("first missed"))
    last_missed_at = models.DateTimeField(_("last missed"))
    calls_count = models.PositiveIntegerField(_("calls"), default=0)
    priority = models.PositiveSmallIntegerField(_("priority"), default=1)
    is_current = models.BooleanField(default=True)
    answered_at = models.DateTimeField(_("reached us"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.PENDING
    )
    reason = models.CharField(
        _("why no text"), max_length=20, choices=Reason, blank=True, default=""
    )
    situation = models.CharField(
        _("wording"), max_length=24, choices=Situation, blank=True, default=""
    )
    # When the sweep has to look at it again; None when it needs no more looking at.
    next_check_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("missed-call episode")
        verbose_name_plural = _("missed-call episodes")
        ordering = ["-last_missed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "caller"],
                condition=Q(is_current=True) & ~Q(caller=""),
                name="one_current_episode_per_caller",
            ),
            models.CheckConstraint(
                condition=~Q(state="not_texted") | ~Q(reason=""),
                name="no_text_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="episode_due",
            ),
            models.Index(
                fields=["business", "state", "-last_missed_at"], name="episode_list"
            ),
        ]

    def __str__(self) -> str:
        opened = self.opened_at.astimezone(self.business.zone)
        return f"{self.caller or _('Withheld number')} {opened:%Y-%m-%d %H:%M}"

    @property
    def ref(self) -> str:
        """How tasks and timeline entries name this episode."""
        return f"episode:{self.pk}"


class CallQuerySet(models.QuerySet["Call"]):
    """Filters over calls."""

    def with_desk(self) -> "CallQuerySet":
        """Calls that are ringing the desk or talking with it right now."""
        return self.filter(phase__in=[Call.Phase.RINGING, Call.Phase.TALKING])


class Call(models.Model):
    """One inbound call, with the evidence that its outcome was judged by."""

    class Phase(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        TALKING = "talking", _("Talking")
        GREETING = "greeting", _("Hearing the greeting")
        ENDED = "ended", _("Ended")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="calls"
    )
    line = models.ForeignKey(PhoneLine, on_delete=models.CASCADE, related_name="calls")
    source = models.ForeignKey(
        LeadSource, on_delete=models.RESTRICT, related_name="calls"
    )
    episode = models.ForeignKey(
        Episode, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    carrier = models.CharField(max_length=20)
    carrier_id = models.CharField(_("carrier's call id"), max_length=64)
    caller_raw = models.CharField(_("caller as sent"), max_length=120)
    caller = models.CharField(_("caller"), max_length=16, blank=True, default="")
    forwarded_from = models.CharField(max_length=120, blank=True, default="")
    phase = models.CharField(
        _("now"), max_length=10, choices=Phase, default=Phase.RINGING
    )
    outcome = models.CharField(
        _("outcome"), max_length=20, choices=Outcome, blank=True, default=""
    )
    hours_state = models.CharField(max_length=10, default="open")
    # Facts as reported, see conversations.evidence.
    evidence = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(_("started"))
    missed_at = models.DateTimeField(_("missed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    recording_id = models.CharField(max_length=64, blank=True, default="")
    recording_url = models.CharField(max_length=400, blank=True, default="")
    transcript = models.TextField(_("voicemail in words"), blank=True, default="")
    # When the sweep has to ask what became of it.
    next_check_at = models.DateTimeField(null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "carrier_id"], name="one_call_per_carrier_id"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="call_due",
            ),
            models.Index(
                fields=["business", "caller", "-started_at"], name="call_caller"
            ),
            models.Index(fields=["business", "-started_at"], name="call_list"),
        ]

    def __str__(self) -> str:
        started = self.started_at.astimezone(self.business.zone)
        return f"{self.caller or self.caller_raw} {started:%Y-%m-%d %H:%M}"

    @property
    def ref(self) -> str:
        """How tasks and timeline entries name this call."""
        return f"call:{self.pk}"

    @property
    def facts(self) -> Evidence:
        """The evidence as the truth table reads it."""
        stored: dict[str, Any] = {**self.evidence}
        legs = stored.pop("legs", {})
        known = {f: stored[f] for f in Evidence.__dataclass_fields__ if f in stored}
        return Evidence(**known, leg_statuses=tuple(sorted(legs.values())))
