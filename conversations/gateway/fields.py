"""Read single form fields of a carrier, whatever they hold."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_WORD = 64
_ID = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class PayloadError(ValueError):
    """A field that we cannot do without is missing or malformed; says which."""


def text(params: Mapping[str, str], name: str, limit: int) -> str:
    """Without NUL, which PostgreSQL cannot store, and cut to `limit` characters."""
    return params.get(name, "").replace("\0", "")[:limit]


def word(params: Mapping[str, str], name: str) -> str:
    """A word out of a list, in lower case."""
    return text(params, name, MAX_WORD).strip().lower()


def number(params: Mapping[str, str], name: str) -> int | None:
    """A whole number from 0 up, or None."""
    digits = text(params, name, MAX_WORD).strip()
    return int(digits) if _NUMBER.fullmatch(digits) else None


def optional_id(params: Mapping[str, str], name: str) -> str:
    """An id we can do without: malformed is as good as missing."""
    value = params.get(name, "")
    return value if _ID.fullmatch(value) else ""


def required_id(params: Mapping[str, str], *names: str) -> str:
    """The first of `names` that is there; the later ones are older spellings."""
    present = [params[name] for name in names if params.get(name)]
    if not present:
        raise PayloadError(f"{names[0]} is missing.")
    if not _ID.fullmatch(present[0]):
        raise PayloadError(f"{names[0]} must be 1 to 64 letters and digits.")
    return present[0]


def call_and_leg(params: Mapping[str, str]) -> tuple[str, str]:
    """A rung phone has a `CallSid` of its own and names the call as its parent."""
    own = required_id(params, "CallSid")
    parent = params.get("ParentCallSid", "")
    if not parent:
        return own, ""
    call_id = required_id(params, "ParentCallSid")
    return call_id, "" if own == call_id else own


def recording_id(params: Mapping[str, str]) -> str:
    """Named by the carrier, or the last part of the recording's address."""
    address = params.get("RecordingUrl", "").partition("?")[0]
    last = address.rpartition("/")[2].partition(".")[0]
    return optional_id(params, "RecordingSid") or optional_id({"": last}, "")


def moment(params: Mapping[str, str], name: str) -> datetime | None:
    """RFC 2822 to aware UTC; without a zone it is UTC; unreadable is None."""
    try:
        read = parsedate_to_datetime(params.get(name, ""))
        aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read
        return aware.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
