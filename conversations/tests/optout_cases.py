"""Run one opt-out case through the production code, for independent lists of cases."""

from typing import Any

from conversations.keywords import classify


def run_case(case: dict[str, Any]) -> str | None:
    """Classify `case["text"]`; answer "stop", "start", "help" or None."""
    keyword = classify(case["text"])
    return None if keyword is None else keyword.value
