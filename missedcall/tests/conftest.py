"""A place without a real carrier, as `make run` makes it."""

import pytest

from conversations.gateway.choice import carrier


@pytest.fixture
def simulated(settings):
    """The carrier is the embedded one."""
    settings.CARRIER = "simulator"
    settings.SIMULATOR = True
    carrier.cache_clear()
    yield settings
    carrier.cache_clear()
