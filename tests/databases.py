"""Fresh databases for tests: migrated once, then copied, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import Connection, sql
from sqlalchemy import make_url
from sqlmodel import SQLModel

from backend.infra import db, migrations
from backend.infra.columns import new_id


def migrate(url: str) -> None:
    """Bring a database to head, and let go of it."""
    database = db.connect(url)
    migrations.upgrade(database)
    database.close()


class SqliteDatabases:
    """Copies of one migrated file; an address that a test is done with is given to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.db"
        migrate(f"sqlite:///{self.template}")
        self.idle: list[Path] = []

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a migrated, empty database that lives as long as the block."""
        path = self.idle.pop() if self.idle else self.folder / f"{new_id()}.db"
        shutil.copy(self.template, path)
        yield f"sqlite:///{path}"
        for left in self.folder.glob(f"{path.name}*"):
            left.unlink()
        self.idle.append(path)


class PostgresDatabases:
    """Databases made from one migrated template; one that a test leaves as it was is emptied and used again."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.template = f"meterline_template_{new_id().lower()}"
        self._run("CREATE DATABASE {}", self.template)
        migrate(self.url(self.template))
        with psycopg.connect(self.plain_url(self.template)) as connection:
            self.shape = _shape(connection)
        self.tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
        self.idle: list[str] = []
        self.cleaners: dict[str, Connection] = {}

    def url(self, name: str) -> str:
        return make_url(self.server).set(drivername="postgresql+psycopg", database=name).render_as_string(False)

    def plain_url(self, name: str) -> str:
        return make_url(self.server).set(drivername="postgresql", database=name).render_as_string(False)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a migrated, empty database that lives as long as the block."""
        name = self.idle.pop() if self.idle else self._create()
        yield self.url(name)
        if self._emptied(name):
            self.idle.append(name)
        else:
            self._drop(name)

    def _emptied(self, name: str) -> bool:
        """Remove every row; False when the test changed more than rows.

        Each database keeps a connection for this: a new one would take most of the time to learn the tables.
        """
        if name not in self.cleaners:
            self.cleaners[name] = psycopg.connect(self.plain_url(name), autocommit=True)
        connection = self.cleaners[name]
        with connection.transaction():
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if _shape(connection) != self.shape:
                return False
            for table in self._filled(connection):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        return True

    def _filled(self, connection: Connection) -> list[str]:
        """The tables with rows, those that refer to others first."""
        has_rows = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(table), sql.Identifier(table))
            for table in self.tables
        )
        found = {row[0] for row in connection.execute(has_rows)}
        return [table for table in self.tables if table in found]

    def _drop(self, name: str) -> None:
        if name in self.cleaners:
            self.cleaners.pop(name).close()
        self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _create(self) -> str:
        name = f"meterline_test_{new_id().lower()}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, self.template)
        return name

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def close(self) -> None:
        """Remove what was made; a server that was given to us stays as it was."""
        for name in [*self.idle, self.template]:
            self._drop(name)


def _shape(connection: Connection) -> list[tuple[object, ...]]:
    """The tables and columns of a database, and the version it says it has."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2"
    ).fetchall()
    return [*columns, *connection.execute("SELECT version_num FROM alembic_version").fetchall()]
