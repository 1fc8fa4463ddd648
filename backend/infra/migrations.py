"""Bring the database to the version of this program, with Alembic."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from backend.infra.db import Database
from backend.infra.statistics import tell_sqlite

ROOT = Path(__file__).parents[2]


def _config() -> Config:
    return Config(str(ROOT / "alembic.ini"))


@lru_cache
def head() -> str | None:
    """The newest version that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def behind(database: Database) -> bool:
    """Whether the database still waits for migrations; raises SQLAlchemyError when it cannot be reached."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() != head()


def upgrade(database: Database) -> None:
    """Apply every missing migration in one transaction; SQLite is told what to expect of the tables."""
    config = _config()
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if database.is_sqlite:
            tell_sqlite(connection)
