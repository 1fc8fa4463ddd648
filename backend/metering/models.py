"""A meter: which usage events count, and what is measured in them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field, SQLModel

from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.infra.columns import Document, Exact, Instant
from backend.infra.rows import Deletable, Row

LIVING = text("deleted_at IS NULL")


class Meter(Row, Deletable, table=True):
    """`slug` names it among the living; aggregation, event type, value and start never change once created."""

    __tablename__ = "meter"
    __table_args__ = (
        Index("uq_meter_slug", "namespace", "slug", unique=True, sqlite_where=LIVING, postgresql_where=LIVING),
        Index("ix_meter_event_type", "namespace", "event_type"),
    )

    slug: str = Field(max_length=64)
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] | None = Field(default=None, sa_type=Document)
    aggregation: str = Field(max_length=16)
    event_type: str = Field(max_length=1024)
    event_from: datetime | None = Field(default=None, sa_type=Instant)
    value_property: str | None = Field(default=None, max_length=1024)
    group_by: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    rollup: str | None = Field(default=None, max_length=26)
    """Which rollup holds its days; another one after each change of the dimensions, none without one."""

    fill_after: str | None = Field(default=None, max_length=26)
    fill_until: str | None = Field(default=None, max_length=26)
    """The rollup still lacks the events that were stored under ids behind the one and up to the other; None: it is
    complete."""

    @property
    def definition(self) -> MeterDefinition:
        """The part that decides what an event is worth."""
        return MeterDefinition(Aggregation(self.aggregation), self.event_type, self.value_property, dict(self.group_by))


class UsageDay(SQLModel, table=True):
    """What a meter counted for one subject on one day of UTC in one combination of its dimensions.

    `groups` are the dimensions' texts in the order of their names, as JSON; `groups_key` is that or a hash of it.
    `value` is the sum, the least, the greatest or the latest value, as the meter aggregates. A unique count has a row
    for each different text, which stands behind the dimensions. `last_id` is the id of the latest event, for LATEST.

    On SQLite rows lie by day before subject (ADR 0025): what subjects use now stands on few pages, not on one for each.
    """

    __tablename__ = "usage_day"
    __table_args__ = {"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": 50}}

    namespace: str = Field(primary_key=True, max_length=64)
    rollup: str = Field(primary_key=True, max_length=26)
    subject: str = Field(primary_key=True, max_length=1024)
    day: date = Field(primary_key=True)
    groups_key: str = Field(primary_key=True, max_length=64)
    groups: str = Field(sa_type=Text)
    events: int = Field(sa_type=BigInteger)
    value: Decimal = Field(sa_type=Exact)
    first_at: datetime = Field(sa_type=Instant)
    last_at: datetime = Field(sa_type=Instant)
    last_id: str = Field(default="", max_length=26, sa_column_kwargs={"server_default": ""})


class EndedRollup(SQLModel, table=True):
    """A rollup that no meter has any more; its days are removed little by little, then this row is too."""

    __tablename__ = "ended_rollup"

    namespace: str = Field(primary_key=True, max_length=64)
    rollup: str = Field(primary_key=True, max_length=26)
    ended_at: datetime = Field(sa_type=Instant)
