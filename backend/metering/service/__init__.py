"""What can be done with meters."""

from backend.metering.repository import MeterOrder
from backend.metering.service.evidence import CountedEvent, counted_events
from backend.metering.service.inspect import InspectedEvent, inspect, list_events, unmatched_subjects
from backend.metering.service.meters import (
    MeterChange,
    MeterInput,
    create_meter,
    delete_meter,
    get_meter,
    list_meters,
    subjects_of,
    update_meter,
)
from backend.metering.service.preview import MeterPreview, preview_meter
from backend.metering.service.query import UsageQuery, UsageRow, query, usage, usage_by_window

__all__ = [
    "CountedEvent",
    "InspectedEvent",
    "MeterChange",
    "MeterInput",
    "MeterOrder",
    "MeterPreview",
    "UsageQuery",
    "UsageRow",
    "counted_events",
    "create_meter",
    "delete_meter",
    "get_meter",
    "inspect",
    "list_events",
    "list_meters",
    "preview_meter",
    "query",
    "subjects_of",
    "unmatched_subjects",
    "update_meter",
    "usage",
    "usage_by_window",
]
