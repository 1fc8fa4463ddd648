"""Many rows in few statements: how the hot path writes, the same on SQLite and PostgreSQL.

A statement for each row would hand Python's lock to another thread for each row, and cost a round trip each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from itertools import count, repeat
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Column, Connection, Date, Dialect, Integer, LargeBinary
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from backend.infra.columns import Instant, exact_text, exact_texts, utc_text, utc_texts
from backend.infra.context import Context

SIZES = tuple(2**power for power in range(11, -1, -1))
"""How many rows one statement has on SQLite: few sizes, so that each is prepared once and kept, and at most one of each
but the largest. Whoever runs a statement gives Python's lock away and has to wait for it again."""


class Same(NamedTuple):
    """The value that all rows have in a column; it travels to the database once."""

    value: Any


_AT_ONCE = {utc_text: utc_texts, exact_text: exact_texts}
"""What writes many values in a fraction of the time, if they are all of the usual kind."""

_SQLITE = sqlite.dialect()
"""Its texts of numbers, days and instants are PostgreSQL's, too, but for the zone."""

Values = Sequence[Sequence[Any] | Same]
"""The values of many rows: for each column as many as there are rows, or one for all."""

_beside = ThreadPoolExecutor(1, "sqlite")
"""Runs what SQLite, which has one writer, does while the unit of work goes on."""


def insert(ctx: Context, columns: Sequence[Column[Any]], values: Values, *, then: str = "") -> None:
    """Insert rows into one table; `then` is SQL that stands behind the rows, such as ON CONFLICT."""
    if not then and ctx.session.get_bind().dialect.name == "postgresql":
        _copy(ctx, columns, values)
    else:
        _run(ctx, columns, values, _insert(columns, then))


@contextmanager
def inserting(ctx: Context, columns: Sequence[Column[Any]], values: Values) -> Iterator[None]:
    """Insert rows, on SQLite while the block runs, which must not use the database: no Python runs in an insert."""
    if ctx.session.get_bind().dialect.name != "sqlite":
        insert(ctx, columns, values)
        yield
        return
    connection = ctx.session.connection()
    statements = list(_statements(connection.dialect, columns, values, _insert(columns)))
    try:
        inserted = _beside.submit(_execute, connection, statements)
    except RuntimeError:  # the process ends, and no thread of a pool begins anything new
        _execute(connection, statements)
        yield
        return
    try:
        yield
    finally:
        inserted.result()


def find(ctx: Context, columns: Sequence[Column[Any]], values: Values, query: str) -> Sequence[Sequence[Any]]:
    """What a query finds, as the driver reads it; to the query the values are a table `asked` with these columns."""
    return _run(ctx, columns, values, f"WITH asked ({_names(columns)}) AS (%s) {query}")


def _insert(columns: Sequence[Column[Any]], then: str = "") -> str:
    """On SQLite a plain insert need not be taken back alone when it fails, for which each page would be copied first:
    the unit of work is taken back whole."""
    insert = "INSERT" if then else "INSERT OR FAIL"
    return f"{insert} INTO {columns[0].table} ({_names(columns)}) %s {then}"


def _names(columns: Sequence[Column[Any]]) -> str:
    return ", ".join(column.name for column in columns)


def _copy(ctx: Context, columns: Sequence[Column[Any]], values: Values) -> None:
    """What costs PostgreSQL least, where nothing has to be decided for a row."""
    statement = f"COPY {columns[0].table} ({_names(columns)}) FROM STDIN (FORMAT BINARY)"
    connection = ctx.session.connection()
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_sql_type(column, connection.dialect).lower() for column in columns])
            for row in zip(*_of_each_row(values), strict=True):
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _run(ctx: Context, columns: Sequence[Column[Any]], values: Values, statement: str) -> Sequence[Sequence[Any]]:
    """Run a statement with the rows at its %s, in as few parts as the database can take; returns what it returns."""
    connection = ctx.session.connection()
    return _execute(connection, _statements(connection.dialect, columns, values, statement))


def _execute(connection: Connection, statements: Iterable[tuple[str, tuple[Any, ...]]]) -> Sequence[Sequence[Any]]:
    found: list[Sequence[Any]] = []
    for statement, values in statements:
        result = connection.exec_driver_sql(statement, values)
        if result.returns_rows:
            found += result.all()
    return found


def _statements(
    dialect: Dialect, columns: Sequence[Column[Any]], values: Values, statement: str
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows as an array for each column, or as lists of so many rows."""
    number = _number(values)
    if not number:
        return
    is_shared = tuple(isinstance(given, Same) for given in values)
    if dialect.name != "sqlite":
        yield statement % _from_arrays(columns, dialect, is_shared), _in_arrays(columns, dialect, values)
        return
    written = list(map(_convert, columns, repeat(dialect), values))
    shared = [given[0] for given, is_one in zip(written, is_shared, strict=True) if is_one]
    own = [given for given, is_one in zip(written, is_shared, strict=True) if not is_one]
    width, place = len(own), 0
    in_a_row: list[Any] = [None] * (width * number)
    for column, given in enumerate(own):
        in_a_row[column::width] = given
    for size in SIZES:
        while number - place >= size:
            rows = in_a_row[place * width : (place + size) * width]
            yield _with_rows(statement, size, is_shared), (*shared, *rows)
            place += size


def _from_arrays(columns: Sequence[Column[Any]], dialect: Dialect, is_shared: Sequence[bool]) -> str:
    """Rows of PostgreSQL, whose values are what `_in_arrays` gives."""
    named = list(zip(columns, is_shared, strict=True))
    own = [column for column, is_one in named if not is_one]
    selected = ", ".join(f"%s::{_sql_type(column, dialect)}" if is_one else column.name for column, is_one in named)
    arrays = ", ".join(f"%s::{_sql_type(column, dialect)}[]" for column in own)
    return f"SELECT {selected} FROM unnest({arrays}) AS each_row ({_names(own)})"  # noqa: S608 - names of ours


def _in_arrays(columns: Sequence[Column[Any]], dialect: Dialect, values: Values) -> tuple[Any, ...]:
    """First what all rows share, then an array for each other column."""
    given = list(zip(columns, values, strict=True))
    shared = [_convert(column, dialect, value)[0] for column, value in given if isinstance(value, Same)]
    return (*shared, *(_array(column, value) for column, value in given if not isinstance(value, Same)))


def _array(column: Column[Any], values: Sequence[Any]) -> str:
    """Values, none of which is null, as PostgreSQL reads an array: the driver takes ten times as long to write one."""
    is_number = isinstance(column.type, Integer)
    texts = list(map(int.__repr__, values) if is_number else _convert(column, _SQLITE, values))
    between = '+00","' if isinstance(column.type, Instant) else '","'
    written = between.join(texts)
    if "\\" in written or written.count('"') != 2 * (len(texts) - 1):
        written = between.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return f'{{"{written}{between[:-3]}"}}'


def _number(values: Values) -> int:
    return next(len(given) for given in values if not isinstance(given, Same))


def _of_each_row(values: Values) -> Sequence[Sequence[Any]]:
    number = _number(values)
    return [[given.value] * number if isinstance(given, Same) else given for given in values]


@lru_cache(maxsize=1024)
def _with_rows(statement: str, rows: int, is_shared: tuple[bool, ...]) -> str:
    """The places of values, numbered where SQLite would not count on: first come those that all rows share.

    Made once: to make, or even to compare, a text of this length takes as long as to store ten rows.
    """
    shared, own = count(1), count(1 + sum(is_shared))
    first = [f"?{next(shared if is_one else own)}" for is_one in is_shared]
    other = [place if is_one else "?" for place, is_one in zip(first, is_shared, strict=True)]
    written = [f"({', '.join(places)})" for places in (first, other)]
    return statement % f"VALUES {', '.join([written[0], *[written[1]] * (rows - 1)])}"


@lru_cache
def _sql_type(column: Column[Any], dialect: Dialect) -> str:
    """Any text is TEXT: a cast to one of limited length would cut off what an insert refuses."""
    kind = column.type.compile(dialect)
    return "TEXT" if kind.startswith("VARCHAR") else kind


def _convert(column: Column[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    """Every value of a column as the driver takes it; one that repeats, such as a day, is written once."""
    process = _process(column, dialect)
    if process is None:
        return values
    if process in _AT_ONCE and (texts := _AT_ONCE[process](values)):
        return texts
    converted: list[Any] = []
    last = written = None
    for value in values:
        if value is not last:
            last, written = value, process(value)
        converted.append(written)
    return converted


@lru_cache
def _process(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How the column's type writes a value for this database.

    Every driver takes bytes as they are, but SQLite's looks for an adapter of them each time.
    """
    if isinstance(column.type, LargeBinary):
        return bytearray if dialect.name == "sqlite" else None
    if isinstance(column.type, Date) and dialect.name == "sqlite":
        return date.isoformat
    process: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return process
