"""Writes the rows of rollups: what was counted is put together with what they say already."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from backend.engine.meter.aggregate import ROLLED_UP
from backend.engine.meter.definition import Aggregation
from backend.infra import bulk
from backend.infra.context import Context
from backend.infra.remembered import remembered
from backend.metering.models import UsageDay

MOST_REMEMBERED = 50_000
"""So many values are kept in memory, in about 20 MB; a row that gets events now will get more today."""

_IS_LATER = "(excluded.last_at, excluded.last_id) > (usage_day.last_at, usage_day.last_id)"
_LATEST = f"CASE WHEN {_IS_LATER} THEN excluded.value ELSE usage_day.value END"
_ADDING = (Aggregation.SUM, Aggregation.COUNT, Aggregation.AVG)
_VALUES = {
    **dict.fromkeys(_ADDING, "usage_day.value + excluded.value"),
    Aggregation.MIN: "least(usage_day.value, excluded.value)",
    Aggregation.MAX: "greatest(usage_day.value, excluded.value)",
    Aggregation.LATEST: _LATEST,
    Aggregation.UNIQUE_COUNT: "usage_day.value",
}
"""How a rollup's value takes in another part: the SQL of ROLLED_UP in engine/meter/aggregate.py."""

_NO_SQL_ON_SQLITE = (*_ADDING, Aggregation.MIN, Aggregation.MAX)
"""SQLite keeps exact numbers as text, and nobody else writes meanwhile: Python combines them with what is held."""


class DayRow(NamedTuple):
    """What a row of a rollup will say, or be raised by; the first three columns are its key."""

    subject: str
    day: date
    groups_key: str
    groups: str
    events: int
    value: Decimal
    first_at: datetime
    last_at: datetime
    last_id: str


_Key = tuple[str, str, str, date, str]


class HeldValues(dict[_Key, Decimal]):
    """What rows of rollups hold, by namespace, rollup, subject, day and dimensions."""


_DAYS = UsageDay.metadata.tables["usage_day"].c
_KEY = [_DAYS[name] for name in ("namespace", "rollup", "subject", "day", "groups_key")]
_WRITTEN = [_DAYS[name] for name in ("namespace", "rollup", *DayRow._fields)]
_VALUE = DayRow._fields.index("value")
_HELD = """
    SELECT subject, day, groups_key, value
    FROM asked JOIN usage_day USING (namespace, rollup, subject, day, groups_key)
"""
_in_order = itemgetter(0, 1, 2)


def merge_days(ctx: Context, rollup: str, aggregation: Aggregation, days: Sequence[DayRow]) -> None:
    """Put what was counted together with what a rollup holds already, in an order that no two writers block in."""
    by_column: list[Sequence[Any]] = list(zip(*sorted(days, key=_in_order), strict=True))
    if not by_column:
        return
    if ctx.session.get_bind().dialect.name != "sqlite":
        _upsert(ctx, rollup, by_column, _VALUES[aggregation], "least", "greatest")
    elif aggregation not in _NO_SQL_ON_SQLITE:
        _upsert(ctx, rollup, by_column, _VALUES[aggregation], "min", "max")
    else:
        keys = list(zip(repeat(ctx.namespace), repeat(rollup), *by_column[:3], strict=False))
        held, combine = _held_values(ctx, keys), ROLLED_UP[aggregation]
        added = zip(keys, by_column[_VALUE], strict=True)
        values = [combine(held[key], value) if key in held else value for key, value in added]
        by_column[_VALUE] = values
        _upsert(ctx, rollup, by_column, "excluded.value", "min", "max")
        held.update(zip(keys, values, strict=True))


def _upsert(ctx: Context, rollup: str, days: bulk.Values, value: str, least: str, greatest: str) -> None:
    number = len(days[0])
    bulk.insert(
        ctx,
        _WRITTEN,
        [[ctx.namespace] * number, [rollup] * number, *days],
        then=f"""
        ON CONFLICT (namespace, rollup, subject, day, groups_key) DO UPDATE SET
            events = usage_day.events + excluded.events,
            value = {value},
            first_at = {least}(usage_day.first_at, excluded.first_at),
            last_at = {greatest}(usage_day.last_at, excluded.last_at),
            last_id = CASE WHEN {_IS_LATER} THEN excluded.last_id ELSE usage_day.last_id END
        """,
    )


def _held_values(ctx: Context, keys: Sequence[_Key]) -> HeldValues:
    """What the rollup holds for these keys and maybe for others; the rows that are not remembered are read."""
    held = remembered(ctx.session, HeldValues)
    if len(held) > MOST_REMEMBERED:
        held.clear()
    unknown = {(key[2], key[3].isoformat(), key[4]): key for key in keys if key not in held}
    if unknown:
        asked = list(zip(*unknown.values(), strict=True))
        for subject, day, groups_key, value in bulk.find(ctx, _KEY, asked, _HELD):
            held[unknown[subject, day, groups_key]] = Decimal(value)
    return held
