"""The house rules that a machine can check: who imports whom, purity of the engine, sizes, one head."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import backend.tables  # noqa: F401 - registers every table
from backend.infra import migrations
from backend.infra.db import Database, is_on

ROOT = Path(__file__).parents[2]
ENGINE = sorted((ROOT / "backend" / "engine").rglob("*.py"))
SOURCES = sorted([*(ROOT / "backend").rglob("*.py"), *(ROOT / "portal").rglob("*.py")])
IMPURE_IMPORTS = {"logging", "os", "random", "time", "socket", "pathlib", "sqlite3"}
LONGEST_FILE, LONGEST_FUNCTION = 350, 50


def of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_follow_the_staircase() -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.parametrize("path", ENGINE, ids=of)
def test_the_engine_is_pure(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {node.module or ""}
            assert not {name.split(".")[0] for name in names} & IMPURE_IMPORTS, f"line {node.lineno}"
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), f"float literal in line {node.lineno}"
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in {"now", "utcnow", "today", "float", "open", "print"}, (
                f"{called}() in line {node.lineno}"
            )


@pytest.mark.parametrize("path", SOURCES, ids=of)
def test_files_and_functions_have_one_subject(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= LONGEST_FILE, "which concept is missing a room of its own?"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=of)
def test_every_module_opens_with_a_sentence(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "say in one sentence what this module is for"


def test_a_repository_is_known_only_to_its_own_slice() -> None:
    strangers = [
        f"{of(path)} imports {module}"
        for path in SOURCES
        for module in imported(path)
        if re.fullmatch(r"backend\.\w+\.repository", module) and module.split(".")[1] not in path.parts
    ]
    assert strangers == []


def imported(path: Path) -> Iterator[str]:
    """The modules a file imports, also those it takes from a package by name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_unit_of_work_commits() -> None:
    committing = [of(path) for path in SOURCES if commits(ast.parse(path.read_text()), set(imported(path)))]
    assert committing == ["backend/infra/context.py"]


def commits(tree: ast.Module, modules: set[str]) -> bool:
    """Whether a transaction is committed somewhere; a function of one of our modules may have that name too."""
    names = {module.rpartition(".")[2] for module in modules if module.startswith("backend.")}
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(
        isinstance(function, ast.Attribute)
        and function.attr == "commit"
        and not (isinstance(function.value, ast.Name) and function.value.id in names)
        for function in called
    )


def test_nothing_shadows_the_installed_alembic() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_migrations_have_one_head() -> None:
    script = ScriptDirectory(str(ROOT / "alembic"))
    assert len(script.get_heads()) == 1


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_models_and_migrations_agree(database: Database) -> None:
    assert not migrations.behind(database)
    with database.engine.connect() as connection:
        options = {"include_object": lambda thing, *_: is_on(connection.dialect.name, thing)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    assert differences == []
