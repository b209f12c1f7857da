"""Run one segment case through the production code, for independent lists of cases."""

from typing import Any

from conversations.segments import measure


def run_case(case: dict[str, Any]) -> dict[str, Any]:
    """Measure `case["body"]`; answer with `encoding` and `segments`."""
    size = measure(case["body"], smart=case.get("smart", False))
    return {"encoding": size.encoding, "segments": size.segments}
