"""A usage event as it was received: immutable, and counted once."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, literal_column
from sqlmodel import Field, SQLModel

from backend.infra.columns import Instant
from backend.infra.db import ONLY_ON

KEY_BYTES = 16
"""How long a dedupe key is."""


def each_key(together: bytes) -> list[bytes]:
    """The dedupe keys that stand one behind the other."""
    return [together[place : place + KEY_BYTES] for place in range(0, len(together), KEY_BYTES)]


its_hour = literal_column("substr(time, 1, 13)", String)
"""The hour an event happened in, as SQLite writes it: 2026-01-31 12."""


class UsageEvent(SQLModel, table=True):
    """Something a subject did at a time; `data` is the JSON text as it was sent.

    What makes it count once is its key in one of the two tables below. Ids grow in the order of storing.

    The usage of a subject is found by its name first on PostgreSQL. SQLite writes whole pages, and would write one for
    nearly each event: there the hour comes first, and events of one hour lie together (ADR 0025).
    """

    __tablename__ = "usage_event"
    __table_args__ = (
        Index("ix_usage_event_usage", "namespace", "type", "subject", "time", info={ONLY_ON: "postgresql"}),
        Index("ix_usage_event_hour", "namespace", "type", its_hour, "subject", "time", info={ONLY_ON: "sqlite"}),
        Index("ix_usage_event_time", "namespace", "time", "id"),
    )

    id: str = Field(primary_key=True, max_length=26)
    namespace: str = Field(max_length=64)
    source: str = Field(max_length=1024)
    event_id: str = Field(max_length=1024)
    type: str = Field(max_length=1024)
    subject: str = Field(max_length=1024)
    time: datetime = Field(sa_type=Instant)
    data: str | None = Field(default=None, sa_type=Text)
    ingested_at: datetime = Field(sa_type=Instant)
    stored_at: datetime = Field(sa_type=Instant)


class RecentKeys(SQLModel, table=True):
    """The dedupe keys that one unit of work took not long ago, one behind the other; see recent_keys.py."""

    __tablename__ = "usage_event_key_recent"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    turn: int
    keys: bytes = Field(sa_type=LargeBinary)


class SettledKey(SQLModel, table=True):
    """The dedupe key of any other event. Permanent: it never depends on type, subject, time or data."""

    __tablename__ = "usage_event_key"
    __table_args__ = {"sqlite_with_rowid": False}

    key: bytes = Field(primary_key=True, sa_type=LargeBinary(KEY_BYTES))
