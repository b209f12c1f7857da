"""The tenant: a service business with its hours, brand and texting rules."""

import zoneinfo
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from crm.hours import DayOff, HoursState, Schedule, Span, next_opening, state_at


def check_time_zone(value: str) -> None:
    """Raise ``ValidationError`` unless ``value`` is a name of the tz database."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(zone)s” is no time zone. Write it like America/Chicago."),
            params={"zone": value},
        )


class Business(models.Model):
    """A business whose calls we answer. Every tenant row points at one."""

    class Trade(models.TextChoices):
        GENERAL = "general", _("Other")
        HVAC = "hvac", _("Heating and cooling")
        DENTAL = "dental", _("Dental")
        LAW = "law", _("Law")

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("web name"), max_length=60, unique=True)
    trade = models.CharField(
        _("trade"), max_length=20, choices=Trade, default=Trade.GENERAL
    )
    timezone = models.CharField(
        _("time zone"), max_length=60, validators=[check_time_zone]
    )
    country = models.CharField(_("country"), max_length=2, default="US")
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=[("en", _("English")), ("es", _("Spanish"))],
        default="en",
    )
    phone = models.CharField(
        _("phone shown to clients"), max_length=16, blank=True, default=""
    )
    color = models.CharField(_("brand color"), max_length=7, default="#0f766e")
    text_countries = models.CharField(
        _("countries we text"),
        max_length=120,
        default="US,CA",
        help_text=_("Two-letter codes with commas, for example US,CA."),
    )
    episode_minutes = models.PositiveSmallIntegerField(
        _("calls within so many minutes count as one"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
    )
    suppression_hours = models.PositiveSmallIntegerField(
        _("hours before the same caller gets another automatic text"),
        default=24,
        validators=[MaxValueValidator(720)],
    )
    conversation_hours = models.PositiveSmallIntegerField(
        _("no automatic text when you texted in the last hours"),
        default=4,
        validators=[MaxValueValidator(168)],
    )
    monthly_segments = models.PositiveIntegerField(
        _("automatic text segments a month"),
        null=True,
        blank=True,
        help_text=_("Empty means no limit. One text is one to three segments."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("business")
        verbose_name_plural = _("businesses")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this business reads clocks."""
        return ZoneInfo(self.timezone)

    @property
    def allowed_countries(self) -> frozenset[str]:
        """ISO codes of the countries whose numbers may be texted."""
        return frozenset(c.strip().upper() for c in self.text_countries.split(","))

    @cached_property
    def schedule(self) -> Schedule:
        """Weekly hours and closures as one value (two queries, once per instance)."""
        return Schedule(
            zone=self.zone,
            spans=tuple(row.span for row in self.opening_hours.all()),
            days_off=tuple(row.day_off for row in self.closures.all()),
        )

    def hours_state(self, at: datetime) -> HoursState:
        """Open, closed or on holiday at ``at`` (aware)."""
        return state_at(self.schedule, at)

    def next_opening(self, at: datetime) -> datetime | None:
        """When the doors open next after ``at`` (aware UTC); None: never."""
        return next_opening(self.schedule, at)

    @property
    def episode_window(self) -> timedelta:
        """Missed calls with gaps up to this long are one episode."""
        return timedelta(minutes=self.episode_minutes)


class OpeningHours(models.Model):
    """One span of one weekday, in the business's zone."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="opening_hours"
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(
        _("closes"), help_text=_("00:00 is midnight; an earlier time is the next day.")
    )

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["business", "weekday", "opens"], name="one_span_per_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"

    @property
    def span(self) -> Span:
        """This row as the engine's value."""
        return Span(weekday=self.weekday, opens=self.opens, closes=self.closes)


class Closure(models.Model):
    """A holiday, a closure, or special hours on some dates."""

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="closures"
    )
    name = models.CharField(_("name"), max_length=60)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    opens = models.TimeField(
        _("opens"), null=True, blank=True, help_text=_("Empty: closed all day.")
    )
    closes = models.TimeField(_("closes"), null=True, blank=True)
    is_holiday = models.BooleanField(_("public holiday"), default=True)

    class Meta:
        verbose_name = _("holiday or closure")
        verbose_name_plural = _("holidays and closures")
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="closure_ends_after_it_starts",
                violation_error_message=_("The last day is before the first day."),
            ),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True)
                | models.Q(opens__isnull=False, closes__isnull=False),
                name="closure_has_both_times_or_none",
                violation_error_message=_("Give both times, or leave both empty."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def day_off(self) -> DayOff:
        """This row as the engine's value."""
        return DayOff(
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            name=self.name,
            opens=self.opens,
            closes=self.closes,
            is_holiday=self.is_holiday,
        )
