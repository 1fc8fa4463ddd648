"""Meters in words, and what an event that one of them counts looks like."""

import json
import re
from collections.abc import Mapping
from typing import Any

from backend.engine.meter.definition import Aggregation

SUMMED = "Sum of {}"
MEASURES = {
    Aggregation.SUM: SUMMED,
    Aggregation.COUNT: "Number of events",
    Aggregation.UNIQUE_COUNT: "Different values of {}",
    Aggregation.AVG: "Average of {}",
    Aggregation.MIN: "Least {}",
    Aggregation.MAX: "Greatest {}",
    Aggregation.LATEST: "Latest {}",
}
AGGREGATIONS = [
    (Aggregation.SUM.value, "Sum: add up a value"),
    (Aggregation.COUNT.value, "Count: one for each event"),
    (Aggregation.UNIQUE_COUNT.value, "Unique count: different values"),
    (Aggregation.MAX.value, "Maximum: the greatest value"),
    (Aggregation.MIN.value, "Minimum: the least value"),
    (Aggregation.AVG.value, "Average of a value"),
    (Aggregation.LATEST.value, "Latest: the newest value"),
]
_PLAIN_PATH = re.compile(r"\$(\.[A-Za-z_][A-Za-z0-9_]*)+")


def measure_in_words(aggregation: str, value_property: str | None) -> str:
    """`Sum of tokens`, `Number of events`."""
    return MEASURES[Aggregation(aggregation)].format((value_property or "").removeprefix("$."))


def sample_event(aggregation: str, event_type: str, value_property: str | None, group_by: Mapping[str, str]) -> str:
    """An event that the meter counts, as JSON to send; paths that are no plain names are left to the reader."""
    data: dict[str, Any] = {}
    for name, path in group_by.items():
        _put(data, path, f"{name}-1")
    if value_property:
        _put(data, value_property, "user-1" if aggregation == Aggregation.UNIQUE_COUNT else 10)
    event = {
        "specversion": "1.0",
        "id": "a-unique-id",
        "source": "my-service",
        "type": event_type or "my.event",
        "subject": "customer-key",
        "data": data,
    }
    return json.dumps(event if data else {**event, "data": {}}, indent=2)


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    if not _PLAIN_PATH.fullmatch(path):
        return
    *outer, last = path.removeprefix("$.").split(".")
    for name in outer:
        inner = data.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        data = inner
    data[last] = value
