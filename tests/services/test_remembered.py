"""What a process remembers of its SQLite file is what stands there, whoever wrote to it or took something back."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url

from backend.infra.context import Context
from backend.infra.remembered import remembered
from tests.conftest import Work
from tests.databases import SqliteDatabases


class Known(dict[str, int]):
    """What these tests remember."""


def known(ctx: Context) -> Known:
    return remembered(ctx.session, Known)


@pytest.fixture
def database_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    with sqlite_databases.fresh() as url:
        yield url


def test_the_next_unit_of_work_knows_what_one_that_committed_knew(work: Work) -> None:
    with work() as ctx:
        known(ctx)["a"] = 1
        assert known(ctx) == {"a": 1}
    with work() as ctx:
        assert known(ctx) == {"a": 1}


def test_what_was_taken_back_is_forgotten_with_all_that_was_known_before(work: Work) -> None:
    with work() as ctx:
        known(ctx)["a"] = 1
    with suppress(LookupError), work() as ctx:
        known(ctx)["a"] = 2
        raise LookupError
    with work() as ctx:
        assert known(ctx) == {}


def test_a_rehearsal_leaves_nothing_behind(work: Work) -> None:
    with work(rehearsal=True) as ctx:
        known(ctx)["a"] = 1
    with work() as ctx:
        assert known(ctx) == {}


def test_nothing_is_known_within_a_savepoint_or_after_it(work: Work) -> None:
    with work() as ctx:
        known(ctx)["a"] = 1
        with ctx.session.begin_nested():
            assert known(ctx) == {}
        assert known(ctx) == {}


def test_what_was_known_before_a_savepoint_is_forgotten_too(work: Work) -> None:
    with work() as ctx:
        known(ctx)["a"] = 1
    with work() as ctx, ctx.session.begin_nested():
        assert known(ctx) == {}
    with work() as ctx:
        assert known(ctx) == {}


def test_another_program_that_writes_makes_it_forget(work: Work, database_url: str) -> None:
    with work() as ctx:
        known(ctx)["a"] = 1
    file = make_url(database_url).database
    assert file is not None
    assert Path(file).exists()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE elsewhere (n INTEGER)")
    other.close()
    with work() as ctx:
        assert known(ctx) == {}
