"""Counts events of one meter into rows of its rollup, in memory, before they are put together with what is stored."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Any

from backend.engine.exact import ONE
from backend.engine.meter.aggregate import ROLLED_UP, Value
from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.ingest.service import StoredUsage
from backend.metering.day_rows import DayRow
from backend.metering.measure import EventColumns

LONGEST_KEY = 64


def count_days(definition: MeterDefinition, columns: EventColumns) -> list[DayRow]:
    """One row for each subject, day and combination of dimensions that had events with a value."""
    values = columns.values(definition)
    texts: list[Sequence[Value | None]] = [*columns.texts(definition)]
    if definition.aggregation is Aggregation.UNIQUE_COUNT:
        texts.append(values)
        values = [None if value is None else ONE for value in values]
    counted: defaultdict[tuple[Any, ...], list[tuple[StoredUsage, Any]]] = defaultdict(list)
    keys = zip(columns.subjects, columns.days, *texts, strict=True)
    for key, event, value in zip(keys, columns.events, values, strict=True):
        if value is not None:
            counted[key].append((event, value))
    return [_row(definition.aggregation, key, together) for key, together in counted.items()]


def _row(aggregation: Aggregation, key: tuple[Any, ...], counted: Sequence[tuple[StoredUsage, Any]]) -> DayRow:
    events, values = zip(*counted, strict=True)
    first, last = events[0], events[-1]
    value: Decimal = reduce(ROLLED_UP[aggregation], values)
    last_id = last.id if aggregation is Aggregation.LATEST else ""
    return DayRow(key[0], key[1], *_groups(key[2:]), len(counted), value, first.time, last.time, last_id)


@lru_cache(maxsize=4096)
def _groups(texts: tuple[str, ...]) -> tuple[str, str]:
    """The dimensions as a part of a key (themselves, or a hash of what an index could not hold) and in full."""
    groups = json.dumps(texts, separators=(",", ":"))
    return (groups if len(groups) <= LONGEST_KEY else hashlib.sha256(groups.encode()).hexdigest()), groups
