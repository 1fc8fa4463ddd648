"""The columns that every table of the domain has, filled from the unit of work and never by hand."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import event
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Field, SQLModel

from backend.infra.columns import Instant, new_id

CONTEXT_KEY = "context"
"""Where a session keeps the unit of work it belongs to."""


class Row(SQLModel):
    """An identified row of one namespace, stamped with the instant of the unit of work that wrote it.

    The namespace has no index of its own: SQLite, which knows nothing of how many rows a namespace has, would rather
    read all of them than look up a few ids. Indexes of tables begin with it where a namespace's rows are listed.
    """

    audited: ClassVar[bool] = True

    id: str = Field(default_factory=new_id, primary_key=True, max_length=26)
    namespace: str = Field(default="", max_length=64)
    created_at: datetime | None = Field(default=None, sa_type=Instant, nullable=False)
    updated_at: datetime | None = Field(default=None, sa_type=Instant, nullable=False)


class Deletable(SQLModel):
    """A row that is marked as deleted instead of being removed; unique keys hold among the living."""

    deleted_at: datetime | None = Field(default=None, sa_type=Instant)


@event.listens_for(OrmSession, "before_flush")
def _stamp(session: OrmSession, _flush: Any, _instances: Any) -> None:
    """Give new and changed rows the namespace and the instant of their unit of work."""
    context = session.info.get(CONTEXT_KEY)
    if context is None:
        return
    for row in session.new:
        if isinstance(row, Row):
            row.namespace = row.namespace or context.namespace
            row.created_at = row.created_at or context.now
            row.updated_at = row.updated_at or context.now
    for row in session.dirty:
        if isinstance(row, Row) and session.is_modified(row):
            row.updated_at = context.now
