"""The simulator's addresses. They exist only while `SIMULATOR` is on."""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from conversations.gateway.simulator import carrier_api, views

View = Callable[..., HttpResponse]

_API = "carrier/2010-04-01/Accounts/<str:account>"

_ROUTES: tuple[tuple[str, View, str], ...] = (
    ("", views.page, "simulator"),
    ("state/", views.state, "simulator-state"),
    ("call/", views.place_call, "simulator-call"),
    ("act/", views.act, "simulator-act"),
    ("text/", views.send_text, "simulator-text"),
    ("faults/", views.set_faults, "simulator-faults"),
    (f"{_API}/Messages.json", carrier_api.messages, "simulator-messages"),
    (f"{_API}/Messages/<str:message_id>.json", carrier_api.message, "simulator-msg"),
    (f"{_API}/Calls/<str:call_id>.json", carrier_api.call, "simulator-one-call"),
    (
        f"{_API}/Recordings/<str:recording_id>.mp3",
        carrier_api.recording,
        "simulator-re",
    ),
    (f"{_API}/<path:rest>", carrier_api.anything_else, "simulator-nothing"),
)


def only_when_on(view: View) -> View:
    """Nothing is here, for anybody, while the simulator is off."""

    @functools.wraps(view)
    def door(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        if not settings.SIMULATOR:
            raise Http404
        return view(request, *args, **named)

    return door


urlpatterns = [
    path(route, only_when_on(view), name=name) for route, view, name in _ROUTES
]
