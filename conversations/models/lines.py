"""A number of ours, and what happens when it rings."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.verdict import DEFAULT_CHOICES, Choice
from crm.models import Business, LeadSource
from crm.phones import format_for_people


class PhoneLine(models.Model):
    """A phone number with its business, lead source and ring plan."""

    class Plan(models.TextChoices):
        RING = "ring", _("Ring our phones first")
        FORWARDED = "forwarded", _("Calls arrive when nobody answered elsewhere")

    class WhenClosed(models.TextChoices):
        RING = "ring", _("Ring anyway")
        SKIP = "skip", _("Do not ring, greet at once")

    class RingOrder(models.TextChoices):
        AT_ONCE = "at_once", _("All phones at once")
        IN_TURN = "in_turn", _("One after the other")

    class AfterMiss(models.TextChoices):
        VOICEMAIL = "voicemail", _("Greeting, then voicemail")
        GREETING = "greeting", _("Greeting, then hang up")
        HANG_UP = "hang_up", _("Hang up without a word")

    class TextTiming(models.TextChoices):
        AT_ONCE = "at_once", _("As soon as nobody answered")
        AFTER_CALL = "after_call", _("When the caller has hung up")

    class Texting(models.TextChoices):
        ON = "on", _("On")
        OFF = "off", _("Off")
        NOT_REGISTERED = "not_registered", _("Waiting for the carrier's registration")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="lines"
    )
    source = models.ForeignKey(
        LeadSource,
        verbose_name=_("lead source"),
        on_delete=models.RESTRICT,
        related_name="lines",
    )
    number = models.CharField(_("number"), max_length=16, unique=True)
    label = models.CharField(_("label"), max_length=60, blank=True, default="")
    plan = models.CharField(
        _("ring plan"), max_length=12, choices=Plan, default=Plan.FORWARDED
    )
    ring_order = models.CharField(
        _("ring"), max_length=10, choices=RingOrder, default=RingOrder.AT_ONCE
    )
    ring_seconds = models.PositiveSmallIntegerField(
        _("ring for seconds"),
        default=20,
        validators=[MinValueValidator(5), MaxValueValidator(60)],
        help_text=_("Above 22 a mobile's own voicemail may pick up first."),
    )
    when_closed = models.CharField(
        _("outside opening hours"),
        max_length=10,
        choices=WhenClosed,
        default=WhenClosed.RING,
    )
    after_miss = models.CharField(
        _("after a missed call the caller gets"),
        max_length=12,
        choices=AfterMiss,
        default=AfterMiss.VOICEMAIL,
    )
    text_timing = models.CharField(
        _("send the text"),
        max_length=12,
        choices=TextTiming,
        default=TextTiming.AT_ONCE,
        help_text=_(
            "“As soon as nobody answered” is fastest. “When the caller has hung up”"
            " can thank for a voicemail."
        ),
    )
    texting = models.CharField(
        _("automatic texts"), max_length=16, choices=Texting, default=Texting.ON
    )
    # Only what differs from DEFAULT_CHOICES: {outcome: choice}.
    outcome_choices = models.JSONField(
        _("what to do after each kind of call"), default=dict, blank=True
    )
    texts_per_second = models.PositiveSmallIntegerField(
        _("texts a second at most"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("A burst waits here rather than at the carrier."),
    )
    # Pacing: the moment up to which this line has used up its rate.
    paced_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("phone line")
        verbose_name_plural = _("phone lines")
        ordering = ["business", "number"]

    def __str__(self) -> str:
        shown = format_for_people(self.number)
        return f"{self.label} {shown}" if self.label else shown

    def choice_for(self, outcome: str) -> str:
        """Text, notify or ignore after ``outcome``."""
        default = DEFAULT_CHOICES.get(outcome, Choice.NOTIFY)
        return str(self.outcome_choices.get(outcome, default))


class RingTarget(models.Model):
    """A staff phone that a line rings."""

    line = models.ForeignKey(
        PhoneLine, on_delete=models.CASCADE, related_name="targets"
    )
    number = models.CharField(_("number"), max_length=16)
    label = models.CharField(_("whose phone"), max_length=60, blank=True, default="")
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("phone to ring")
        verbose_name_plural = _("phones to ring")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "number"], name="one_target_per_line_and_number"
            )
        ]

    def __str__(self) -> str:
        return self.label or format_for_people(self.number)
