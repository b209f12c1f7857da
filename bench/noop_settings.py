"""The project's settings with one more view, which does nothing."""

from missedcall.settings import *  # noqa: F403

ROOT_URLCONF = "bench.noop_urls"
