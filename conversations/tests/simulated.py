"""The simulated network beside a live server, without threads and without waiting."""

import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.core.servers.basehttp import ServerHandler

from conversations.gateway.choice import carrier
from conversations.gateway.simulator import carrier_api, texts, wire
from conversations.gateway.simulator.live_call import Pace
from conversations.gateway.simulator.persons import Scripted
from conversations.gateway.simulator.switchboard import Setting, connect, dial_up
from conversations.gateway.simulator.switches import Switches
from conversations.models import Call

CALLER = "+13125550142"
SITE = "https://text.example.com"
QUICK = Pace(
    poll=0.01, say=0.02, press=0.01, listen=0.02, decide=0.1, speak=0.01,
    transcribe=0.0, talk=1.0,
)  # fmt: skip


@dataclass
class Network:
    """Places calls and remembers every webhook, in the order of sending."""

    posts: list = field(default_factory=list)
    later: list = field(default_factory=list)

    def call(self, line, script=None, *, caller=CALLER, **faults) -> Call:
        """Run a whole call by its script; the product's row of it."""
        row = dial_up(caller, line)
        setting = Setting(
            persons=Scripted(script or {}), pace=QUICK, switches=Switches(**faults)
        )
        connect(row, setting)
        self.catch_up()
        return Call.objects.get(carrier_id=row.call_id)

    def catch_up(self) -> None:
        """Do what threads would do by now."""
        while self.later:
            work, *args = self.later.pop(0)
            work(*args)

    def statuses(self, path: str) -> list[str]:
        return [
            fields.get("MessageStatus") or fields.get("CallStatus")
            for url, fields in self.posts
            if urlsplit(url).path.endswith(path)
        ]

    def fields(self, path: str) -> dict[str, str]:
        """Of the last webhook to this path."""
        found = [f for url, f in self.posts if urlsplit(url).path.endswith(path)]
        return found[-1]


@pytest.fixture
def network(live_server, settings, transactional_db, monkeypatch):
    """The product behind a live server, with the simulator as its carrier."""
    settings.SIMULATOR = True
    settings.CARRIER = "simulator"
    settings.PORT = urlsplit(live_server.url).port
    settings.SIMULATOR_API_BASE_URL = f"{live_server.url}/simulator/carrier"
    network = Network()

    def later(work, *args):
        network.later.append((work, *args))

    def post(url, params, _real=wire._post):
        network.posts.append((url, dict(params)))
        return _real(url, params)

    monkeypatch.setattr(wire, "in_background", later)
    monkeypatch.setattr(texts, "in_background", later)
    monkeypatch.setattr(wire, "_post", post)
    monkeypatch.setattr(texts, "SECONDS_TO_SEND", 0)
    monkeypatch.setattr(texts, "SECONDS_TO_DELIVER", 0)
    monkeypatch.setattr(carrier_api, "TIMEOUT_FAULT_SECONDS", 0.1)
    monkeypatch.setattr(ServerHandler, "cleanup_headers", _close_afterwards)
    carrier.cache_clear()
    yield network
    carrier.cache_clear()
    # The server's threads give the shared connection back before the test ends.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


def _close_afterwards(handler, _real=ServerHandler.cleanup_headers):
    handler.headers["Connection"] = "close"
    _real(handler)
