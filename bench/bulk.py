"""The yardstick of storing: the same rows, with the same indexes, by nothing but the database's own bulk insert."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from backend.infra.columns import new_id
from backend.infra.db import database
from backend.ingest.models import UsageEvent
from bench.usage import SOURCE, START, TYPE, Usage

AT_ONCE = 10_000
COLUMNS = ("id", "namespace", "source", "event_id", "type", "subject", "time", "data", "ingested_at", "stored_at")
TABLE = UsageEvent.__tablename__


def bulk_insert(usage: Usage) -> float:
    """How many seconds it takes, in commits of 10,000 rows; making the rows is not counted."""
    rows, seconds = _rows(usage), 0.0
    insert = _insert_sqlite if database().is_sqlite else _copy_postgres
    while part := list(islice(rows, AT_ONCE)):
        started = time.monotonic()
        insert(part)
        seconds += time.monotonic() - started
    return seconds


def _rows(usage: Usage) -> Iterator[tuple[Any, ...]]:
    text = (lambda at: f"{at:%Y-%m-%d %H:%M:%S.%f}") if database().is_sqlite else (lambda at: at)
    stored_at = text(START)
    for number in range(usage.events):
        yield (
            new_id(),
            "default",
            SOURCE,
            usage.id(number),
            TYPE,
            usage.customer(number),
            text(usage.time(number)),
            usage.data(number),
            stored_at,
            stored_at,
        )


def _insert_sqlite(rows: Sequence[tuple[Any, ...]]) -> None:
    statement = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    with database().engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")
        driver.executemany(statement, rows)
        driver.execute("COMMIT")


def _copy_postgres(rows: Sequence[tuple[Any, ...]]) -> None:
    with database().engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {TABLE} ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        driver.commit()
