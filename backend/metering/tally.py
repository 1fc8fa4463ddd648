"""Counts measured events into their groups: one running number per window, subject, customer and dimensions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple

from backend.engine.meter.aggregate import Accumulator, Value
from backend.engine.meter.window import WindowSize, window_of
from backend.engine.period import Period


class Key(NamedTuple):
    """What one row of usage is about; None where usage is not broken down."""

    window: Period | None
    subject: str | None
    customer_id: str | None
    groups: tuple[str, ...]


class Counted(NamedTuple):
    """One event, or several that were counted together before: the times of the first and last, and their value."""

    first: datetime
    last: datetime
    value: Value
    events: int = 1


@dataclass(slots=True)
class _Running:
    accumulator: Accumulator
    first: datetime
    last: datetime


class Tally:
    """Takes events in any order that the aggregation can bear."""

    def __init__(self, start: Callable[[], Accumulator], size: WindowSize | None, zone: tzinfo) -> None:
        self._start, self._size, self._zone = start, size, zone
        self._running: dict[Key, _Running] = {}
        self._window: Period | None = None

    def add(self, subject: str | None, customer_id: str | None, groups: tuple[str, ...], counted: Counted) -> None:
        """Count one event, or several of one window, into their group."""
        first, last, value, events = counted
        if self._size is not None and (self._window is None or first not in self._window):
            self._window = window_of(first, self._size, self._zone)
        key = Key(self._window, subject, customer_id, groups)
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = _Running(self._start(), first, last)
        running.accumulator.add(last, value, events)
        running.first = min(running.first, first)
        running.last = max(running.last, last)

    def results(self) -> Iterator[tuple[Key, Decimal]]:
        """The groups and their numbers, in no special order."""
        for key, running in self._running.items():
            value = running.accumulator.result()
            if value is not None:
                yield key, value

    def span(self, key: Key) -> tuple[datetime, datetime]:
        """The times of a group's first and last event."""
        running = self._running[key]
        return running.first, running.last
