"""The raw events behind a quantity, each with what it was worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.engine.filter import matches
from backend.engine.meter.extract import BadValue
from backend.engine.meter.narrowing import Wanted, narrowing
from backend.engine.period import RESOLUTION, Period, truncate
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.models import UsageEvent
from backend.ingest.service import EventFilter
from backend.metering.measure import measuring
from backend.metering.models import Meter

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event and its value to the meter; for UNIQUE_COUNT the text that is told apart."""

    event: UsageEvent
    value: Decimal | str


def counted_events(
    ctx: Context,
    meter: Meter,
    subjects: Sequence[str],
    period: Period,
    group_filters: Mapping[str, Wanted] | None = None,
    *,
    offset: int = 0,
    limit: int = 25,
) -> list[CountedEvent]:
    """The newest events that `usage` counts for the same question; what it leaves out is not here either."""
    measure, filters = measuring(meter.definition), narrowing(group_filters or {})
    start = truncate(period.start)
    if meter.event_from is not None:
        start = max(start, truncate(meter.event_from))
    reach = EventFilter(start, truncate(period.end) - RESOLUTION, type=meter.event_type, subjects=subjects)
    found: list[CountedEvent] = []
    read = 0
    while len(found) < offset + limit and (events := ingest.list_events(ctx, reach, AT_ONCE, read)):
        read += len(events)
        for event in events:
            measured = measure(event.data)
            if isinstance(measured, BadValue):
                continue
            if all(matches(wanted, measured.groups[name]) for name, wanted in filters.items()):
                found.append(CountedEvent(event, measured.value))
    return found[offset : offset + limit]
