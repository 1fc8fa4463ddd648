"""Run migrations against the database of the settings, or the connection that a caller hands over."""

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

import backend.tables  # noqa: F401 - registers every table
from backend.infra.columns import Document, Exact, Instant
from backend.infra.db import database, is_on


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | bool:
    """Write our own column types into migrations as what they are on each database."""
    if kind == "type" and isinstance(item, Document | Exact | Instant):
        autogen.imports.add("from backend.infra.columns import Document, Exact, Instant")
        return f"{type(item).__name__}()"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=lambda thing, *_: is_on(connection.dialect.name, thing),
        render_item=render_item,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    with database().writer.begin() as own:
        run(own)
