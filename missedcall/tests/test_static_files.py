"""Static files work before and after collecting."""

import subprocess
import sys
from pathlib import Path

from missedcall.storage import StaticStorage

ROOT = Path(__file__).resolve().parents[2]


def test_before_collecting_files_have_their_plain_names(settings):
    settings.STATIC_COLLECTED = False

    assert StaticStorage().url("booking/page.css") == "/static/booking/page.css"


def test_after_collecting_names_carry_a_hash(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STATIC_COLLECTED = True
    (tmp_path / "staticfiles.json").write_text(
        '{"version": "1.1", "paths": {"booking/page.css": "booking/page.abc.css"}}'
    )

    assert StaticStorage().url("booking/page.css") == "/static/booking/page.abc.css"


def test_the_clients_page_stays_small():
    files = (ROOT / "static" / "booking").iterdir()

    assert sum(file.stat().st_size for file in files) < 20_000


def test_everything_can_be_collected(tmp_path):
    script = (
        "import django; from django.conf import settings; django.setup();"
        f"settings.STATIC_ROOT = {str(tmp_path)!r};"
        "from django.core.management import call_command;"
        "call_command('collectstatic', interactive=False, verbosity=0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            "DJANGO_SETTINGS_MODULE": "missedcall.settings",
            "DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "staticfiles.json").exists()
