"""A meter: which usage events count, and what is measured in them."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.infra.columns import Document, Instant
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

    @property
    def definition(self) -> MeterDefinition:
        """The part that decides what an event is worth."""
        return MeterDefinition(Aggregation(self.aggregation), self.event_type, self.value_property, dict(self.group_by))
