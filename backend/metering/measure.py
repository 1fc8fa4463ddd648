"""What one stored event is worth to a meter."""

from collections.abc import Callable

from backend.engine.meter.definition import MeterDefinition
from backend.engine.meter.extract import NO_DATA, BadValue, Measured, extract
from backend.ingest.cloudevents import Data, parse_data
from backend.metering.jsonpath import compiled

Measure = Callable[[str | None], Measured | BadValue]
Worth = Callable[[Data | None], Measured | BadValue]


def measuring(definition: MeterDefinition) -> Measure:
    """A function that measures the data of one event after another, given as text (metering spec 3.1)."""
    worth, reading = worth_to(definition), bool(_paths(definition))
    return lambda data: worth(parse_data(data) if reading and data is not None else None)


def worth_to(definition: MeterDefinition) -> Worth:
    """A function that measures the data of one event after another, read already."""
    finders = {path: compiled(path) for path in _paths(definition)}
    without_data = extract(definition, lambda _: NO_DATA)

    def worth(data: Data | None) -> Measured | BadValue:
        if data is None or not finders:
            return without_data
        return extract(definition, lambda path: finders[path](data))

    return worth


def _paths(definition: MeterDefinition) -> set[str]:
    paths = set(definition.group_by.values())
    return paths if definition.value_property is None else paths | {definition.value_property}
