"""Usage periods of an entitlement: the quota starts anew at each boundary, and at each reset somebody makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from backend.engine.period import FOREVER, Period
from backend.engine.recurrence import Recurrence
from backend.errors import Invalid


@dataclass(frozen=True, slots=True)
class Start:
    """From this instant on, usage periods follow this recurrence."""

    at: datetime
    recurrence: Recurrence


@dataclass(frozen=True, slots=True)
class UsagePeriods:
    """The first start is where usage is measured from, each later one a manual reset; at least one, in order of time.

    Nothing runs at a boundary: balances derive the resets from here. Source: metering spec 8.
    """

    starts: tuple[Start, ...]

    def __post_init__(self) -> None:
        if not self.starts:
            raise Invalid("A usage period needs a start and an interval.")

    def at(self, instant: datetime) -> Period:
        """The usage period at an instant, cut at resets; before the first start, the first period."""
        for start, span in self._spans():
            if instant < span.end:
                return start.recurrence.period_at(max(instant, span.start)).intersect(span)
        raise Invalid("No usage period lasts that long.")

    def resets(self, period: Period) -> list[datetime]:
        """Every instant, both ends included, at which the quota starts anew: starts and boundaries alike."""
        return sorted({instant for start, span in self._spans() for instant in _boundaries(start, span, period)})

    def _spans(self) -> Iterator[tuple[Start, Period]]:
        ends = [*(following.at for _, following in pairwise(self.starts)), FOREVER]
        for start, end in zip(self.starts, ends, strict=True):
            yield start, Period(start.at, end)


def _boundaries(start: Start, span: Period, period: Period) -> Iterator[datetime]:
    if period.start <= start.at <= period.end:
        yield start.at
    boundary = start.recurrence.next_after(max(span.start, period.start), inclusive=True)
    while boundary in span and boundary <= period.end:
        yield boundary
        boundary = start.recurrence.next_after(boundary, inclusive=False)
