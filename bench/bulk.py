"""The yardstick of storing: the same rows, with the same indexes, by nothing but the database's own bulk insert."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from backend.infra.columns import new_id
from backend.infra.db import database
from backend.ingest.keys import key_of
from backend.ingest.models import SettledKey, UsageEvent
from bench.usage import SOURCE, START, TYPE, Usage

AT_ONCE = 10_000
COLUMNS = ("id", "namespace", "source", "event_id", "type", "subject", "time", "data", "ingested_at", "stored_at")
TABLE, KEYS = UsageEvent.__tablename__, SettledKey.__tablename__
Rows = Sequence[tuple[Any, ...]]


def bulk_insert(usage: Usage) -> float:
    """How many seconds it takes, in commits of 10,000 rows; making the rows is not counted."""
    rows, seconds = _rows(usage), 0.0
    insert = _insert_sqlite if database().is_sqlite else _copy_postgres
    while part := list(islice(rows, AT_ONCE)):
        keys = [(key_of(row[1], row[2], row[3]),) for row in part]
        started = time.monotonic()
        insert(part, keys)
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


def _insert_sqlite(rows: Rows, keys: Rows) -> None:
    with database().writer.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")
        places = ", ".join("?" * len(COLUMNS))
        driver.executemany(f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({places})", rows)
        driver.executemany(f"INSERT INTO {KEYS} (key) VALUES (?)", keys)
        driver.execute("COMMIT")


def _copy_postgres(rows: Rows, keys: Rows) -> None:
    with database().writer.connect() as connection:
        driver: Any = connection.connection.driver_connection
        for columns, part in ((f"{TABLE} ({', '.join(COLUMNS)})", rows), (f"{KEYS} (key)", keys)):
            with driver.cursor() as cursor, cursor.copy(f"COPY {columns} FROM STDIN") as copy:
                for row in part:
                    copy.write_row(row)
        driver.commit()
