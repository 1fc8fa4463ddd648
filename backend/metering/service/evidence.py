"""The raw events behind a quantity, each with what it was worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

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
MOMENT = timedelta(microseconds=1)
MOST_LATE = 1000
"""So many late events are counted; whether there are more is told instead of their number."""


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event and its value to the meter; for UNIQUE_COUNT the text that is told apart."""

    event: UsageEvent
    value: Decimal | str


@dataclass(frozen=True, slots=True)
class LateEvents:
    """How many events of a period came after it was counted, and when the first and the last of them happened."""

    count: int
    first_at: datetime
    last_at: datetime
    is_all: bool


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
    reach = _reach(meter, subjects, period)
    return list(islice(_counted(ctx, meter, reach, group_filters or {}), offset, offset + limit))


def late_events(
    ctx: Context,
    meter: Meter,
    subjects: Sequence[str],
    period: Period,
    stored: Period,
    group_filters: Mapping[str, Wanted] | None = None,
) -> LateEvents | None:
    """The events of a period that were stored after `stored` began, up to its end; None without any."""
    reach = replace(_reach(meter, subjects, period), ingested_since=stored.start + MOMENT, ingested_until=stored.end)
    times = [found.event.time for found in islice(_counted(ctx, meter, reach, group_filters or {}), MOST_LATE)]
    return LateEvents(len(times), min(times), max(times), is_all=len(times) < MOST_LATE) if times else None


def _reach(meter: Meter, subjects: Sequence[str], period: Period) -> EventFilter:
    """The events that a meter may count in a period."""
    start = truncate(period.start)
    if meter.event_from is not None:
        start = max(start, truncate(meter.event_from))
    return EventFilter(start, truncate(period.end) - RESOLUTION, type=meter.event_type, subjects=subjects)


def _counted(
    ctx: Context, meter: Meter, reach: EventFilter, group_filters: Mapping[str, Wanted]
) -> Iterator[CountedEvent]:
    """The events that count, the newest first."""
    measure, filters = measuring(meter.definition), narrowing(group_filters)
    read = 0
    while events := ingest.list_events(ctx, reach, AT_ONCE, read):
        read += len(events)
        for event in events:
            measured = measure(event.data)
            if isinstance(measured, BadValue):
                continue
            if all(matches(wanted, measured.groups[name]) for name, wanted in filters.items()):
                yield CountedEvent(event, measured.value)
