"""Many rows in few statements: how the hot path writes, the same on SQLite and PostgreSQL.

A statement for each row would hand Python's lock to another thread for each row, and cost a round trip each.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import psycopg
from sqlalchemy import Column, Dialect, LargeBinary
from sqlalchemy.exc import DBAPIError

from backend.infra.context import Context

SIZES = (2_048, 256, 32, 4, 1)
"""How many rows one statement has on SQLite: few sizes, so that each is prepared once and kept."""


def insert(
    ctx: Context, columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]], *, then: str = ""
) -> Sequence[Sequence[Any]]:
    """Insert rows with values for these columns of one table; returns what `then` asks for with RETURNING.

    `then` is SQL that stands behind the rows, such as ON CONFLICT.
    """
    names = ", ".join(column.name for column in columns)
    if not then and ctx.session.get_bind().dialect.name == "postgresql":
        _copy(ctx, columns, rows, f"COPY {columns[0].table} ({names}) FROM STDIN (FORMAT BINARY)")
        return []
    return _run(ctx, columns, rows, f"INSERT INTO {columns[0].table} ({names}) %s {then}")


def present(ctx: Context, column: Column[Any], values: Collection[Any]) -> list[Any]:
    """Those of the values that the column has; it should be the key of its table."""
    statement = f"SELECT {column.name} FROM {column.table} WHERE {column.name} IN (%s)"  # noqa: S608 - names of ours
    return [value for (value,) in _run(ctx, [column], [(value,) for value in values], statement)]


def delete(ctx: Context, column: Column[Any], values: Collection[Any]) -> None:
    """Remove the rows in which the column has one of these values."""
    statement = f"DELETE FROM {column.table} WHERE {column.name} IN (%s)"  # noqa: S608 - names of ours
    _run(ctx, [column], [(value,) for value in values], statement)


def _copy(ctx: Context, columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]], statement: str) -> None:
    """What costs PostgreSQL least, where nothing has to be decided for a row."""
    connection = ctx.session.connection()
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_sql_type(column, connection.dialect).lower() for column in columns])
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _run(
    ctx: Context, columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]], statement: str
) -> Sequence[Sequence[Any]]:
    """Run a statement with the rows at its %s, in as few parts as the database can take; returns what it returns."""
    if not rows:
        return []
    connection = ctx.session.connection()
    by_column = zip(*rows, strict=True)
    converted = [_convert(column, connection.dialect, next(by_column)) for column in columns]
    found: list[Sequence[Any]] = []
    for source, values in _sources(columns, converted, connection.dialect):
        result = connection.exec_driver_sql(statement % source, values)
        if result.returns_rows:
            found += result.all()
    return found


def _sources(
    columns: Sequence[Column[Any]], converted: Sequence[Sequence[Any]], dialect: Dialect
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows as SQL with their values: as an array for each column, or as lists of so many rows."""
    if dialect.name != "sqlite":
        arrays = ", ".join(f"%b::{_sql_type(column, dialect)}[]" for column in columns)
        yield f"SELECT * FROM unnest({arrays})", tuple(map(list, converted))  # noqa: S608 - types of ours
        return
    rows, place = list(zip(*converted, strict=True)), 0
    for size in SIZES:
        while len(rows) - place >= size:
            yield _values(size, len(columns)), tuple(chain.from_iterable(rows[place : place + size]))
            place += size


@lru_cache
def _values(rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"VALUES {', '.join([row] * rows)}"


def _sql_type(column: Column[Any], dialect: Dialect) -> str:
    """Any text is TEXT: a cast to one of limited length would cut off what an insert refuses."""
    kind = column.type.compile(dialect)
    return "TEXT" if kind.startswith("VARCHAR") else kind


def _convert(column: Column[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    """Every value of a column as the driver takes it; one that repeats, such as the present, is written once."""
    process = _process(column, dialect)
    if process is None:
        return values
    converted: list[Any] = []
    last = written = None
    for value in values:
        if value is not last:
            last, written = value, process(value)
        converted.append(written)
    return converted


@lru_cache
def _process(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How the column's type writes a value for this database; every driver takes bytes as they are."""
    if isinstance(column.type, LargeBinary):
        return None
    process: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return process
