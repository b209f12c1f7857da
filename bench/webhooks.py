"""Webhooks per second against a view that does nothing, on the same server.

``python -m bench.webhooks [--quick] [--database sqlite|postgres]``

Sixteen kept-alive connections send prepared requests as fast as they are answered;
no worker runs, so that only the web is measured.
"""

import argparse
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from bench.measure import row
from bench.text_back import LINES, database, prepare
from conversations.tests.running_system import TOKEN, System
from conversations.tests.signed_client import PATHS, call_params, new_sid, signature

CONNECTIONS = 16


def request(system: System, path: str, body: str, signed: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{system.port}\r\n"
        f"X-Twilio-Signature: {signed}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    return (head + body).encode()


def webhooks(system: System, count: int) -> list[bytes]:
    """``count`` calls of different callers, signed."""
    path, made = PATHS["voice"], []
    for number in range(count):
        line = LINES[number % len(LINES)]
        params = call_params(f"+1415{2_000_000 + number}", line, new_sid())
        signed = signature(system.site + path, params, TOKEN)
        made.append(request(system, path, urlencode(params), signed))
    return made


def exchange(connection: socket.socket, data: bytes) -> int:
    """Send one request, read one answer, return its status."""
    connection.sendall(data)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = 0
    for header in head.lower().split(b"\r\n")[1:]:
        if header.startswith(b"content-length:"):
            length = int(header.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split(b" ", 2)[1])


def hammer(system: System, todo: Iterator[bytes], seconds: float) -> list[float]:
    """Send from every connection until the time is over; how long each answer took."""
    took: list[float] = []
    lock = threading.Lock()
    end = time.monotonic() + seconds

    def work() -> None:
        address = ("127.0.0.1", system.port)
        with socket.create_connection(address) as connection:
            while time.monotonic() < end:
                with lock:
                    data = next(todo, None)
                if data is None:
                    return
                start = time.monotonic()
                status = exchange(connection, data)
                took.append(time.monotonic() - start)
                assert status in (200, 204), status

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def run(kind: str, *, quick: bool) -> None:
    seconds = 2 if quick else 6
    with tempfile.TemporaryDirectory() as folder, database(kind) as options:
        system = System(folder=Path(folder), **options)
        try:
            system.manage("migrate", "-v0")
            prepare(system)
            system.env["DJANGO_SETTINGS_MODULE"] = "bench.noop_settings"
            system.start_web()
            nothing = request(system, "/noop/", "", "x")
            hammer(system, iter([nothing] * 200), 1)
            made = webhooks(system, seconds * 1500)
            hammer(system, iter(made[:200]), 1)
            noop = hammer(system, iter([nothing] * 10**5), seconds)
            ours = hammer(system, iter(made[200:]), seconds)
        finally:
            system.stop()
    print(f"\n{kind}: milliseconds{'p50':>20}{'p95':>9}{'p99':>9}{'max':>9}")
    print(row(f"no-op view, {len(noop) / seconds:.0f}/s", noop))
    print(row(f"webhook, {len(ours) / seconds:.0f}/s", ours))
    print(f"ratio: {len(ours) / len(noop):.2f} of the no-op view (aim: at least 0.25)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", nargs="*", default=["sqlite", "postgres"])
    options = parser.parse_args()
    for kind in options.database:
        run(kind, quick=options.quick)


if __name__ == "__main__":
    main()
