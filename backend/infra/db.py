"""The one database of this process: SQLite in a file or PostgreSQL, set up to behave alike."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlmodel import Session

from backend.engine.filter import ilike, like
from backend.infra.settings import settings

BUSY_TIMEOUT_MS = 30_000
WAIT_SECONDS = 60
CHECKPOINT_PAGES = 16_000
"""How much waits beside the file, 64 MB, before it is written into it: a page that changes often is written once."""

ONLY_ON = "only_on"
"""What the `info` of an index is asked for that only one kind of database has."""


@dataclass(frozen=True, slots=True)
class Database:
    """An engine and what its dialect needs to keep transactions honest.

    SQLite can have one writer at a time. It writes through one connection that nobody else uses, so that what this
    connection remembers of the file stays true, and whoever wants to write waits for it in turn. The others can only
    read.
    """

    engine: Engine
    writer: Engine

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def session(self, *, writing: bool) -> Session:
        """A session whose transaction may write, or may only read; all that it reads then stood there at one moment."""
        bind = self.writer if writing else self.engine
        if not writing and not self.is_sqlite:
            bind = bind.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
        return Session(bind, expire_on_commit=False, autoflush=True)

    def close(self) -> None:
        """Let go of every connection that is not in use."""
        self.engine.dispose()
        self.writer.dispose()


def connect(url: str) -> Database:
    """Open a database by its address; the folder of a SQLite file is made when it is missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)
        return Database(engine, engine)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    return Database(_sqlite(url, connections=40, writing=False), _sqlite(url, connections=1, writing=True))


def is_on(dialect: str, thing: Any) -> bool:
    """Whether a table, column or index of the models is to be in databases of this kind."""
    return bool(thing.info.get(ONLY_ON, dialect) == dialect)


def _sqlite(url: str, *, connections: int, writing: bool) -> Engine:
    """An engine with so many connections; the one that was used last knows most and is used next."""
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=connections,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    if not writing:
        event.listen(engine, "connect", _only_read)
    event.listen(engine, "begin", _begin_to_write if writing else _begin_to_read)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Readers never block (WAL), a commit is on disk before it returns, foreign keys hold."""
    connection.isolation_level = None
    cursor = connection.cursor()
    connection.create_function("text_like", 2, like, deterministic=True)
    connection.create_function("text_ilike", 2, ilike, deterministic=True)
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _only_read(connection: Any, _record: Any) -> None:
    """Said once: said for each transaction, it would make the connection forget every statement it has prepared."""
    connection.execute("PRAGMA query_only=ON")


def _begin_to_read(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Any) -> None:
    """Take the write lock at once: a read that turns into a write could not wait for it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


_current: Database | None = None


def database() -> Database:
    """The database of this process, opened at first use."""
    global _current  # noqa: PLW0603 - one process has one database; tests put theirs in its place
    if _current is None:
        _current = connect(settings().database_url)
    return _current


def use(replacement: Database | None) -> None:
    """Make another database the one of this process; None closes it."""
    global _current  # noqa: PLW0603 - see above
    if _current is not None and _current is not replacement:
        _current.close()
    _current = replacement
