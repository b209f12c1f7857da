"""The project's settings with the naive view in place of ours."""

from missedcall.settings import *  # noqa: F403

ROOT_URLCONF = "bench.naive"
