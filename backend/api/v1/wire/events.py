"""How stored usage events travel in version 1."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from pydantic import Field, WithJsonSchema

from backend.api.wire import Instant, Wire
from backend.engine.period import truncate
from backend.errors import Invalid, Issue
from backend.ingest.models import UsageEvent
from backend.ingest.service import EventFilter
from backend.metering.service import InspectedEvent

REACH = timedelta(days=32)
"""How far back a listing goes (metering spec 4)."""

Data = Annotated[Any, WithJsonSchema({"type": "object", "additionalProperties": True})]


class EventQuery(Wire):
    """Which events are asked for; times are inclusive, `id` matches any part."""

    client_id: Annotated[str, Field(min_length=1, max_length=36)] | None = None
    ingested_at_from: Instant | None = None
    ingested_at_to: Instant | None = None
    id: str | None = None
    subject: str | None = None
    customer_id: list[str] = Field(default_factory=list)
    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100

    def from_wire(self, now: datetime) -> EventFilter:
        """As the service takes it; Invalid when it reaches back more than 32 days, or a time ends before it starts."""
        oldest = truncate(now - REACH)
        issues = []
        if self.from_ is not None and self.from_ < oldest:
            issues.append(Issue("from", "too_old", f"from must not lie more than {REACH.days} days in the past"))
        if self.from_ and self.to and self.to < self.from_:
            issues.append(Issue("to", "before_from", "to must not lie before from"))
        if self.ingested_at_from and self.ingested_at_to and self.ingested_at_to < self.ingested_at_from:
            issues.append(Issue("ingestedAtTo", "before_from", "ingestedAtTo must not lie before ingestedAtFrom"))
        if issues:
            raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
        return EventFilter(
            since=truncate(self.from_) if self.from_ else oldest,
            until=self.to,
            ingested_since=self.ingested_at_from,
            ingested_until=self.ingested_at_to,
            event_id=self.id,
            subject=self.subject,
        )


class EventOut(Wire):
    """A usage event as it was sent, with the time it was given."""

    id: str
    source: str
    specversion: str = "1.0"
    type: str
    subject: str
    time: datetime
    data: Data = None


class IngestedEventOut(Wire):
    """A stored event, whose it is, and why it does not count."""

    event: EventOut
    customer_id: str | None = None
    ingested_at: datetime
    stored_at: datetime
    validation_error: str | None = None


def event_to_wire(row: UsageEvent) -> EventOut:
    """A stored event as it was sent."""
    return EventOut(
        id=row.event_id,
        source=row.source,
        type=row.type,
        subject=row.subject,
        time=row.time,
        data=None if row.data is None else msgspec.Raw(row.data.encode()),
    )


def to_wire(inspected: InspectedEvent) -> IngestedEventOut:
    """An inspected event as it travels; several problems become one text."""
    row: UsageEvent = inspected.event
    return IngestedEventOut(
        event=event_to_wire(row),
        customer_id=inspected.customer_id,
        ingested_at=row.ingested_at,
        stored_at=row.stored_at,
        validation_error="; ".join(inspected.problems) or None,
    )
