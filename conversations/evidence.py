"""Adding facts to a call, in any order, any number of times.

Each rule below gives the same result whichever fact comes first, so the stored
evidence depends only on the set of webhooks that arrived.
"""

from typing import Any

# How far along a dialled leg is; a later status wins over an earlier one.
_LEG_RANK = {
    "initiated": 0,
    "queued": 0,
    "ringing": 1,
    "in-progress": 2,
    "answered": 2,
}
_FINAL_LEG_RANK = 3

Facts = dict[str, Any]


def merge(stored: Facts, new: Facts) -> Facts:
    """``stored`` with ``new`` added; neither argument is changed.

    Booleans stay true once true, numbers keep the greatest, legs move forward, and
    of two different words the alphabetically greater is kept, so that two
    contradicting reports settle the same way in either order.
    """
    merged = {**stored}
    for name, value in new.items():
        if value is None or value == "":
            continue
        merged[name] = _join(name, merged.get(name), value)
    return merged


def _join(name: str, old: Any, new: Any) -> Any:
    if old is None:
        return new
    if name == "legs":
        return _join_legs(old, new)
    # bool is an int: True wins over False, the longer recording over the shorter.
    return max(old, new)


def _join_legs(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    legs = {**old}
    for leg, status in new.items():
        legs[leg] = max(legs.get(leg, status), status, key=_leg_order)
    return legs


def _leg_order(status: str) -> tuple[int, str]:
    return (_LEG_RANK.get(status, _FINAL_LEG_RANK), status)
