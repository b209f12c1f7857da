"""Run one phone case through the production code, for independent lists of cases."""

from typing import Any

from crm.phones import read_caller


def run_case(case: dict[str, Any]) -> dict[str, Any]:
    """Read `case["from"]`; answer with `e164`, `textable` and `reason`."""
    caller = read_caller(case["from"])
    return {
        "e164": caller.e164,
        "textable": caller.textable,
        "reason": str(caller.reason),
    }
