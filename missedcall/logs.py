"""Keeping secrets out of the log."""

import logging
import re

# Whoever has the address of a personal page may use it.
_PRIVATE_ADDRESS = re.compile(r"(/b/)[^/\s?'\"]+")


class HidePrivateAddresses(logging.Filter):
    """Write `/b/.../` for the address of a personal page, wherever it is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; never drop it."""
        message = record.getMessage()
        hidden = _PRIVATE_ADDRESS.sub(r"\1...", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
