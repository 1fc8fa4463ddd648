"""Day rollups: what a meter counted per subject, day and dimensions, kept in the transaction that stores the events.

They are a copy of what the raw events say, for the aggregations that can be added up (ROLLED_UP). Whoever stores
events shares the lock ROLLUPS; whoever starts or ends a rollup has it alone, so no event is left out or counted twice.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from backend.engine.meter.aggregate import ROLLED_UP
from backend.engine.meter.extract import BadValue
from backend.infra import locks
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import Usage
from backend.metering import repository
from backend.metering.measure import Measure, measuring
from backend.metering.models import Meter
from backend.metering.repository import DayRow, RollupKey
from backend.metering.tally import Counted

ROLLUPS = "rollups"
AT_ONCE = 20_000
LONGEST_KEY = 64


def count(ctx: Context, new: Mapping[str, Sequence[Usage]]) -> None:
    """Count events that this unit of work has just stored, by their type, into the rollups of their meters."""
    locks.share(ctx, ROLLUPS)
    for meter in repository.of_types(ctx, new.keys()):
        if meter.rollup is not None:
            _add(ctx, meter, new[meter.event_type])


def start(ctx: Context, meter: Meter) -> None:
    """Give a new or changed meter a rollup of all events that are here, in the place of an earlier one."""
    stop(ctx, meter)
    if meter.definition.aggregation in ROLLED_UP:
        meter.rollup = new_id()
        _add(ctx, meter, ingest.events_for(ctx, meter.event_type))


def stop(ctx: Context, meter: Meter) -> None:
    """End the rollup of a meter; its usage is read from the raw events from now on."""
    locks.have_alone(ctx, ROLLUPS)
    if meter.rollup is not None:
        repository.delete_rollup(ctx, meter.rollup)
        meter.rollup = None


def read(
    ctx: Context, meter: Meter, subjects: Collection[str] | None, first: datetime | None, end: datetime | None
) -> Iterator[tuple[str, dict[str, str], Counted]]:
    """What was counted on the days from `first` to before `end`, both midnights in UTC, open when None.

    Nothing at all when the meter was changed by somebody else a moment ago: the raw events know then.
    """
    names = sorted(meter.group_by)
    if meter.rollup is None:
        return
    known: dict[str, dict[str, str]] = {}
    for row in repository.rollup_days(ctx, meter.rollup, subjects, first and first.date(), end and end.date()):
        groups = known.get(row.groups)
        if groups is None:
            groups = known[row.groups] = dict(zip(names, json.loads(row.groups), strict=True))
        yield row.subject, groups, Counted(row.first_at, row.last_at, row.value, row.events)


def _add(ctx: Context, meter: Meter, events: Iterable[Usage]) -> None:
    assert meter.rollup is not None
    aggregation = meter.definition.aggregation
    combine, measure, names = ROLLED_UP[aggregation], measuring(meter.definition), sorted(meter.group_by)
    days: dict[RollupKey, DayRow] = {}
    for event in events:
        _count_one(days, event, measure, names, combine)
        if len(days) >= AT_ONCE:
            repository.merge_days(ctx, meter.rollup, aggregation, days)
            days.clear()
    if days:
        repository.merge_days(ctx, meter.rollup, aggregation, days)


def _count_one(
    days: dict[RollupKey, DayRow],
    event: Usage,
    measure: Measure,
    names: Sequence[str],
    combine: Callable[[Decimal, Decimal], Decimal],
) -> None:
    subject, at, data = event
    measured = measure(data)
    if isinstance(measured, BadValue):
        return
    value = Decimal(measured.value)
    groups = json.dumps([measured.groups[name] for name in names], separators=(",", ":"))
    key = RollupKey(subject, at.date(), _short(groups))
    day = days.get(key)
    if day is None:
        days[key] = DayRow(subject, groups, 1, value, at, at)
    else:
        days[key] = DayRow(
            subject, groups, day.events + 1, combine(day.value, value), min(day.first_at, at), max(day.last_at, at)
        )


def _short(groups: str) -> str:
    """The dimensions as a part of a key: themselves, or a hash of them where an index entry could not hold them."""
    return groups if len(groups) <= LONGEST_KEY else hashlib.sha256(groups.encode()).hexdigest()


ingest.count_with(count)
