"""Opening a phone line for a business."""

from collections.abc import Sequence

from conversations.default_wording import default_body
from conversations.models import PhoneLine, RingTarget, Template
from conversations.wording import Situation
from crm.models import Business, LeadSource
from crm.phones import format_for_people, to_e164


class LineError(ValueError):
    """The line cannot be opened; the message says why and what to do."""


def open_line(
    business: Business,
    *,
    number: str,
    source: LeadSource,
    plan: str,
    ring: Sequence[str] = (),
    label: str = "",
) -> PhoneLine:
    """Put ``number`` into service for ``business``.

    Raises ``LineError`` with one sentence for a number that cannot be read or that
    another line has, and for a ring plan without a phone to ring.
    """
    if plan == PhoneLine.Plan.RING and not ring:
        raise LineError("A line that rings needs a phone to ring: give --ring +1...")
    e164 = _read(number, region=business.country)
    phones = [_read(phone, region=business.country) for phone in ring]
    if PhoneLine.objects.filter(number=e164).exists():
        raise LineError(f"{format_for_people(e164)} already belongs to a line.")
    if e164 in phones:
        raise LineError("A line cannot ring itself. Give the desk's own number.")
    line = PhoneLine.objects.create(
        business=business, source=source, number=e164, plan=plan, label=label
    )
    RingTarget.objects.bulk_create(
        RingTarget(line=line, number=phone, position=place)
        for place, phone in enumerate(dict.fromkeys(phones))
    )
    return line


def _read(number: str, *, region: str) -> str:
    try:
        return to_e164(number, region=region)
    except ValueError as error:
        raise LineError(str(error)) from error


def write_default_templates(business: Business) -> None:
    """Give the business its own, editable copy of the default words."""
    Template.objects.bulk_create(
        [
            Template(
                business=business,
                situation=situation,
                language=language,
                body=default_body(situation, language=language, trade=business.trade),
            )
            for situation in Situation
            for language in ("en", "es")
        ],
        ignore_conflicts=True,
    )
