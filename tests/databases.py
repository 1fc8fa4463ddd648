"""Fresh databases for tests: migrated once, then copied, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from backend.infra import db, migrations
from backend.infra.columns import new_id


def migrate(url: str) -> None:
    """Bring a database to head, and let go of it."""
    database = db.connect(url)
    migrations.upgrade(database)
    database.engine.dispose()


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.db"
        migrate(f"sqlite:///{self.template}")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a migrated, empty database that lives as long as the block."""
        path = self.folder / f"{new_id()}.db"
        shutil.copy(self.template, path)
        yield f"sqlite:///{path}"
        for left in self.folder.glob(f"{path.name}*"):
            left.unlink()


class PostgresDatabases:
    """Databases made from one migrated template."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.template = f"meterline_template_{new_id().lower()}"
        self._run("CREATE DATABASE {}", self.template)
        migrate(self.url(self.template))

    def url(self, name: str) -> str:
        address = make_url(self.server).set(drivername="postgresql+psycopg", database=name)
        return address.render_as_string(hide_password=False)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a migrated, empty database that lives as long as the block."""
        name = f"meterline_test_{new_id().lower()}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, self.template)
        yield self.url(name)
        self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def close(self) -> None:
        """Remove the template; a server that was given to us stays as it was."""
        self._run("DROP DATABASE {} WITH (FORCE)", self.template)
