"""Many measured events become one number: one small accumulator per aggregation, all in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from backend.engine.exact import EXACT, ZERO, quotient
from backend.engine.meter.definition import Aggregation

Value = Decimal | str


class Accumulator(Protocol):
    """Takes events one by one, in the order they were stored, and can say the result at any time."""

    def add(self, time: datetime, value: Value, events: int = 1) -> None:
        """Count one event in, or several together that came to this value."""

    def result(self) -> Decimal | None:
        """The number so far; None when nothing with a value was seen."""


@dataclass(slots=True)
class Sum:
    """The exact decimal sum."""

    total: Decimal | None = None

    def add(self, time: datetime, value: Value, events: int = 1) -> None:
        self.total = EXACT.add(self.total or ZERO, Decimal(value))

    def result(self) -> Decimal | None:
        return self.total


@dataclass(slots=True)
class Count:
    """The number of events; none is 0."""

    events: int = 0

    def add(self, time: datetime, value: Value, events: int = 1) -> None:
        self.events += events

    def result(self) -> Decimal:
        return Decimal(self.events)


@dataclass(slots=True)
class UniqueCount:
    """The number of different texts; none is 0."""

    seen: set[str] = field(default_factory=set)

    def add(self, time: datetime, value: Value, events: int = 1) -> None:
        self.seen.add(str(value))

    def result(self) -> Decimal:
        return Decimal(len(self.seen))


@dataclass(slots=True)
class Average:
    """The exact sum divided by the number of events."""

    total: Sum = field(default_factory=Sum)
    count: Count = field(default_factory=Count)

    def add(self, time: datetime, value: Value, events: int = 1) -> None:
        self.total.add(time, value)
        self.count.add(time, value, events)

    def result(self) -> Decimal | None:
        return None if self.total.total is None else quotient(self.total.total, self.count.result())


@dataclass(slots=True)
class Extreme:
    """The value that wins every comparison: the least or the greatest."""

    wins: Callable[[Decimal, Decimal], bool]
    best: Decimal | None = None

    def add(self, time: datetime, value: Value, events: int = 1) -> None:
        number = Decimal(value)
        if self.best is None or self.wins(number, self.best):
            self.best = number

    def result(self) -> Decimal | None:
        return self.best


@dataclass(slots=True)
class Latest:
    """The value of the newest event; of two at the same time, the one stored last."""

    time: datetime | None = None
    value: Decimal | None = None

    def add(self, time: datetime, value: Value, events: int = 1) -> None:
        if self.time is None or time >= self.time:
            self.time, self.value = time, Decimal(value)

    def result(self) -> Decimal | None:
        return self.value


AGGREGATORS: dict[Aggregation, Callable[[], Accumulator]] = {
    Aggregation.SUM: Sum,
    Aggregation.COUNT: Count,
    Aggregation.UNIQUE_COUNT: UniqueCount,
    Aggregation.AVG: Average,
    Aggregation.MIN: lambda: Extreme(Decimal.__lt__),
    Aggregation.MAX: lambda: Extreme(Decimal.__gt__),
    Aggregation.LATEST: Latest,
}


ROLLED_UP: dict[Aggregation, Callable[[Decimal, Decimal], Decimal]] = {
    Aggregation.SUM: EXACT.add,
    Aggregation.COUNT: EXACT.add,
    Aggregation.AVG: EXACT.add,
    Aggregation.MIN: min,
    Aggregation.MAX: max,
    Aggregation.UNIQUE_COUNT: lambda held, _: held,
    Aggregation.LATEST: lambda _, added: added,
}
"""How the values of two parts of the events become one, the later part second.

UNIQUE_COUNT is kept apart by text, so its value is always 1. A part of LATEST is later by the time of its newest event
and, at the same time, by the order of storing.
"""


def aggregate(aggregation: Aggregation, events: Iterable[tuple[datetime, Value]]) -> Decimal | None:
    """The one number of many (time, value) pairs: without events 0 for counts, None for the rest (metering spec 3)."""
    accumulator = AGGREGATORS[aggregation]()
    for time, value in events:
        accumulator.add(time, value)
    return accumulator.result()
