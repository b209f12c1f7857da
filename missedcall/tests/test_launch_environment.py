"""The virtual environment of `make run`."""

import pytest

from missedcall.launch import environment
from missedcall.launch.environment import DEVELOP, RUN, ensure
from missedcall.launch.trouble import LaunchError


@pytest.fixture
def root(tmp_path):
    (tmp_path / RUN).write_text("django==5.2\n")
    (tmp_path / DEVELOP).write_text("pytest==9\n")
    return tmp_path


@pytest.fixture
def installed(monkeypatch):
    """An environment that is made and filled at no cost, and a list of what came in."""
    seen = []
    monkeypatch.setattr(environment, "_make", lambda folder: None)
    monkeypatch.setattr(environment, "_install", lambda _, file: seen.append(file.name))
    return seen


def test_the_second_time_nothing_is_installed(root, installed):
    ensure(root)
    ensure(root)

    assert installed == [RUN]


def test_changed_requirements_are_installed(root, installed):
    ensure(root)
    (root / RUN).write_text("django==5.3\n")
    ensure(root)

    assert installed == [RUN, RUN]


def test_developing_brings_along_what_running_needs(root, installed):
    ensure(root, DEVELOP)
    ensure(root, RUN)

    assert installed == [DEVELOP]


def test_a_failed_install_is_tried_again(root, installed, monkeypatch):
    def fail(*_):
        raise LaunchError("no network")

    monkeypatch.setattr(environment, "_install", fail)
    with pytest.raises(LaunchError):
        ensure(root)
    monkeypatch.setattr(environment, "_install", lambda _, f: installed.append(f.name))
    ensure(root)

    assert installed == [RUN]


def test_a_folder_that_cannot_be_made_is_explained(root):
    (root / ".venv").write_text("a file in the way")

    with pytest.raises(LaunchError, match=r"\.venv cannot be used"):
        ensure(root)


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("Looking\nERROR: No matching distribution\n", "No matching distribution."),
        ("ERROR: First\nERROR: Could not connect.\nhint", "Could not connect."),
        ("silence\n", "the installer gave no reason."),
    ],
)
def test_the_installers_last_complaint_becomes_a_sentence(log, sentence):
    assert environment._excuse(log) == sentence
