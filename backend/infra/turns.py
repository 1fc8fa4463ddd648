"""Taking turns: work of which only one may be under way at a time, in this process and in every other."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from backend.infra.db import database

_LOCKS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def turn(name: str, *, wait: bool = True) -> Iterator[bool]:
    """Hold the turn of this name while the block runs; says whether it is ours, which it always is after waiting.

    A process that dies gives its turn back. A SQLite file has one process; on PostgreSQL an advisory lock tells all
    processes apart. Not for nesting: who holds a turn and asks for it again waits for ever.
    """
    lock = _LOCKS[name]
    if not lock.acquire(blocking=wait):
        yield False
        return
    try:
        with _turn_among_processes(name, wait=wait) as is_ours:
            yield is_ours
    finally:
        lock.release()


@contextmanager
def _turn_among_processes(name: str, *, wait: bool) -> Iterator[bool]:
    if database().is_sqlite:
        yield True
        return
    engine = database().engine.execution_options(isolation_level="AUTOCOMMIT")
    key = {"name": f"meterline:{name}"}
    take = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    with engine.connect() as connection:
        taken = connection.execute(text(f"SELECT {take}(hashtextextended(:name, 0))"), key).scalar()
        if taken is False:
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), key)
