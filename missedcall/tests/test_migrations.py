"""The database's history."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]


def test_models_and_migrations_agree(db):
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_each_app_can_be_taken_back_to_nothing_and_brought_back(tmp_path):
    script = (
        "import django; django.setup();"
        "from django.core.management import call_command as call;"
        "call('migrate', verbosity=0);"
        "call('migrate', 'crm', 'zero', verbosity=0);"
        "call('migrate', verbosity=0)"
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
