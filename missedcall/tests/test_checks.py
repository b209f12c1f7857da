"""Mistakes in the settings that the system checks explain."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from missedcall import checks

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "missedcall.settings",
    "SITE_URL": "https://text.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
}


def ids(check):
    return [message.id for message in check()]


def check_deploy(tmp_path, **changes):
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level=WARNING"],
        cwd=ROOT,
        env={**PRODUCTION, "DATA_DIR": str(tmp_path), **changes},
        capture_output=True,
        text=True,
    )


def test_the_documented_production_settings_are_clean(tmp_path):
    done = check_deploy(tmp_path)

    assert done.returncode == 0, done.stderr


def test_the_checks_are_registered(tmp_path):
    done = check_deploy(tmp_path, SIMULATOR="1", SITE_URL="http://localhost:8000")

    assert done.returncode != 0
    assert "missedcall.W002" in done.stderr
    assert "missedcall.W003" in done.stderr


def test_an_account_without_its_token_is_an_error(settings):
    settings.TWILIO_AUTH_TOKENS = []

    [message] = checks.half_a_twilio_account()
    assert message.is_serious()
    assert "TWILIO_AUTH_TOKEN" in message.hint


def test_a_whole_account_is_fine():
    assert ids(checks.half_a_twilio_account) == []
    assert ids(checks.no_carrier) == []


def test_nobody_to_carry_a_text_is_a_warning(settings):
    settings.TWILIO_ACCOUNT_SID = ""
    assert ids(checks.half_a_twilio_account) == []
    assert ids(checks.no_carrier) == ["missedcall.W001"]

    settings.SIMULATOR = True
    assert ids(checks.no_carrier) == []


@pytest.mark.parametrize(
    ("debug", "simulator", "found"),
    [(False, True, ["missedcall.W002"]), (True, True, []), (False, False, [])],
)
def test_a_simulator_is_warned_about_in_production_only(
    settings, debug, simulator, found
):
    settings.DEBUG, settings.SIMULATOR = debug, simulator

    assert ids(checks.simulator_in_production) == found


@pytest.mark.parametrize(
    ("debug", "address", "found"),
    [
        (False, "https://text.example.com", []),
        (False, "http://text.example.com", ["missedcall.W004"]),
        (False, "http://localhost:8000", ["missedcall.W003"]),
        (False, "https://127.0.0.1", ["missedcall.W003"]),
        (True, "http://localhost:8000", []),
    ],
)
def test_an_address_that_phones_cannot_use_is_warned_about(
    settings, debug, address, found
):
    settings.DEBUG, settings.SITE_URL = debug, address

    assert ids(checks.address_for_the_world) == found
