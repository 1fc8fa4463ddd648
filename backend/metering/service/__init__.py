"""What can be done with meters."""

from backend.metering.repository import MeterOrder
from backend.metering.rollup import fill as fill_rollup
from backend.metering.rollup import is_filling as is_filling_rollups
from backend.metering.rollup import is_sweeping as is_sweeping_rollups
from backend.metering.rollup import sweep as sweep_rollup
from backend.metering.service.evidence import CountedEvent, LateEvents, counted_events, late_events
from backend.metering.service.inspect import (
    MOST_INSPECTED,
    ExplainedEvent,
    InspectedEvent,
    Uncounted,
    explain_event,
    find_events,
    inspect,
    list_events,
    list_uncounted,
    unmatched_subjects,
)
from backend.metering.service.meters import (
    RESERVED_DIMENSIONS,
    MeterChange,
    MeterInput,
    create_meter,
    delete_meter,
    get_meter,
    list_meters,
    meters_by_id,
    subjects_of,
    update_meter,
)
from backend.metering.service.preview import MeterPreview, preview_meter
from backend.metering.service.query import UsageQuery, UsageRow, group_values, query, usage, usage_by_window
from backend.metering.service.reading import Reading

__all__ = [
    "MOST_INSPECTED",
    "RESERVED_DIMENSIONS",
    "CountedEvent",
    "ExplainedEvent",
    "InspectedEvent",
    "LateEvents",
    "MeterChange",
    "MeterInput",
    "MeterOrder",
    "MeterPreview",
    "Reading",
    "Uncounted",
    "UsageQuery",
    "UsageRow",
    "counted_events",
    "create_meter",
    "delete_meter",
    "explain_event",
    "fill_rollup",
    "find_events",
    "get_meter",
    "group_values",
    "inspect",
    "is_filling_rollups",
    "is_sweeping_rollups",
    "late_events",
    "list_events",
    "list_meters",
    "list_uncounted",
    "meters_by_id",
    "preview_meter",
    "query",
    "subjects_of",
    "sweep_rollup",
    "unmatched_subjects",
    "update_meter",
    "usage",
    "usage_by_window",
]
