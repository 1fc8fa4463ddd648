"""What stored events are worth to a meter."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from backend.engine.meter.aggregate import Value
from backend.engine.meter.definition import MeterDefinition
from backend.engine.meter.extract import NO_DATA, BadValue, Measured, extract, texts_of, values_of
from backend.ingest.cloudevents import Data, parse_data
from backend.ingest.service import StoredUsage
from backend.metering.jsonpath import compiled

Measure = Callable[[str | None], Measured | BadValue]

_NOTHING: Data = {}
"""Without data an event is worth what it is worth with data that has nothing in it."""


def measuring(definition: MeterDefinition) -> Measure:
    """A function that measures the data of one event after another, given as text (metering spec 3.1)."""
    finders = {path: compiled(path) for path in _paths(definition)}
    without_data = extract(definition, lambda _: NO_DATA)

    def measure(data: str | None) -> Measured | BadValue:
        if data is None or not finders:
            return without_data
        read = parse_data(data)
        return extract(definition, lambda path: finders[path](read))

    return measure


class EventColumns:
    """Events of one type side by side, for any number of meters: what they have in common is read once."""

    def __init__(self, events: Sequence[StoredUsage]) -> None:
        self.events = events
        self.subjects = [event.subject for event in events]
        self.times = [event.time for event in events]
        self.days = _days(self.times)
        self._data = [event.data or _NOTHING for event in events]
        self._found: dict[str, Sequence[object]] = {}

    def at(self, path: str) -> Sequence[object]:
        """What stands at a path in the data of each event."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = list(map(compiled(path), self._data))
        return found

    def values(self, definition: MeterDefinition) -> Sequence[Value | None]:
        """What each event is worth to a meter; None when it does not count."""
        return values_of(definition, self.at, len(self.events))

    def texts(self, definition: MeterDefinition) -> list[Sequence[str]]:
        """A column for each dimension of a meter, in the order of their names."""
        return [texts_of(self.at(path)) for _, path in sorted(definition.group_by.items())]


def _days(times: Sequence[datetime]) -> Sequence[date]:
    """The days of UTC on which these times lie; few different ones, each made once."""
    numbers = list(map(datetime.toordinal, times))
    days = {number: date.fromordinal(number) for number in set(numbers)}
    return [days[number] for number in numbers]


def _paths(definition: MeterDefinition) -> set[str]:
    paths = set(definition.group_by.values())
    return paths if definition.value_property is None else paths | {definition.value_property}
