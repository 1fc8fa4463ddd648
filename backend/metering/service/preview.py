"""What a meter would make of the events that are here already, before anybody creates it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from backend.engine.meter.aggregate import aggregate
from backend.engine.meter.definition import MeterDefinition
from backend.engine.meter.extract import BadValue
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import EARLIEST
from backend.ingest.models import UsageEvent
from backend.ingest.service import EventFilter
from backend.metering.measure import measuring
from backend.metering.service.meters import MeterInput, check_meter


@dataclass(frozen=True, slots=True)
class MeterPreview:
    """The newest events of the type: how many, how many of them count, what they come to, why the others do not.

    `groups` are the dimensions of the newest event that counts; `newest` is the newest event of all.
    """

    events: int
    counted: int
    value: Decimal | None
    groups: Mapping[str, str]
    problems: Mapping[str, int]
    newest: UsageEvent | None


def preview_meter(ctx: Context, wanted: MeterInput, limit: int = 200) -> MeterPreview:
    """Try a meter on the newest events of its type; nothing is written. Invalid when it could not be created."""
    check_meter(wanted)
    events = ingest.list_events(ctx, EventFilter(since=EARLIEST, type=wanted.event_type), limit)
    definition = MeterDefinition(wanted.aggregation, wanted.event_type, wanted.value_property, dict(wanted.group_by))
    measure = measuring(definition)
    results = [(event.time, measure(event.data)) for event in events]
    values = [(time, result) for time, result in results if not isinstance(result, BadValue)]
    return MeterPreview(
        events=len(events),
        counted=len(values),
        value=aggregate(definition.aggregation, [(time, result.value) for time, result in reversed(values)]),
        groups=values[0][1].groups if values else {},
        problems=Counter(result.reason for _, result in results if isinstance(result, BadValue)),
        newest=events[0] if events else None,
    )
