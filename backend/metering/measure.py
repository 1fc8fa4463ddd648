"""What one stored event is worth to a meter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend.engine.meter.definition import MeterDefinition
from backend.engine.meter.extract import NO_DATA, BadValue, Measured, extract
from backend.ingest.cloudevents import parse_data
from backend.metering.jsonpath import compiled

Measure = Callable[[str | None], Measured | BadValue]


def measuring(definition: MeterDefinition) -> Measure:
    """A function that measures the data of one event after another (metering spec 3.1)."""
    together = measuring_together([definition])
    return lambda data: together(data)[0]


def measuring_together(definitions: Sequence[MeterDefinition]) -> Callable[[str | None], list[Measured | BadValue]]:
    """A function that says what the data of one event is worth to each of several meters, reading it once."""
    worths = [_worth(definition) for definition in definitions]
    reading = any(_paths(definition) for definition in definitions)

    def measure(data: str | None) -> list[Measured | BadValue]:
        parsed = parse_data(data) if reading and data is not None else None
        return [worth(parsed) for worth in worths]

    return measure


def _worth(definition: MeterDefinition) -> Callable[[Mapping[str, Any] | None], Measured | BadValue]:
    finders = {path: compiled(path) for path in _paths(definition)}
    without_data = extract(definition, lambda _: NO_DATA)

    def worth(data: Mapping[str, Any] | None) -> Measured | BadValue:
        if data is None or not finders:
            return without_data
        return extract(definition, lambda path: finders[path](data))

    return worth


def _paths(definition: MeterDefinition) -> set[str]:
    paths = set(definition.group_by.values())
    return paths if definition.value_property is None else paths | {definition.value_property}
