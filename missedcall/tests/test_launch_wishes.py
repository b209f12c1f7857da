"""Who wins: the environment, then `.env`, then what `make run` would choose."""

import environ
import pytest

from missedcall.launch.trouble import LaunchError
from missedcall.launch.wishes import read_env_file, settle


def test_with_nothing_set_the_demo_runs_on_port_8000_of_this_machine_only():
    wishes = settle({}, {})

    assert wishes.port == 8000
    assert wishes.addresses == ["127.0.0.1:8000"]
    assert wishes.environment == {"PORT": "8000", "SIMULATOR": "1"}
    assert wishes.simulator


def test_the_environment_wins_over_the_file():
    wishes = settle({"PORT": "8101"}, {"PORT": "8100", "LOG_LEVEL": "DEBUG"})

    assert wishes.port == 8101
    assert wishes.environment["PORT"] == "8101"
    assert wishes.environment["LOG_LEVEL"] == "DEBUG"


@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_twilio_account_keeps_the_simulator_off(place):
    account = {"TWILIO_ACCOUNT_SID": "AC1"}

    wishes = settle(*((account, {}) if place == "environment" else ({}, account)))

    assert "SIMULATOR" not in wishes.environment
    assert not wishes.simulator


@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_simulator_that_is_switched_off_stays_off(place):
    off = {"SIMULATOR": "0"}

    wishes = settle(*((off, {}) if place == "environment" else ({}, off)))

    assert wishes.environment["SIMULATOR"] == "0"
    assert not wishes.simulator


def test_a_simulator_next_to_an_account_is_left_on():
    wishes = settle({"TWILIO_ACCOUNT_SID": "AC1"}, {"SIMULATOR": "True"})

    assert wishes.simulator


def test_a_blank_value_counts_as_unset():
    wishes = settle({"PORT": ""}, {"PORT": " ", "TWILIO_ACCOUNT_SID": ""})

    assert wishes.port == 8000
    assert wishes.simulator


def test_database_and_redis_are_passed_on_untouched():
    url = "postgres://me:p%40ss@db.example:6432/calls?sslmode=require"

    wishes = settle({"DATABASE_URL": url}, {"REDIS_URL": "redis://cache.example/3"})

    assert wishes.environment["DATABASE_URL"] == url
    assert wishes.environment["REDIS_URL"] == "redis://cache.example/3"


@pytest.mark.parametrize(
    "port", ["0", "65536", "web", "80 80", "-1", "1_0", "\uff18\uff10"]
)
def test_a_port_that_is_none_is_explained(port):
    with pytest.raises(LaunchError, match="give a number from 1 to 65535"):
        settle({"PORT": port}, {})


def test_a_single_address_is_joined_by_the_one_that_we_use_ourselves():
    wishes = settle({"BIND": "192.0.2.7"}, {})

    assert wishes.addresses == ["192.0.2.7:8000", "127.0.0.1:8000"]


@pytest.mark.parametrize(
    ("bind", "addresses"),
    [
        ("0.0.0.0", ["0.0.0.0:8000"]),
        ("localhost", ["127.0.0.1:8000"]),
        ("::", ["[::]:8000"]),
        ("::1", ["[::1]:8000", "127.0.0.1:8000"]),
    ],
)
def test_every_way_to_name_an_address_is_understood(bind, addresses):
    assert settle({"BIND": bind}, {}).addresses == addresses


def test_a_missing_file_sets_nothing(tmp_path):
    assert read_env_file(tmp_path / ".env") == {}


def test_a_file_that_is_no_text_is_explained(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(LaunchError, match=r"\.env cannot be read"):
        read_env_file(path)


def test_the_file_is_read_as_the_settings_read_it(tmp_path, monkeypatch):
    path = tmp_path / ".env"
    path.write_text(
        "# the office\n"
        "OFFICE_A=plain\n"
        "export OFFICE_B='single # quoted'\n"
        'OFFICE_C="double quoted"\n'
        "OFFICE_D=\n"
        "OFFICE_E=with=equals?and&more\n"
        "\n"
        "no setting at all\n"
    )
    for letter in "ABCDE":
        monkeypatch.delenv(f"OFFICE_{letter}", raising=False)
    theirs = {}
    monkeypatch.setattr(environ.Env, "ENVIRON", theirs)
    environ.Env.read_env(path)

    assert read_env_file(path) == theirs
