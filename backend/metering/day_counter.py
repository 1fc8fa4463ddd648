"""Counts events of one meter into rows of its rollup, in memory, before they are put together with what is stored."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Any

from backend.engine.exact import ONE
from backend.engine.meter.aggregate import ROLLED_UP
from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.infra.bulk import Same
from backend.metering.day_rows import DayRows
from backend.metering.measure import EventColumns

LONGEST_KEY = 64


def count_days(definition: MeterDefinition, columns: EventColumns) -> DayRows:
    """One row for each subject, day and combination of dimensions that had events with a value."""
    aggregation, combine = definition.aggregation, ROLLED_UP[definition.aggregation]
    values: Sequence[Any] = columns.values(definition)
    texts = columns.texts(definition)
    if aggregation is Aggregation.UNIQUE_COUNT:
        texts.append(values)
        values = [None if value is None else ONE for value in values]
    counted: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, key in enumerate(zip(columns.days, columns.subjects, *texts, strict=True)):
        if values[place] is not None:
            counted[key].append(place)
    keys = sorted(counted)
    places = [counted[key] for key in keys]
    groups_key, groups = _group_columns([key[2:] for key in keys])
    is_latest = aggregation is Aggregation.LATEST
    return DayRows(
        subject=[key[1] for key in keys],
        day=[key[0] for key in keys],
        groups_key=groups_key,
        groups=groups,
        events=[len(those) for those in places],
        value=[reduce(combine, map(values.__getitem__, those)) for those in places],
        first_at=[columns.times[those[0]] for those in places],
        last_at=[columns.times[those[-1]] for those in places],
        last_id=[columns.events[those[-1]].id for those in places] if is_latest else Same(""),
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
