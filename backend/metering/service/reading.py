"""Usage that is read once and then asked for one period after another: how the balance of a quota sees a meter."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from backend.engine.exact import ZERO
from backend.engine.filter import matches
from backend.engine.meter.aggregate import AGGREGATORS
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.extract import BadValue
from backend.engine.meter.narrowing import Wanted, narrowing
from backend.engine.period import Period, truncate
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import LATEST
from backend.metering import rollup
from backend.metering.measure import measuring
from backend.metering.models import Meter
from backend.metering.tally import Counted

_DAY = timedelta(days=1)


class Reading:
    """What a meter counted for some subjects together in a stretch of time.

    Each period inside it is answered as `usage` would, but days of UTC are read from the rollup in one go, and raw
    events only for a day that has usage on both sides of an edge of a period. What was read once is not read again,
    so all answers agree with each other. A period that ends within a second has the events of that second.
    """

    def __init__(
        self,
        ctx: Context,
        meter: Meter,
        subjects: Sequence[str],
        whole: Period,
        group_filters: Mapping[str, Wanted] | None = None,
    ) -> None:
        self._ctx, self._meter, self._subjects = ctx, meter, subjects
        self._filters = narrowing(group_filters or {})
        start = max(whole.start, meter.event_from) if meter.event_from else whole.start
        self._whole = Period(truncate(start), whole.end)
        self._by_day: dict[date, list[Counted]] | None = None
        self._raw: dict[Period, list[Counted]] = {}

    def usage(self, period: Period) -> Decimal:
        """The usage in a period, 0 for none; what lies outside of what was read is not counted."""
        asked = Period(truncate(period.start), period.end).intersect(self._whole)
        if asked.is_empty or not self._subjects:
            return ZERO
        running = AGGREGATORS[self._meter.definition.aggregation]()
        for counted in self._parts(asked):
            running.add(counted.last, counted.value, counted.events)
        return running.result() or ZERO

    def _parts(self, asked: Period) -> Iterator[Counted]:
        days = self._days()
        if not days:
            yield from _inside(self._events(self._whole), asked)
            return
        known = sorted(days)
        for day in known[bisect_left(known, asked.start.date()) : bisect_right(known, asked.end.date())]:
            if any(_straddles(counted, asked) for counted in days[day]):
                midnight = datetime.combine(day, time(), UTC)
                yield from _inside(self._events(Period(midnight, min(midnight + _DAY, LATEST))), asked)
            else:
                yield from (counted for counted in days[day] if counted.first in asked)

    def _days(self) -> dict[date, list[Counted]]:
        """The days of the rollup that the whole touches; none when the meter has no rollup, or nothing is in it."""
        if self._by_day is None:
            self._by_day = {}
            first, last = _midnight(self._whole.start), _midnight(self._whole.end)
            end = last if last == self._whole.end else last + _DAY if last < LATEST - _DAY else None
            for _, groups, counted in rollup.read(self._ctx, self._meter, self._subjects, first, end):
                if self._passes(groups):
                    self._by_day.setdefault(counted.first.date(), []).append(counted)
        return self._by_day

    def _events(self, period: Period) -> list[Counted]:
        """Every event of a period that has a value, by time."""
        if period not in self._raw:
            self._raw[period] = list(self._measured(period))
        return self._raw[period]

    def _measured(self, period: Period) -> Iterator[Counted]:
        whole = self._meter.definition
        needed = {name: path for name, path in whole.group_by.items() if name in self._filters}
        measure = measuring(replace(whole, group_by=needed))
        events = ingest.events_for(
            self._ctx,
            whole.event_type,
            self._subjects,
            period.start,
            period.end,
            with_data=bool(needed) or whole.aggregation is not Aggregation.COUNT,
            as_stored=True,
        )
        for _, at, data in events:
            measured = measure(data)
            if not isinstance(measured, BadValue) and self._passes(measured.groups):
                yield Counted(at, at, measured.value)

    def _passes(self, groups: Mapping[str, str]) -> bool:
        return all(matches(wanted, groups[name]) for name, wanted in self._filters.items())


def _straddles(counted: Counted, asked: Period) -> bool:
    """Whether something that was counted together lies on both sides of an edge of a period."""
    return (counted.first in asked) is not (counted.last in asked) or (
        counted.first < asked.start and asked.end <= counted.last
    )


def _inside(events: Sequence[Counted], asked: Period) -> Sequence[Counted]:
    """The events of a period, out of many by time."""
    return events[bisect_left(events, asked.start, key=_time) : bisect_left(events, asked.end, key=_time)]


def _time(counted: Counted) -> datetime:
    return counted.first


def _midnight(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
