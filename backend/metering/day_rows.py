"""Writes the rows of rollups: what was counted is put together with what they say already."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import cycle, repeat
from typing import NamedTuple

from backend.engine.meter.aggregate import ROLLED_UP
from backend.engine.meter.definition import Aggregation
from backend.infra import bulk
from backend.infra.bulk import Same
from backend.infra.context import Context
from backend.infra.remembered import remembered
from backend.metering.models import UsageDay

MOST_REMEMBERED = 50_000
"""So many values are kept in memory, in about 20 MB; a row that gets events now will get more today."""

_IS_LATER = "(excluded.last_at, excluded.last_id) > (usage_day.last_at, usage_day.last_id)"
_ADDING = (Aggregation.SUM, Aggregation.COUNT, Aggregation.AVG)
_TAKING_IN = {
    **dict.fromkeys(_ADDING, "value = usage_day.value + excluded.value"),
    Aggregation.MIN: "value = least(usage_day.value, excluded.value)",
    Aggregation.MAX: "value = greatest(usage_day.value, excluded.value)",
    Aggregation.LATEST: f"""
        value = CASE WHEN {_IS_LATER} THEN excluded.value ELSE usage_day.value END,
        last_id = CASE WHEN {_IS_LATER} THEN excluded.last_id ELSE usage_day.last_id END""",
    Aggregation.UNIQUE_COUNT: "value = usage_day.value",
}
"""How a rollup's value takes in another part: the SQL of ROLLED_UP in engine/meter/aggregate.py."""

_NO_SQL_ON_SQLITE = (*_ADDING, Aggregation.MIN, Aggregation.MAX)
"""SQLite keeps exact numbers as text, and nobody else writes meanwhile: Python combines them with what is held."""


class DayRows(NamedTuple):
    """What rows of a rollup will say, or be raised by: for each column a value for each row, or one for all.

    They are in an order that no two writers block in.
    """

    subject: Sequence[str]
    day: Sequence[date]
    groups_key: Sequence[str] | Same
    groups: Sequence[str] | Same
    events: Sequence[int]
    value: Sequence[Decimal]
    first_at: Sequence[datetime]
    last_at: Sequence[datetime]
    last_id: Sequence[str] | Same


_Key = tuple[str, str, str, date, str]


class HeldValues(dict[_Key, Decimal]):
    """What rows of rollups hold, by namespace, rollup, subject, day and dimensions."""


_DAYS = UsageDay.metadata.tables["usage_day"].c
_KEY = [_DAYS[name] for name in ("namespace", "rollup", "subject", "day", "groups_key")]
_WRITTEN = [_DAYS[name] for name in ("namespace", "rollup", *DayRows._fields)]
_HELD = """
    SELECT subject, day, groups_key, value
    FROM asked JOIN usage_day USING (namespace, rollup, subject, day, groups_key)
"""


def merge_days(ctx: Context, rollup: str, aggregation: Aggregation, days: DayRows) -> None:
    """Put what was counted together with what a rollup holds already."""
    if not days.subject:
        return
    if ctx.session.get_bind().dialect.name != "sqlite":
        _upsert(ctx, rollup, days, _TAKING_IN[aggregation], "least", "greatest")
    elif aggregation not in _NO_SQL_ON_SQLITE:
        _upsert(ctx, rollup, days, _TAKING_IN[aggregation], "min", "max")
    else:
        of_each = (repeat(ctx.namespace), repeat(rollup), days.subject, days.day, cycle(days.groups_key))
        keys = list(zip(*of_each, strict=False))
        held, combine = _held_values(ctx, keys), ROLLED_UP[aggregation]
        values = [
            added if (before := held.get(key)) is None else combine(before, added)
            for key, added in zip(keys, days.value, strict=True)
        ]
        _upsert(ctx, rollup, days._replace(value=values), "value = excluded.value", "min", "max")
        held.update(zip(keys, values, strict=True))


def _upsert(ctx: Context, rollup: str, days: DayRows, taking_in: str, least: str, greatest: str) -> None:
    bulk.insert(
        ctx,
        _WRITTEN,
        [Same(ctx.namespace), Same(rollup), *days],
        then=f"""
        ON CONFLICT (namespace, rollup, subject, day, groups_key) DO UPDATE SET
            events = usage_day.events + excluded.events,
            {taking_in},
            first_at = {least}(usage_day.first_at, excluded.first_at),
            last_at = {greatest}(usage_day.last_at, excluded.last_at)
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
