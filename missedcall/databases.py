"""How each kind of database is opened."""

from pathlib import Path
from typing import Any

import environ

# IMMEDIATE takes SQLite's write lock at BEGIN: a transaction that reads first and
# writes later waits for its turn instead of failing with "database is locked".
_SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-16000;"
        "PRAGMA mmap_size=134217728;PRAGMA temp_store=MEMORY;"
    ),
}


def database(env: environ.Env, *, folder: Path) -> dict[str, Any]:
    """Django's settings for ``DATABASE_URL``, else for SQLite in ``folder``."""
    url = env.str("DATABASE_URL", default="")
    if not url:
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder / 'missedcall.sqlite3'}"
    parsed: dict[str, Any] = env.db_url_config(url)
    if "sqlite" in parsed["ENGINE"]:
        return {**parsed, "CONN_MAX_AGE": None, "OPTIONS": {**_SQLITE}}
    return {
        **parsed,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # A dead network must not hang whoever watches over the workers.
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            **parsed.get("OPTIONS", {}),
        },
    }
