"""Rows as Twilio's API shows them (https://www.twilio.com/docs/messaging/api)."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from conversations.gateway.choice import SIMULATED_ACCOUNT
from conversations.gateway.simulator.numbering import API_VERSION
from conversations.models import SimulatedCall, SimulatedText

ACCOUNT_URI = f"/{API_VERSION}/Accounts/{SIMULATED_ACCOUNT}"


def moment(at: datetime | None) -> str | None:
    """RFC 2822, to the second."""
    return format_datetime(at.astimezone(UTC)) if at else None


def text_json(text: SimulatedText, *, status: str = "") -> dict[str, Any]:
    """A message; `status`: what the answer to its creation says instead."""
    uri = f"{ACCOUNT_URI}/Messages/{text.message_id}"
    is_on_its_way = (status or text.status) == "queued"
    return {
        "sid": text.message_id,
        "account_sid": SIMULATED_ACCOUNT,
        "api_version": API_VERSION,
        "messaging_service_sid": None,
        "from": text.sender,
        "to": text.to,
        "body": text.body,
        "direction": text.direction,
        "status": status or text.status,
        "num_segments": str(text.segments),
        "num_media": "0",
        "date_created": moment(text.created_at),
        "date_updated": moment(text.created_at),
        "date_sent": None if is_on_its_way else moment(text.created_at),
        "price": None,
        "price_unit": "USD",
        "error_code": int(text.error_code) if text.error_code else None,
        "error_message": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def call_json(call: SimulatedCall) -> dict[str, Any]:
    """A call; times and duration are null while it goes on."""
    uri = f"{ACCOUNT_URI}/Calls/{call.call_id}"
    return {
        "sid": call.call_id,
        "account_sid": SIMULATED_ACCOUNT,
        "api_version": API_VERSION,
        "parent_call_sid": None,
        "from": call.caller,
        "from_formatted": call.caller,
        "to": call.called,
        "to_formatted": call.called,
        "direction": "inbound",
        "status": call.status,
        "start_time": moment(call.started_at),
        "end_time": moment(call.ended_at),
        "duration": _duration(call),
        "date_created": moment(call.started_at),
        "date_updated": moment(call.ended_at or call.started_at),
        "answered_by": None,
        "forwarded_from": None,
        "caller_name": None,
        "price": None,
        "price_unit": "USD",
        "uri": f"{uri}.json",
        "subresource_uris": {},
    }


def _duration(call: SimulatedCall) -> str | None:
    if call.ended_at is None:
        return None
    if call.status != "completed":
        return "0"
    return str(max(1, round((call.ended_at - call.started_at).total_seconds())))


def error_json(status: int, code: str, sentence: str) -> dict[str, Any]:
    """A refusal as Twilio words it."""
    return {
        "code": int(code),
        "message": sentence,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
