"""A usage event as it was received: immutable, and counted once."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from backend.infra.columns import Instant


class UsageEvent(SQLModel, table=True):
    """Something a subject did at a time; `data` is the JSON text as it was sent.

    The unique key is permanent: it never depends on type, subject, time or data. Ids grow in the order of storing.
    """

    __tablename__ = "usage_event"
    __table_args__ = (
        UniqueConstraint("namespace", "source", "event_id", name="uq_usage_event"),
        Index("ix_usage_event_usage", "namespace", "type", "subject", "time"),
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
