"""Threads of the network, which goes on while the web answers."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

logger = logging.getLogger(__name__)


def in_background(work: Callable[..., Any], *args: Any) -> None:
    """Run `work(*args)` in a thread of its own, which ends with the process."""
    threading.Thread(target=_run, args=(work, *args), daemon=True).start()


def _run(work: Callable[..., Any], *args: Any) -> None:
    try:
        work(*args)
    except Exception:
        # The last resort of a thread: nobody else would hear of it.
        logger.exception("The simulated network stumbled")
    finally:
        connections.close_all()
