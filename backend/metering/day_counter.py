"""Counts events of one meter into rows of its rollup, in memory, before they are put together with what is stored."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any

from backend.engine.exact import ONE
from backend.engine.meter.aggregate import ROLLED_UP, Value
from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.infra.bulk import Same
from backend.ingest.service import StoredUsage
from backend.metering.day_rows import DayRows
from backend.metering.measure import EventColumns

LONGEST_KEY = 64


def count_days(definition: MeterDefinition, columns: EventColumns) -> DayRows:
    """One row for each subject, day and combination of dimensions that had events with a value."""
    aggregation, values = definition.aggregation, columns.values(definition)
    texts: list[Sequence[Value | None]] = [*columns.texts(definition)]
    if aggregation is Aggregation.UNIQUE_COUNT:
        texts.append(values)
        values = [None if value is None else ONE for value in values]
    counted: defaultdict[tuple[Any, ...], list[tuple[StoredUsage, Any]]] = defaultdict(list)
    keys = zip(columns.days, columns.subjects, *texts, strict=True)
    for key, event, value in zip(keys, columns.events, values, strict=True):
        if value is not None:
            counted[key].append((event, value))
    return _rows(aggregation, counted)


def _rows(aggregation: Aggregation, counted: Mapping[tuple[Any, ...], Sequence[tuple[StoredUsage, Any]]]) -> DayRows:
    keys, combine = sorted(counted), ROLLED_UP[aggregation]
    parts = [counted[key] for key in keys]
    last = [part[-1][0] for part in parts]
    groups_key, groups = _group_columns([key[2:] for key in keys])
    return DayRows(
        subject=[key[1] for key in keys],
        day=[key[0] for key in keys],
        groups_key=groups_key,
        groups=groups,
        events=[len(part) for part in parts],
        value=[reduce(combine, [value for _, value in part]) for part in parts],
        first_at=[part[0][0].time for part in parts],
        last_at=[event.time for event in last],
        last_id=[event.id for event in last] if aggregation is Aggregation.LATEST else Same(""),
    )


def _group_columns(groups: Sequence[tuple[str, ...]]) -> tuple[Sequence[str] | Same, Sequence[str] | Same]:
    """The dimensions of each row, as a part of its key and in full."""
    if not any(groups):
        key, text = _groups(())
        return Same(key), Same(text)
    written = [_groups(texts) for texts in groups]
    return [key for key, _ in written], [text for _, text in written]


@lru_cache(maxsize=4096)
def _groups(texts: tuple[str, ...]) -> tuple[str, str]:
    """The dimensions as a part of a key (themselves, or a hash of what an index could not hold) and in full."""
    groups = json.dumps(texts, separators=(",", ":"))
    return (groups if len(groups) <= LONGEST_KEY else hashlib.sha256(groups.encode()).hexdigest()), groups
