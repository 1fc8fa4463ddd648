"""How much was used: in rows by window, subject, customer and dimension, or as one number."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from backend.customers import service as customers
from backend.engine.exact import ZERO
from backend.engine.filter import Filter, contains, equal_to_one_of, matches
from backend.engine.meter.aggregate import AGGREGATORS
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.extract import BadValue
from backend.engine.meter.narrowing import Wanted, both, narrowing
from backend.engine.meter.window import WindowSize, window_of
from backend.engine.period import Period, truncate
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import LATEST
from backend.metering import rollup
from backend.metering.measure import measuring
from backend.metering.models import Meter
from backend.metering.service.meters import RESERVED_DIMENSIONS
from backend.metering.tally import Counted, Tally

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_COUNTS = frozenset({Aggregation.COUNT, Aggregation.UNIQUE_COUNT})


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """What is asked of a meter: events in [start, end), either end open when None.

    Without `window` there is one row per group for the whole time. Subjects and customers filter and group at once;
    an empty tuple is no filter. `group_filters` names the texts that a dimension may have; an empty list is no filter.
    `advanced_filters` compares it in other ways.
    """

    start: datetime | None = None
    end: datetime | None = None
    window: WindowSize | None = None
    zone: tzinfo = UTC
    subjects: Sequence[str] = ()
    customer_ids: Sequence[str] = ()
    group_by: Sequence[str] = ()
    group_filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    advanced_filters: Mapping[str, Filter] = field(default_factory=dict)

    @property
    def filters(self) -> dict[str, Filter]:
        """All that the texts of dimensions must match, by dimension."""
        listed = {name: equal_to_one_of(texts) for name, texts in self.group_filters.items() if texts}
        return both(listed, self.advanced_filters)


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The usage of one window by one group; subject and customer are None unless grouped by."""

    window: Period
    value: Decimal
    subject: str | None = None
    customer_id: str | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Breakdown:
    """By what usage is broken down. `owners` are the subjects that count and their customers; None is every subject."""

    by_subject: bool = False
    dimensions: Sequence[str] = ()
    owners: Mapping[str, str | None] | None = None


def query(ctx: Context, meter: Meter, asked: UsageQuery) -> list[UsageRow]:
    """Answer exactly (metering spec 3.2), sorted by window, subject, customer and groups.

    Only windows with events are answered, and always whole; counting nothing is one row of 0. Invalid names what is
    wrong with the question; NotFound when a customer does not exist.
    """
    told, asked = asked, replace(asked, start=_second(asked.start), end=_second(asked.end))
    _check(meter, asked)
    by = _Breakdown(
        by_subject=bool(asked.subjects) or "subject" in asked.group_by,
        dimensions=[name for name in dict.fromkeys(asked.group_by) if name not in RESERVED_DIMENSIONS],
        owners=_owners(ctx, asked),
    )
    tally = _tally(ctx, meter, asked, by)
    rows = [
        UsageRow(
            window=key.window or _whole(told, tally.span(key)),
            value=value,
            subject=key.subject,
            customer_id=key.customer_id,
            groups=dict(zip(by.dimensions, key.groups, strict=True)),
        )
        for key, value in tally.results()
    ]
    whole = not (by.by_subject or by.dimensions or by.owners is not None or asked.window)
    if not rows and whole and meter.definition.aggregation in _COUNTS:
        return [UsageRow(_whole(told, (ctx.now, ctx.now)), ZERO)]
    return sorted(rows, key=_order)


def usage(
    ctx: Context,
    meter: Meter,
    subjects: Sequence[str],
    period: Period,
    group_filters: Mapping[str, Wanted] | None = None,
) -> Decimal:
    """The usage of some subjects together in a period, 0 for none: what entitlements and invoices count.

    No subjects have no usage. `group_filters` are what a feature keeps of its meter.
    """
    filters = narrowing(group_filters or {})
    asked = UsageQuery(truncate(period.start), truncate(period.end), advanced_filters=filters)
    _check_dimensions(meter, asked)
    tally = _tally(ctx, meter, asked, _Breakdown(owners=dict.fromkeys(subjects)))
    return next((value for _, value in tally.results()), ZERO)


def group_values(
    ctx: Context, meter: Meter, dimension: str, start: datetime, end: datetime, search: str = ""
) -> list[str]:
    """The different texts that a dimension had in [start, end), sorted; `search` is a part of them in any case.

    Invalid when the meter has no such dimension.
    """
    asked = UsageQuery(truncate(start), truncate(end), group_by=(dimension,))
    if dimension not in meter.group_by:
        raise _wrong("groupByKey", f"{dimension} is not a group by of the meter {meter.slug}")
    found = {groups[dimension] for _, groups, _ in _parts(ctx, meter, asked, _Breakdown(dimensions=(dimension,)))}
    return sorted(text for text in found if text and contains(search, text))


def usage_by_window(
    ctx: Context,
    meter: Meter,
    subjects: Sequence[str],
    period: Period,
    size: WindowSize,
    group_filters: Mapping[str, Wanted] | None = None,
) -> list[UsageRow]:
    """The same number drawn out over time: the usage of the subjects together in each window (UTC) that has any."""
    filters = narrowing(group_filters or {})
    asked = UsageQuery(truncate(period.start), truncate(period.end), size, advanced_filters=filters)
    _check_dimensions(meter, asked)
    tally = _tally(ctx, meter, asked, _Breakdown(owners=dict.fromkeys(subjects)))
    return sorted((UsageRow(key.window, value) for key, value in tally.results() if key.window), key=_order)


Part = tuple[str, Mapping[str, str], Counted]
"""A subject, its dimensions, and what was counted there."""


def _tally(ctx: Context, meter: Meter, asked: UsageQuery, by: _Breakdown) -> Tally:
    """Read what was counted once, and put each part into its group."""
    filters = asked.filters
    tally = Tally(AGGREGATORS[meter.definition.aggregation], asked.window, asked.zone)
    for subject, dimensions, counted in _parts(ctx, meter, asked, by):
        if not all(matches(wanted, dimensions[name]) for name, wanted in filters.items()):
            continue
        groups = tuple([dimensions[name] for name in by.dimensions])
        owner = by.owners[subject] if by.owners is not None else None
        tally.add(subject if by.by_subject else None, owner, groups, counted)
    return tally


def _parts(ctx: Context, meter: Meter, asked: UsageQuery, by: _Breakdown) -> Iterator[Part]:
    """Whole days of UTC from the rollup where there is one and windows allow it, the rest from the raw events.

    An empty answer of the rollup is not trusted: the meter may have been changed a moment ago.
    """
    starts = [start for start in (asked.start, _second(meter.event_from)) if start is not None]
    start, end = max(starts, default=None), asked.end
    first, last = _midnight_from(start), _midnight_until(end)
    days: Iterator[Part] = iter(())
    if _by_days(asked) and (first is None or last is None or first < last):
        days = rollup.read(ctx, meter, _subjects(asked, by), first, last)
    cut: set[datetime] = set()
    if asked.window is not None and asked.zone is not UTC:
        days = _inside_windows(days, asked.window, asked.zone, cut)
    found = next(days, None)
    if found is None:
        yield from _raw(ctx, meter, asked, by, start, end)
        return
    yield found
    yield from days
    for midnight in cut:
        yield from _raw(ctx, meter, asked, by, midnight, midnight + _DAY)
    if start != first:
        yield from _raw(ctx, meter, asked, by, start, first)
    if end != last:
        yield from _raw(ctx, meter, asked, by, last, end)


def _raw(
    ctx: Context, meter: Meter, asked: UsageQuery, by: _Breakdown, start: datetime | None, end: datetime | None
) -> Iterator[Part]:
    """Each event in [start, end) that has a value."""
    whole = meter.definition
    names = asked.filters.keys() | set(by.dimensions)
    needed = {name: path for name, path in whole.group_by.items() if name in names}
    measure = measuring(replace(whole, group_by=needed))
    events = ingest.events_for(
        ctx,
        whole.event_type,
        _subjects(asked, by),
        start,
        end,
        with_data=bool(needed) or whole.value_property is not None,
        as_stored=whole.aggregation is Aggregation.LATEST,
    )
    for subject, time, data in events:
        measured = measure(data)
        if not isinstance(measured, BadValue):
            yield subject, measured.groups, Counted(time, time, measured.value)


def _by_days(asked: UsageQuery) -> bool:
    """Whether the windows that are asked for hold whole days of UTC: months do in every zone."""
    return asked.window in (None, WindowSize.MONTH) or (asked.window is WindowSize.DAY and asked.zone is UTC)


def _inside_windows(days: Iterator[Part], size: WindowSize, zone: tzinfo, cut: set[datetime]) -> Iterator[Part]:
    """The days of UTC that lie in one window; the midnights of those that are cut by an edge are added to `cut`."""
    windows: dict[datetime, Period] = {}
    for part in days:
        midnight = part[2].first.replace(hour=0, minute=0, second=0, microsecond=0)
        window = windows.get(midnight) or windows.setdefault(midnight, window_of(midnight, size, zone))
        if midnight + _DAY <= window.end:
            yield part
        else:
            cut.add(midnight)


def _midnight_from(instant: datetime | None) -> datetime | None:
    """The first midnight of UTC that is not before an instant."""
    if instant is None:
        return None
    until = _midnight_until(min(instant, LATEST))
    return until if until is None or until == instant else until + _DAY


def _midnight_until(instant: datetime | None) -> datetime | None:
    """The last midnight of UTC that is not after an instant."""
    return instant and instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _subjects(asked: UsageQuery, by: _Breakdown) -> Collection[str] | None:
    """Whose events to read: those of the customers and those of the subjects asked about, both when both are."""
    if by.owners is None:
        return asked.subjects or None
    return [key for key in by.owners if key in asked.subjects] if asked.subjects else by.owners.keys()


def _owners(ctx: Context, asked: UsageQuery) -> Mapping[str, str | None] | None:
    """Subject → customer of the customers asked about; None when no customer is named."""
    return customers.usage_owners(ctx, asked.customer_ids) if asked.customer_ids else None


def _check(meter: Meter, asked: UsageQuery) -> None:
    if asked.start is not None and asked.end is not None:
        if asked.start == asked.end:
            raise _wrong("to", "from and to cannot be equal")
        if asked.start > asked.end:
            raise _wrong("to", "from must be before to")
    if "customer_id" in asked.group_by and not asked.customer_ids:
        raise _wrong("groupBy", "customer_id in groupBy needs a filterCustomerId")
    _check_dimensions(meter, asked)


def _check_dimensions(meter: Meter, asked: UsageQuery) -> None:
    known = meter.group_by.keys()
    for name in asked.group_by:
        if name not in known and name not in RESERVED_DIMENSIONS:
            raise _wrong("groupBy", f"{name} is not a group by of the meter {meter.slug}")
    for name in asked.group_filters.keys() | asked.advanced_filters.keys():
        if name not in known:
            raise _wrong(f"filterGroupBy.{name}", f"{name} is not a group by of the meter {meter.slug}")


def _whole(asked: UsageQuery, span: tuple[datetime, datetime]) -> Period:
    """The whole time of a row without window: as asked, else around the minutes of the first and last event."""
    first, last = (instant.replace(second=0, microsecond=0) for instant in span)
    start = asked.start or (min(first, asked.end) if asked.end else first)
    return Period(start, asked.end or max(last + _MINUTE, start))


def _order(row: UsageRow) -> tuple[object, ...]:
    return row.window, row.subject or "", row.customer_id or "", tuple(row.groups.values())


def _second(instant: datetime | None) -> datetime | None:
    return None if instant is None else truncate(instant)


def _wrong(place: str, message: str) -> Invalid:
    return Invalid(message, issues=[Issue(place, "invalid_query", message)])
