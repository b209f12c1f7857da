"""Sending webhooks as the carrier does: form-encoded and signed."""

import http.client
import uuid
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0" * 32
PATHS = {
    "voice": "/webhooks/twilio/voice/",
    "ended": "/webhooks/twilio/voice/ended/",
    "status": "/webhooks/twilio/voice/status/",
    "screen": "/webhooks/twilio/voice/screen/",
    "accept": "/webhooks/twilio/voice/accept/",
    "voicemail": "/webhooks/twilio/voice/voicemail/",
    "recording": "/webhooks/twilio/voice/recording/",
    "transcript": "/webhooks/twilio/voice/transcript/",
    "sms": "/webhooks/twilio/sms/",
    "receipt": "/webhooks/twilio/sms/status/",
}


def new_sid(prefix: str = "CA") -> str:
    return prefix + uuid.uuid4().hex


def call_params(caller: str, line: str, sid: str, status: str = "ringing", **more):
    """The fields that every voice webhook about a call carries."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": status,
        "Caller": caller,
        "Called": line,
        "Direction": "inbound",
        "From": caller,
        "To": line,
        "FromCity": "CHICAGO",
        "FromState": "IL",
        **more,
    }


def sms_params(sender: str, line: str, body: str, sid: str, **more):
    """The fields of a received text."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "From": sender,
        "To": line,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        **more,
    }


def signature(url: str, params: dict[str, str], token: str) -> str:
    return RequestValidator(token).compute_signature(url, params)


class SignedClient:
    """Posts signed webhooks through Django's test client."""

    def __init__(self, client, site: str = "https://text.example.com"):
        self.client, self.site, self.token = client, site, "test-token"

    def post(self, name: str, params: dict[str, str], query: str = "", **headers):
        path = PATHS[name] + query
        signed = signature(self.site + path, params, self.token)
        return self.client.post(
            path,
            urlencode(params),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signed, **headers},
        )


class SignedHttp:
    """Posts signed webhooks to a running server over one connection per request."""

    def __init__(self, address: str, site: str, token: str = "test-token"):
        self.address, self.site, self.token = urlsplit(address), site, token

    def post(self, name: str, params: dict[str, str], query: str = "") -> int:
        """The status of the answer; raises OSError when nobody answers."""
        path = PATHS[name] + query
        body = urlencode(params)
        connection = http.client.HTTPConnection(
            self.address.hostname, self.address.port, timeout=30
        )
        try:
            connection.request(
                "POST",
                path,
                body,
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Twilio-Signature": signature(
                        self.site + path, params, self.token
                    ),
                },
            )
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()
