"""What a meter would make of the events that are here already, before anybody creates it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backend.engine.meter.aggregate import aggregate
from backend.engine.meter.definition import MeterDefinition
from backend.engine.meter.extract import BadValue, Measured
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import EARLIEST
from backend.ingest.models import UsageEvent
from backend.ingest.service import EventFilter
from backend.metering.measure import measuring
from backend.metering.service.meters import MeterInput, check_meter

TOO_EARLY = "invalid event: it happened before the meter begins to count"


@dataclass(frozen=True, slots=True)
class MeterPreview:
    """The newest events of the type, each with what it counts for or why it does not; and what they come to."""

    value: Decimal | None
    tried: tuple[tuple[UsageEvent, Measured | BadValue], ...]

    @property
    def counted(self) -> int:
        """How many of the events count."""
        return sum(isinstance(result, Measured) for _, result in self.tried)

    @property
    def problems(self) -> Mapping[str, int]:
        """Reason → how many events it keeps from counting."""
        return Counter(result.reason for _, result in self.tried if isinstance(result, BadValue))


def preview_meter(ctx: Context, wanted: MeterInput, limit: int = 200) -> MeterPreview:
    """Try a meter on the newest events of its type; nothing is written. Invalid when it could not be created."""
    check_meter(wanted)
    events = ingest.list_events(ctx, EventFilter(since=EARLIEST, type=wanted.event_type), limit)
    definition = MeterDefinition(wanted.aggregation, wanted.event_type, wanted.value_property, dict(wanted.group_by))
    measure = measuring(definition)
    tried = tuple(
        (event, BadValue(TOO_EARLY, {}) if _is_before(event.time, wanted.event_from) else measure(event.data))
        for event in events
    )
    values = [(event.time, result.value) for event, result in reversed(tried) if isinstance(result, Measured)]
    return MeterPreview(aggregate(definition.aggregation, values), tried)


def _is_before(time: datetime, start: datetime | None) -> bool:
    return start is not None and time < start
