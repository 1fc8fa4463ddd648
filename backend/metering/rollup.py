"""Day rollups: what a meter counted per subject, day and dimensions, kept in the transaction that stores the events.

They are a copy of what the raw events say (ROLLED_UP says how their values combine). Whoever stores events shares the
lock ROLLUPS; whoever starts, fills or ends a rollup has it alone, so no event is left out or counted twice.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from backend.engine.meter.definition import Aggregation
from backend.infra import locks
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import StoredUsage
from backend.metering import day_rows, repository
from backend.metering.day_counter import count_days
from backend.metering.day_rows import DayRows
from backend.metering.measure import EventColumns
from backend.metering.models import EndedRollup, Meter
from backend.metering.tally import Counted

ROLLUPS = "rollups"
SLICE = 10_000
"""How many events are counted at once when a rollup is filled, so that storing events never waits long.

As many days are removed at once when one has ended.
"""
GRACE = timedelta(minutes=1)
"""How long a unit of work may read a rollup after another one has ended it."""


class Counting:
    """Counts the events that one unit of work stores into the rollups of their meters."""

    def __init__(self, ctx: Context, event_types: Collection[str]) -> None:
        """Read the meters of these types; until the unit of work ends nobody else starts or ends a rollup."""
        locks.share(ctx, ROLLUPS)
        self._meters = [meter for meter in repository.of_types(ctx, event_types) if meter.rollup is not None]
        self._counted: list[tuple[Meter, DayRows]] = []

    def measure(self, new: Mapping[str, Sequence[StoredUsage]]) -> None:
        """Count each event in memory, but those that are left to `fill`."""
        columns = {event_type: EventColumns(events) for event_type, events in new.items()}
        for meter in self._meters:
            known = columns[meter.event_type]
            if meter.fill_after is not None and meter.fill_until is not None:
                after, until = meter.fill_after, meter.fill_until
                known = EventColumns([event for event in known.events if not after < event.id <= until])
            self._counted.append((meter, count_days(meter.definition, known)))

    def write(self, ctx: Context) -> None:
        """Put what was counted together with what the rollups hold."""
        for meter, days in self._counted:
            _merge(ctx, meter, days)


def start(ctx: Context, meter: Meter) -> None:
    """Give a new or changed meter a rollup, in the place of an earlier one, and begin to fill it with what is here.

    More than SLICE events are left to `fill`; until it is complete, usage is read from the raw events.
    """
    stop(ctx, meter)
    meter.rollup = new_id()
    if ingest.has_events(ctx, meter.event_type):
        meter.fill_after, meter.fill_until = "", ingest.newest_row_id(ctx)
        _fill(ctx, meter)


def stop(ctx: Context, meter: Meter) -> None:
    """End the rollup of a meter; its usage is read from the raw events from now on, and `sweep` removes the days."""
    locks.have_alone(ctx, ROLLUPS)
    if meter.rollup is not None:
        ctx.session.add(EndedRollup(namespace=ctx.namespace, rollup=meter.rollup, ended_at=ctx.now))
        meter.rollup = meter.fill_after = meter.fill_until = None


def is_filling(ctx: Context) -> bool:
    """Whether any rollup still lacks events that were stored before it."""
    return repository.unfilled(ctx) is not None


def fill(ctx: Context) -> None:
    """Count the next slice of earlier events into the oldest rollup that lacks some."""
    lacking = repository.unfilled(ctx)
    if lacking is None:
        return
    locks.have_alone(ctx, ROLLUPS)
    ctx.session.refresh(lacking)
    if lacking.fill_until is not None:
        _fill(ctx, lacking)
        ctx.session.add(lacking)


def sweep(ctx: Context) -> bool:
    """Remove a slice of the days of the rollup that ended first; whether there was anything to remove.

    One that has just ended is left alone: somebody may still read it.
    """
    ended = repository.ended_rollup(ctx, ctx.now - GRACE)
    if ended is None:
        return False
    if not repository.delete_days(ctx, ended.rollup, SLICE):
        ctx.session.delete(ended)
    return True


def is_sweeping(ctx: Context) -> bool:
    """Whether any rollup ended that still has days to remove."""
    return repository.ended_rollup(ctx, ctx.now - GRACE) is not None


def read(
    ctx: Context, meter: Meter, subjects: Collection[str] | None, first: datetime | None, end: datetime | None
) -> Iterator[tuple[str, dict[str, str], Counted]]:
    """What was counted on the days from `first` to before `end`, both midnights in UTC, open when None.

    Nothing at all when the rollup is not complete, or the meter was changed by somebody else a moment ago: the raw
    events know then.
    """
    if meter.rollup is None or meter.fill_until is not None:
        return
    names = sorted(meter.group_by)
    aggregation = meter.definition.aggregation
    latest_last = aggregation is Aggregation.LATEST
    days = (first and first.date(), end and end.date())
    known: dict[str, list[str]] = {}
    found = repository.rollup_days(ctx, meter.rollup, subjects, *days, latest_last=latest_last)
    for subject, groups, events, value, first_at, last_at in found:
        texts = known.get(groups)
        if texts is None:
            texts = known[groups] = json.loads(groups)
        counts = texts[-1] if aggregation is Aggregation.UNIQUE_COUNT else value
        yield subject, dict(zip(names, texts, strict=False)), Counted(first_at, last_at, counts, events)


def _fill(ctx: Context, meter: Meter) -> None:
    """Count the next slice of what the rollup lacks."""
    assert meter.fill_after is not None
    assert meter.fill_until is not None
    events, last = ingest.stored_slice(ctx, meter.event_type, meter.fill_after, meter.fill_until, SLICE)
    _merge(ctx, meter, count_days(meter.definition, EventColumns(events)))
    meter.fill_after = last
    if last is None:
        meter.fill_until = None


def _merge(ctx: Context, meter: Meter, days: DayRows) -> None:
    assert meter.rollup is not None
    day_rows.merge_days(ctx, meter.rollup, Aggregation(meter.aggregation), days)


ingest.count_with(Counting)
