"""Why an episode got no text: a closed list that reports can count."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """One reason per episode; the label is shown to staff."""

    ANSWERED_MEANWHILE = "answered_meanwhile", _("Reached you by calling again")
    WITHHELD = "withheld", _("The number was withheld")
    NOT_TEXTABLE = "not_textable", _("This number cannot get texts")
    OWN_LINE = "own_line", _("The call came from one of your own numbers")
    OPTED_OUT = "opted_out", _("Asked for no more texts")
    DO_NOT_TEXT = "do_not_text", _("Marked “do not text”")
    EXCUSED = "excused", _("Vendor, own staff or spam")
    LINE_OFF = "line_off", _("Automatic texts are off for this line")
    IGNORED = "ignored", _("This line ignores such calls")
    NOTIFY_ONLY = "notify_only", _("This line only tells the desk")
    UNKNOWN_OUTCOME = "unknown_outcome", _("The carrier's report was unclear")
    TOO_LATE = "too_late", _("Too much time had passed")
    RECENTLY_TEXTED = "recently_texted", _("Got an automatic text recently")
    IN_CONVERSATION = "in_conversation", _("You are already texting")
    COUNTRY = "country", _("Texts to this country are off")
    NOT_REGISTERED = "not_registered", _("The line is not registered for texts yet")
    BUDGET = "budget", _("This month's text limit is reached")


# Somebody has to do something about these; the others explain themselves.
NEEDS_DESK = frozenset(
    {
        Reason.WITHHELD,
        # A forwarder that shows its own number hides every caller: settings.
        Reason.OWN_LINE,
        Reason.NOT_TEXTABLE,
        Reason.NOTIFY_ONLY,
        Reason.UNKNOWN_OUTCOME,
        Reason.TOO_LATE,
        Reason.IN_CONVERSATION,
        Reason.COUNTRY,
        Reason.NOT_REGISTERED,
        Reason.BUDGET,
        Reason.DO_NOT_TEXT,
        Reason.OPTED_OUT,
        Reason.LINE_OFF,
    }
)
