"""What one stored event is worth to a meter."""

from collections.abc import Callable

from backend.engine.meter.definition import MeterDefinition
from backend.engine.meter.extract import NO_DATA, BadValue, Measured, extract
from backend.ingest.cloudevents import parse_data
from backend.metering.jsonpath import compiled

Measure = Callable[[str | None], Measured | BadValue]


def measuring(definition: MeterDefinition) -> Measure:
    """A function that measures the data of one event after another (metering spec 3.1)."""
    paths = set(definition.group_by.values())
    if definition.value_property is not None:
        paths.add(definition.value_property)
    finders = {path: compiled(path) for path in paths}
    without_data = extract(definition, lambda _: NO_DATA)

    def measure(data: str | None) -> Measured | BadValue:
        if data is None or not finders:
            return without_data
        parsed = parse_data(data)
        return extract(definition, lambda path: finders[path](parsed))

    return measure
