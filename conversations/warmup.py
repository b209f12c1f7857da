"""Doing once, at the start, what the first call would otherwise wait for.

Imports, number metadata, the URL map and the carrier's client take a third of a
second the first time. Workers inherit them by fork; no connection is opened here.
"""

from contextlib import suppress
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver

from conversations.gateway import twiml
from conversations.gateway.choice import carrier
from conversations.segments import measure
from crm.phones import format_for_people, read_caller, region_of

_NUMBER = "+13125550100"


def warm() -> None:
    """Load what answering a call needs; a carrier that is not set up is left out."""
    import_module("conversations.tasks")
    get_resolver().url_patterns  # noqa: B018 - reading it loads the URL map
    read_caller(_NUMBER)
    region_of(_NUMBER)
    format_for_people(_NUMBER)
    measure(_NUMBER)
    twiml.greet_and_hang_up(greeting=_NUMBER, language="en")
    with suppress(ImproperlyConfigured):
        carrier().warm()
