"""Run an independent signature case through the production code."""

from typing import Any

from conversations.gateway.signatures import is_genuine


def run_case(case: dict[str, Any]) -> bool:
    """`params` as pairs means a form; None or absent, with a body, anything else."""
    params = case.get("params")
    return is_genuine(
        urls=[case["url"]],
        params=None if params is None else [(name, value) for name, value in params],
        body=(case.get("body") or "").encode(),
        tokens=[case["token"]],
        signature=case.get("signature"),
    )
