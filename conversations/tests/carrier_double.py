"""A carrier on loopback that remembers what it accepted and misbehaves on demand.

Runs in a thread of a test or, for tests that kill processes, as its own process:
``python -m conversations.tests.carrier_double PORT [SECONDS_PER_ANSWER]``.
"""

import contextlib
import json
import random
import sys
import threading
import time
import uuid
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FAULTS = ("500", "429", "lost_answer", "drop", "21610", "30034", "slow")


class StubServer(ThreadingHTTPServer):
    """Accepted texts and the faults to inject."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int = 0, seconds: float = 0.0):
        super().__init__(("127.0.0.1", port), _Handler)
        self.seconds = seconds
        self.messages: list[dict] = []
        self.calls: dict[str, dict] = {}
        self.faults: list[str] = []
        self.fault_rate: dict[str, float] = {}
        self.requests = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_fault(self) -> str:
        with self.lock:
            if self.faults:
                return self.faults.pop(0)
            for fault, rate in self.fault_rate.items():
                if random.random() < rate:
                    return fault
        return ""

    def accept(self, form: dict[str, str], received: float) -> dict:
        message = {
            "sid": "SM" + uuid.uuid4().hex,
            "account_sid": "AC" + "0" * 32,
            "to": form["To"],
            "from": form.get("From"),
            "body": form.get("Body", ""),
            "status": "queued",
            "status_callback": form.get("StatusCallback", ""),
            "validity": form.get("ValidityPeriod"),
            "direction": "outbound-api",
            "date_created": formatdate(usegmt=True).replace("GMT", "+0000"),
            "date_sent": None,
            "date_updated": None,
            "num_segments": "1",
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "error_message": None,
            "api_version": "2010-04-01",
            "messaging_service_sid": None,
            "uri": "",
            "subresource_uris": {},
            "received": received,
        }
        with self.lock:
            self.messages.append(message)
        return message


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StubServer

    def log_message(self, *args) -> None:
        pass

    def _answer(self, status: int, body: object, **headers: str) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    def _error(self, status: int, code: int, **headers: str) -> None:
        self._answer(
            status, {"code": code, "message": "no", "status": status}, **headers
        )

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        raw = self.rfile.read(length).decode()
        received = time.monotonic()
        if self.path == "/_faults":
            self.server.fault_rate = json.loads(raw)
            self._answer(200, {})
            return
        self.server.requests += 1
        form = {k: v[0] for k, v in parse_qs(raw, keep_blank_values=True).items()}
        fault = self.server.next_fault()
        time.sleep(self.server.seconds)
        if fault == "500":
            self._error(500, 20500)
        elif fault == "429":
            self._error(429, 20429, Retry_After="1")
        elif fault in ("21610", "21614", "30034"):
            self._error(400, int(fault))
        elif fault == "drop":
            self.close_connection = True
        elif fault == "lost_answer":
            self.server.accept(form, received)
            self.close_connection = True
        else:
            if fault == "slow":
                time.sleep(3)
            self._answer(201, self.server.accept(form, received))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if parts.path == "/_messages":
            with self.server.lock:
                self._answer(200, list(self.server.messages))
        elif parts.path.endswith("/Messages.json"):
            self._list(query)
        elif "/Messages/" in parts.path:
            self._one(parts.path.rsplit("/", 1)[1].removesuffix(".json"))
        elif "/Calls/" in parts.path:
            call = self.server.calls.get(
                parts.path.rsplit("/", 1)[1].removesuffix(".json")
            )
            self._answer(200, call) if call else self._error(404, 20404)
        else:
            self._error(404, 20404)

    def _list(self, query: dict[str, str]) -> None:
        if self.server.next_fault() == "500":
            self._error(500, 20500)
            return
        with self.server.lock:
            found = [
                m
                for m in reversed(self.server.messages)
                if query.get("To", m["to"]) == m["to"]
                and query.get("From", m["from"]) == m["from"]
            ]
        self._answer(
            200,
            {"messages": found[:50], "next_page_uri": None, "page": 0, "uri": ""},
        )

    def _one(self, sid: str) -> None:
        with self.server.lock:
            found = [m for m in self.server.messages if m["sid"] == sid]
        self._answer(200, found[0]) if found else self._error(404, 20404)


@contextlib.contextmanager
def running_stub(seconds: float = 0.0):
    """A stub in a thread of this process."""
    server = StubServer(seconds=seconds)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    StubServer(
        int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    ).serve_forever()
