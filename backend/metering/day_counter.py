"""Counts events of one meter into rows of its rollup, in memory, before they are put together with what is stored."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from backend.engine.exact import ONE
from backend.engine.meter.aggregate import ROLLED_UP
from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.engine.meter.extract import Measured
from backend.ingest.service import StoredUsage
from backend.metering.day_rows import DayRow

LONGEST_KEY = 64


@dataclass(slots=True)
class _Day:
    events: int
    value: Decimal
    first_at: datetime
    last_at: datetime
    last_id: str


class DayCounter:
    """Takes events in the order of storing."""

    def __init__(self, definition: MeterDefinition) -> None:
        self.aggregation = definition.aggregation
        self._names = sorted(definition.group_by)
        self._combine = ROLLED_UP[self.aggregation]
        self._is_latest = self.aggregation is Aggregation.LATEST
        self._is_unique = self.aggregation is Aggregation.UNIQUE_COUNT
        self._days: dict[tuple[str, date, tuple[str, ...]], _Day] = {}

    def add(self, event: StoredUsage, measured: Measured) -> None:
        """Count one event that has a value."""
        value, groups = measured
        texts = tuple([groups[name] for name in self._names]) if groups else ()
        if self._is_unique:
            texts, value = (*texts, str(value)), ONE
        at = event.time
        key = (event.subject, at.date(), texts)
        day = self._days.get(key)
        if day is None:
            self._days[key] = _Day(1, Decimal(value), at, at, event.id if self._is_latest else "")
            return
        day.events += 1
        if at >= day.last_at or not self._is_latest:
            day.value = self._combine(day.value, Decimal(value))
            day.last_id = event.id if self._is_latest else ""
        if at < day.first_at:
            day.first_at = at
        elif at > day.last_at:
            day.last_at = at

    def rows(self) -> Sequence[DayRow]:
        """One row for each subject, day and combination of dimensions that had events."""
        return [
            DayRow(subject, on, *_groups(texts), day.events, day.value, day.first_at, day.last_at, day.last_id)
            for (subject, on, texts), day in self._days.items()
        ]


@lru_cache(maxsize=4096)
def _groups(texts: tuple[str, ...]) -> tuple[str, str]:
    """The dimensions as a part of a key (themselves, or a hash of what an index could not hold) and in full."""
    groups = json.dumps(texts, separators=(",", ":"))
    return (groups if len(groups) <= LONGEST_KEY else hashlib.sha256(groups.encode()).hexdigest()), groups
