"""Finding the business's own words for a situation, and filling them in."""

from collections.abc import Mapping
from datetime import datetime

from conversations.line_book import body_for
from conversations.wording import MAX_CHARACTERS, first_text, render
from crm.hours import when_open_words
from crm.models import Business, Lead


def words_for(
    business: Business, situation: str, *, language: str, values: Mapping[str, str]
) -> str:
    """A template with its variables filled in."""
    known = {"business": business.name}
    shown = {**known, **{k: v for k, v in values.items() if v}}
    body = body_for(business, situation, language=language)
    return render(body, shown, language=language)


def text_back_words(
    *, lead: Lead, situation: str, values: Mapping[str, str], is_first: bool
) -> str:
    """The text-back to ``lead``; the first one says who we are and how to stop."""
    business = lead.business
    language = lead.language or business.language
    body = words_for(
        business,
        situation,
        language=language,
        values={"name": lead.first_name, **values},
    )
    if is_first:
        body = first_text(body, business=business.name, language=language)
    return body[:MAX_CHARACTERS]


def opening_words(business: Business, *, now: datetime, language: str) -> str:
    """When the doors open next ("tomorrow at 8 am"), or nothing if they never do."""
    opening = business.next_opening(now)
    if opening is None:
        return ""
    return when_open_words(opening, now, business.zone, language)


def greeting_words(business: Business, situation: str, *, now: datetime) -> str:
    """What a caller hears after a miss, in the business's language."""
    language = business.language
    opens = opening_words(business, now=now, language=language)
    return words_for(business, situation, language=language, values={"opens": opens})
