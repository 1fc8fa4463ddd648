"""Many rows in few statements: how the hot path writes, the same on SQLite and PostgreSQL.

A statement for each row would hand Python's lock to another thread for each row, and cost a round trip each.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Column, Date, Dialect, LargeBinary
from sqlalchemy.exc import DBAPIError

from backend.infra.context import Context

SIZES = tuple(2**power for power in range(11, -1, -1))
"""How many rows one statement has on SQLite: few sizes, so that each is prepared once and kept, and at most one of each
but the largest. Whoever runs a statement gives Python's lock away and has to wait for it again."""


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


def find(
    ctx: Context, key: Sequence[Column[Any]], keys: Sequence[Sequence[Any]], wanted: Sequence[Column[Any]]
) -> Sequence[Sequence[Any]]:
    """What these columns of a table hold, as the driver reads it, in the rows that have one of the keys."""
    table, names = key[0].table, ", ".join(column.name for column in key)
    shown = ", ".join(f"{table}.{column.name}" for column in wanted)
    statement = f"WITH asked ({names}) AS (%s) SELECT {shown} FROM asked JOIN {table} USING ({names})"  # noqa: S608 - names of ours
    return _run(ctx, key, keys, statement)


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
    width, number, place = len(columns), len(converted[0]), 0
    in_a_row: list[Any] = [None] * (width * number)
    for column, values in enumerate(converted):
        in_a_row[column::width] = values
    for size in SIZES:
        while number - place >= size:
            yield _values(size, width), tuple(in_a_row[place * width : (place + size) * width])
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
    """How the column's type writes a value for this database.

    Every driver takes bytes as they are, but SQLite's looks for an adapter of them each time.
    """
    if isinstance(column.type, LargeBinary):
        return bytearray if dialect.name == "sqlite" else None
    if isinstance(column.type, Date) and dialect.name == "sqlite":
        return date.isoformat
    process: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return process
