"""The work behind the web: a task is stored with its rows, and a worker is woken.

Only this package and the settings know django-q2.
"""

import re

from django_q.tasks import async_task

_DOTTED_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_MOST_CHARACTERS = 10_000


def run_later(dotted_name: str, *args: int | str) -> None:
    """Have a worker call `dotted_name(*args)` once the caller's transaction commits.

    The task is a row of the same database, written in the same transaction: a rollback
    leaves no task. It runs at least once, so the function must be safe to repeat.
    A wake-up that fails is no error: workers look for themselves every second.

    Raises TypeError for an argument that is neither an int nor a str (pass ids, never
    objects), ValueError for a name that is not dotted or arguments of over 10,000
    characters, and Django's database errors when the row cannot be written.
    """
    if not _DOTTED_NAME.fullmatch(dotted_name):
        raise ValueError(f"{dotted_name!r} is not a dotted name")
    for argument in args:
        # Exact types: a bool or a TextChoices member would travel as an object.
        if type(argument) not in (int, str):
            raise TypeError(f"{dotted_name}: {argument!r} is neither an int nor a str")
    if sum(len(argument) for argument in args if isinstance(argument, str)) > (
        _MOST_CHARACTERS
    ):
        raise ValueError(f"{dotted_name}: pass an id instead of so long a text")
    async_task(dotted_name, *args)
