"""A carrier on loopback that answers from a script and notes what it was asked.

A play is one answer, or one way of not answering: a function of the handler that has
read the request. ``stub.answers`` is a list of plays, used one after the other. It
may hold more than are asked for; a request beyond its end fails the test.
"""

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from conversations.gateway.base import OutboundText

ACCOUNT = "AC" + "5" * 32
TOKEN = "token-of-nobody"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TEXT = OutboundText(
    to="+15122345678",
    sender="+15125550123",
    body="Sorry we missed you. How can we help? ☎",
    status_callback="https://example.com/hooks/receipt/7/",
    validity_seconds=1800,
)


class CarrierStub(ThreadingHTTPServer):
    """What to answer, what was asked, and over how many connections.

    `mishaps` are the failures of the stub itself. Over HTTP they would look like a
    carrier that drops the line, which some tests want to see.
    """

    daemon_threads = False

    def __init__(self) -> None:
        """On a free port of 127.0.0.1."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.answers: list[Play] = []
        self.asked: list[dict] = []
        self.connections = 0
        self.mishaps: list[Exception] = []
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()

    def process_request(self, request, client_address) -> None:
        self.connections += 1
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:
        """A client that went away is part of the game."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.mishaps.append(error)

    def stop(self) -> None:
        """Also ends kept connections, for which their threads would wait on."""
        self.stopping.set()
        self.shutdown()
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: the second must not wait for a delayed ACK.
    disable_nagle_algorithm = True
    server: CarrierStub

    def _next_play(self) -> None:
        parts = urlsplit(self.path)
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append(
            {
                "method": self.command,
                "path": parts.path,
                "query": parse_qs(parts.query, keep_blank_values=True),
                "form": parse_qs(form, keep_blank_values=True),
                "headers": self.headers,
            }
        )
        if not self.server.answers:
            raise AssertionError(f"nothing to answer to {self.command} {self.path}")
        self.server.answers.pop(0)(self)

    do_GET = do_POST = _next_play

    def log_message(self, *args) -> None:
        """Tests say what they saw themselves."""


Play = Callable[[_Handler], None]


def answer(status: int, payload: object, **headers: str) -> Play:
    """A whole answer: text as a page, all else as JSON. `Retry_After`: Retry-After."""
    is_page = isinstance(payload, str)
    body = (payload if is_page else json.dumps(payload)).encode()
    usual = "text/html" if is_page else "application/json"
    kind = headers.pop("Content_Type", f"{usual}; charset=utf-8")

    def play(handler: _Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    play.__name__ = f"{'page' if is_page else 'json'}_{status}"
    return play


def refused(code: int, status: int = 400, text: str = "No.") -> Play:
    """An error in Twilio's own form.

    https://www.twilio.com/docs/usage/twilios-response
    """
    more = f"https://www.twilio.com/docs/errors/{code}"
    play = answer(
        status, {"code": code, "message": text, "more_info": more, "status": status}
    )
    play.__name__ = f"refused_{code}"
    return play


def listed(*messages: dict, next_page_uri: str | None = None) -> Play:
    """One page of the list of messages."""
    return answer(
        200,
        {
            "messages": messages,
            "page": 0,
            "page_size": 50,
            "uri": MESSAGES,
            "first_page_uri": f"{MESSAGES}?Page=0",
            "next_page_uri": next_page_uri,
            "previous_page_uri": None,
        },
    )


def message(sid: str = "SM1", **changes: object) -> dict:
    """`TEXT` as Twilio shows it: created at 15:04:05 UTC on 24 November 2026, waiting.

    https://www.twilio.com/docs/messaging/api/message-resource
    """
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "messaging_service_sid": None,
        "direction": "outbound-api",
        "to": TEXT.to,
        "from": TEXT.sender,
        "body": TEXT.body,
        "status": "sent" if changes.get("date_sent") else "queued",
        "error_code": None,
        "error_message": None,
        "date_created": "Tue, 24 Nov 2026 15:04:05 +0000",
        "date_updated": "Tue, 24 Nov 2026 15:04:05 +0000",
        "date_sent": None,
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "uri": MESSAGES.replace(".json", f"/{sid}.json"),
        "subresource_uris": {},
    } | changes


def hang_up(handler: _Handler) -> None:
    """The request was read, and the line goes dead."""
    handler.close_connection = True


def break_off(handler: _Handler) -> None:
    """The answer begins well and ends in the middle."""
    handler.send_response(201)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"sid": "SM1", ')
    handler.close_connection = True


def silence(seconds: float) -> Play:
    """No answer for so long, and then none either."""

    def play(handler: _Handler) -> None:
        handler.server.stopping.wait(seconds)
        handler.close_connection = True

    play.__name__ = "silence"
    return play


def then_close(play: Play) -> Play:
    """Ends the connection after the play, without having announced it."""

    def closing(handler: _Handler) -> None:
        play(handler)
        handler.close_connection = True

    closing.__name__ = f"{play.__name__}_then_close"
    return closing


@contextmanager
def carrier_stub() -> Iterator[CarrierStub]:
    """A stub at work in a thread. Raises ExceptionGroup for its own mishaps."""
    stub = CarrierStub()
    # The poll is what `shutdown` waits for: half a second a test if left alone.
    thread = threading.Thread(target=stub.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stub
    finally:
        stub.stop()
        thread.join()
    if stub.mishaps:
        raise ExceptionGroup("the carrier stub stumbled", stub.mishaps)
