"""The consent ledger: who wants no texts, since when, and how we know.

Scope is the number for the whole business: a person who stops one line of a business
is not texted by another (47 CFR 64.1200(a)(10) and carrier rules).
"""

from typing import Any

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from crm.models import Business, ConsentEvent, Lead, LeadEvent
from crm.timeline import log


def is_opted_out(*, business: Business, phone: str) -> bool:
    """Whether the last word from ``phone`` (E.164) was no."""
    latest = _latest(business=business, phone=phone).values_list("kind", flat=True)
    return bool(latest.first() == ConsentEvent.Kind.OPT_OUT)


def latest_answer(*, business: str, phone: str) -> Coalesce:
    """The last answer or "", as a subquery on the named fields of the outer query.

    Lets a conditional UPDATE check consent in the same statement that claims a text.
    """
    rows = _latest(business=OuterRef(business), phone=OuterRef(phone))
    return Coalesce(Subquery(rows.values("kind")[:1]), Value(""))


def _latest(**who: Any) -> Any:
    return ConsentEvent.objects.filter(**who).order_by("-id")


def record(answer: ConsentEvent) -> bool:
    """Append an answer; False when it repeats the last one and nothing was written."""
    opted_out = is_opted_out(business=answer.business, phone=answer.phone)
    stops = answer.kind == ConsentEvent.Kind.OPT_OUT
    if opted_out == stops:
        return False
    answer.text = answer.text[:400]
    answer.save()
    kinds = {True: LeadEvent.Kind.OPTED_OUT, False: LeadEvent.Kind.OPTED_IN}
    log(
        LeadEvent(
            kind=kinds[stops],
            business=answer.business,
            lead=Lead.objects.filter(
                business=answer.business, phone=answer.phone
            ).first(),
            key=f"consent:{answer.pk}",
            at=answer.at,
            ref=answer.ref,
            data={"how": answer.how},
        )
    )
    return True
