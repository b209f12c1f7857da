"""Personal links: unguessable, stored as a hash, good for a while."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings

from booking.models import BookingLink
from crm.models import Lead

# 12 characters of a 64-letter alphabet: 72 random bits, and short in a text.
TOKEN_BYTES = 9
GOOD_FOR = timedelta(days=30)


def link_for(*, lead: Lead, ref: str, now: datetime) -> str:
    """Make a link for ``lead`` and return its address, good for 30 days.

    ``ref`` names the opportunity ("episode:12"). Only the hash is kept, so the
    address cannot be read back from the database.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    BookingLink.objects.create(
        business_id=lead.business_id,
        lead=lead,
        ref=ref,
        token_hash=_hash(token),
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    return f"{settings.SITE_URL}/b/{token}/"


def open_link(token: str) -> BookingLink | None:
    """The link behind ``token``, expired or not; ``None`` for a made-up one."""
    return (
        BookingLink.objects.select_related("business", "lead")
        .filter(token_hash=_hash(token))
        .first()
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
