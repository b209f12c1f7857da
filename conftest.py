"""What holds for every test: no network but this machine, one place for processes."""

import ipaddress
import socket

import pytest

_connect = socket.socket.connect


def _connect_nearby(self, address):
    """Connect within this machine; a test that calls the world is a mistake."""
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = address[0]
        near = host == "localhost" or ipaddress.ip_address(host).is_loopback
        assert near, f"A test tried to reach {host}"
    return _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _stay_on_this_machine():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _connect_nearby)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests with real processes run one after the other, and are begun first."""
    for item in items:
        if item.get_closest_marker("processes"):
            item.add_marker(pytest.mark.xdist_group("processes"))
    items.sort(key=lambda item: item.get_closest_marker("processes") is None)
