"""A meter says which events count, what is measured in them, and by what it can be broken down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Aggregation(StrEnum):
    """How the values of many events become one number (metering spec 3)."""

    SUM = "SUM"
    COUNT = "COUNT"
    UNIQUE_COUNT = "UNIQUE_COUNT"
    AVG = "AVG"
    MIN = "MIN"
    MAX = "MAX"
    LATEST = "LATEST"


@dataclass(frozen=True, slots=True)
class MeterDefinition:
    """The part of a meter that decides what an event is worth; paths are JSONPath into the event's data.

    COUNT has no value property; every other aggregation has one. `group_by` maps a dimension to its path.
    """

    aggregation: Aggregation
    event_type: str
    value_property: str | None = None
    group_by: Mapping[str, str] = field(default_factory=dict)
