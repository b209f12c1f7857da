"""The rules of docs/architecture.md that a machine can check."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.utils.module_loading import import_string
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from conversations.reasons import NEEDS_DESK, Reason

ROOT = Path(__file__).resolve().parents[2]
APPS = ("crm", "booking", "conversations", "missedcall")
MOST_LINES = 300
MOST_FUNCTION_LINES = 40

_TASK = re.compile(r"(?:crm|booking|conversations)(?:\.\w+)*\.tasks\.\w+")


def sources():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts):
                yield path


SOURCES = list(sources())


def shown(path):
    return str(path.relative_to(ROOT))


def functions(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def task_names(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _TASK.findall(node.value) if _TASK.fullmatch(node.value) else ()


def test_the_rooms_know_only_whom_they_may(monkeypatch):
    monkeypatch.chdir(ROOT)

    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_a_module_fits_in_a_readers_head(path):
    source = path.read_text()

    assert len(source.splitlines()) <= MOST_LINES
    for node in functions(ast.parse(source)):
        assert node.end_lineno - node.lineno < MOST_FUNCTION_LINES, node.name


def test_every_task_that_is_put_off_exists():
    names = set(chain.from_iterable(task_names(path) for path in SOURCES))

    assert "conversations.tasks.answer" in names
    for name in names:
        assert callable(import_string(name)), name


def test_launching_needs_nothing_installed():
    for path in (ROOT / "missedcall" / "launch").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.module.startswith("missedcall.launch") or node.module in (
                    "collections.abc", "contextlib", "dataclasses", "pathlib",
                ), node.module  # fmt: skip


def test_a_row_of_a_tenant_names_its_business():
    """Every model has a business, or belongs to a row that has one."""
    rooms = [apps.get_app_config(app) for app in APPS]
    for model in chain.from_iterable(room.get_models() for room in rooms):
        names = {field.name for field in model._meta.get_fields()}
        owned = {"business", "line", "message"} & names
        assert owned or model.__name__ in {
            "Business", "WorkerPulse", "SimulatedCall", "SimulatedFaults",
            "SimulatedText",
        }, model  # fmt: skip


def test_the_operators_page_explains_every_reason():
    page = (ROOT / "docs" / "operating.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .+? \| (yes)? ?\|$", page, re.MULTILINE)

    assert {code for code, _task in rows} == set(Reason.values)
    assert {code for code, task in rows if task} == {str(code) for code in NEEDS_DESK}


def test_every_setting_is_explained_where_an_operator_looks():
    settings = (ROOT / "missedcall" / "settings.py").read_text()
    names = set(re.findall(r"""env\.\w+\(\s*"([A-Z_]+)\"""", settings))
    page = (ROOT / "docs" / "operating.md").read_text()

    assert "SITE_URL" in names
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_links_between_pages_lead_somewhere():
    pages = [
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
    ]
    for page in pages:
        for target in re.findall(r"\]\(([^):#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
