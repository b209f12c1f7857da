"""Is it alive, can it work: what load balancers and people watching ask."""

from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from conversations.background.pulse import queue_state
from conversations.models import Episode, Message


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Anyone may ask; says nothing about anybody."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, workers, oldest unsent text, unexplained episodes; 503 on trouble."""
    try:
        state, problems = _state()
    except DatabaseError:
        state, problems = {}, ["The database does not answer."]
    body = {"ok": not problems, "problems": problems, **state}
    return JsonResponse(body, status=503 if problems else 200)


def _state() -> tuple[dict[str, Any], list[str]]:
    now = timezone.now()
    queue = queue_state(now)
    oldest = (
        Message.objects.filter(state__in=[Message.State.QUEUED, Message.State.SENDING])
        .order_by("created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    unexplained = Episode.objects.unexplained(now).count()
    state = {
        "queue_waiting": queue.waiting,
        "queue_oldest_seconds": round(queue.oldest_waiting_seconds, 1),
        "workers_alive": queue.alive,
        "workers_stalled": queue.stalled,
        "oldest_unsent_seconds": (now - oldest).total_seconds() if oldest else 0,
        "unexplained": unexplained,
    }
    problems = [queue.problem] if queue.problem else []
    if unexplained:
        problems.append(f"{unexplained} missed calls have neither text nor reason.")
    return state, problems
