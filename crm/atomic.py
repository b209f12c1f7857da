"""One transaction per use case, repeated when the database asks for it."""

import functools
import logging
import time
from collections.abc import Callable

from django.db import OperationalError, connection, transaction

logger = logging.getLogger(__name__)

# A deadlock is over at once; a database that restarts needs a moment.
PAUSES_SECONDS = (0.05, 0.5, 1.5)


def in_one_transaction[**P, R](use_case: Callable[P, R]) -> Callable[P, R]:
    """Run ``use_case`` in a transaction; repeat it after a deadlock or a lost server.

    A carrier does not repeat a webhook that we answered with 5xx (Twilio's default
    retries connection failures only), so the repeat has to happen here. Inside an
    outer transaction the use case runs once: the outermost one decides.
    """

    @functools.wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return use_case(*args, **kwargs)
        for pause in PAUSES_SECONDS:
            try:
                with transaction.atomic():
                    return use_case(*args, **kwargs)
            except OperationalError:
                logger.warning("Repeating %s", use_case.__qualname__, exc_info=True)
                connection.close_if_unusable_or_obsolete()
                time.sleep(pause)
        with transaction.atomic():
            return use_case(*args, **kwargs)

    return run
