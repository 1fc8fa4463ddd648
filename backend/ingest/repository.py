"""Every query on usage events."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Text, type_coerce
from sqlmodel import col, func, select

from backend.engine.filter import Filter, Operator
from backend.infra import bulk
from backend.infra.bulk import Same
from backend.infra.columns import utc_text
from backend.infra.context import Context
from backend.infra.different import different
from backend.infra.filters import condition
from backend.ingest.cloudevents import Data, parse_data
from backend.ingest.models import UsageEvent, its_hour

AT_ONCE = 2_000
BEHIND_MINUTES = "~"
"""Behind the text of an hour: no time within it is greater."""

Usage = tuple[str, datetime, str | None]
"""What metering reads of an event: subject, time, data."""


class StoredUsage(msgspec.Struct, frozen=True, gc=False):
    """What a rollup takes of an event: also the id it was stored under, and its data, read."""

    id: str
    subject: str
    time: datetime
    data: Data | None


class NewEvents(NamedTuple):
    """Rows to be: for each column as many values as there are events, or one for all."""

    id: Sequence[str]
    namespace: Same
    source: Sequence[str]
    event_id: Sequence[str]
    type: Sequence[str]
    subject: Sequence[str]
    time: Sequence[datetime]
    data: Sequence[str | None]
    ingested_at: Same
    stored_at: Same


_NEW_EVENT = [UsageEvent.metadata.tables["usage_event"].c[name] for name in NewEvents._fields]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to list. `event_id` matches any part; times are inclusive; no subjects means any subject."""

    since: datetime
    until: datetime | None = None
    ingested_since: datetime | None = None
    ingested_until: datetime | None = None
    event_id: str | None = None
    subject: str | None = None
    subjects: Collection[str] | None = None
    type: str | None = None


class EventOrder(StrEnum):
    """What a search of events is sorted by."""

    TIME = "time"
    INGESTED_AT = "ingested_at"
    STORED_AT = "stored_at"


@dataclass(frozen=True, slots=True)
class EventSearch:
    """Which events to find: each named column must pass its filter; no subjects means any subject.

    `after` is the order's instant and the row id of the event that the page before ended with.
    """

    filters: Mapping[str, Filter | None] = field(default_factory=dict)
    subjects: Collection[str] | None = None
    order: EventOrder = EventOrder.TIME
    descending: bool = True
    after: tuple[datetime, str] | None = None


def inserting(ctx: Context, events: NewEvents) -> AbstractContextManager[None]:
    """Store events whose keys were claimed in this unit of work; the block must not use the database."""
    return bulk.inserting(ctx, _NEW_EVENT, events)


def newest_row_id(ctx: Context) -> str | None:
    """The greatest id that any event was stored under, of all namespaces."""
    return ctx.session.exec(select(func.max(UsageEvent.id))).one()


def has_events(ctx: Context, event_type: str) -> bool:
    """Whether there is any event of this type."""
    any_of_them = select(UsageEvent.id).where(UsageEvent.namespace == ctx.namespace, UsageEvent.type == event_type)
    return ctx.session.exec(any_of_them.limit(1)).first() is not None


def stored_slice(
    ctx: Context, event_type: str, after: str, until: str, rows: int
) -> tuple[list[StoredUsage], str | None]:
    """The events of this type among the next so many that were stored, by id, with ids behind `after` up to `until`.

    Also the id that the next slice begins behind; None behind the last. All namespaces and types are read, since ids
    are the only order in which a slice is as long as its number of rows.
    """
    names = ("id", "subject", "time", "data", "namespace", "type")
    columns: Any = [col(getattr(UsageEvent, name)) for name in names]
    among = select(*columns).where(UsageEvent.id > after, UsageEvent.id <= until)
    found = ctx.session.execute(among.order_by(col(UsageEvent.id)).limit(rows)).all()
    events = [
        StoredUsage(row.id, row.subject, row.time, row.data and parse_data(row.data))
        for row in found
        if (row.namespace, row.type) == (ctx.namespace, event_type)
    ]
    return events, found[-1].id if len(found) == rows else None


def times_stored(
    ctx: Context, after: str, until: str, before: datetime
) -> Sequence[tuple[str, str, datetime, datetime]]:
    """Type, subject, first and last time of the events with ids behind `after` up to `until` that happened before."""
    query = (
        select(UsageEvent.type, UsageEvent.subject, func.min(UsageEvent.time), func.max(UsageEvent.time))
        .where(UsageEvent.id > after, UsageEvent.id <= until)
        .where(UsageEvent.namespace == ctx.namespace, UsageEvent.time < before)
        .group_by(UsageEvent.type, UsageEvent.subject)
    )
    return ctx.session.exec(query).all()


def newest(ctx: Context, wanted: EventFilter, limit: int, offset: int = 0) -> Sequence[UsageEvent]:
    """The events that match, newest first."""
    conditions = _happened(ctx, wanted.since, wanted.until, wanted.type)
    if wanted.ingested_since is not None:
        conditions.append(UsageEvent.ingested_at >= wanted.ingested_since)
    if wanted.ingested_until is not None:
        conditions.append(UsageEvent.ingested_at <= wanted.ingested_until)
    if wanted.event_id is not None:
        find = func.instr if ctx.session.get_bind().dialect.name == "sqlite" else func.strpos  # LIKE may ignore case
        conditions.append(find(UsageEvent.event_id, wanted.event_id) > 0)
    if wanted.subject is not None:
        conditions.append(UsageEvent.subject == wanted.subject)
    if wanted.subjects is not None:
        conditions.append(col(UsageEvent.subject).in_(wanted.subjects))
    newest_first = (col(UsageEvent.time).desc(), col(UsageEvent.id).desc())
    page = select(UsageEvent).where(*conditions).order_by(*newest_first).offset(offset).limit(limit)
    return ctx.session.exec(page).all()


def found(ctx: Context, search: EventSearch, limit: int) -> Sequence[UsageEvent]:
    """The events that match, in the order asked for, from behind the place where the page before ended."""
    by, row_id = col(getattr(UsageEvent, search.order)), col(UsageEvent.id)
    by_type = search.filters.get("type")
    one_type = str(by_type.operand) if by_type is not None and by_type.operator is Operator.EQ else None
    conditions = _happened(ctx, event_type=one_type)
    conditions += [condition(ctx, col(getattr(UsageEvent, name)), wanted) for name, wanted in search.filters.items()]
    if search.subjects is not None:
        conditions.append(col(UsageEvent.subject).in_(search.subjects))
    if search.after is not None:
        at, last = search.after
        conditions.append((by <= at) if search.descending else (by >= at))
        beyond = ((by < at) | (row_id < last)) if search.descending else ((by > at) | (row_id > last))
        conditions.append(beyond)
    directed = (by.desc(), row_id.desc()) if search.descending else (by.asc(), row_id.asc())
    return ctx.session.exec(select(UsageEvent).where(*conditions).order_by(*directed).limit(limit)).all()


def _happened(
    ctx: Context, since: datetime | None = None, until: datetime | None = None, event_type: str | None = None
) -> list[Any]:
    """Conditions of the events between two times, both included, of one type or any.

    SQLite looks for events of a type along their times, between one lower and one upper bound. So there the bounds
    also take in the first and the last hour of the type: a rare one is not looked for among all others.
    """
    time: Any = col(UsageEvent.time)
    start: Any = since
    end: Any = until
    conditions = [col(UsageEvent.namespace) == ctx.namespace]
    if event_type is not None:
        conditions.append(col(UsageEvent.type) == event_type)
    if event_type is not None and ctx.session.get_bind().dialect.name == "sqlite":
        first, last = (select(of(its_hour)).where(*conditions).scalar_subquery() for of in (func.min, func.max))
        time = type_coerce(time, Text)
        start = func.max(first, "" if since is None else utc_text(since))
        end = func.min(last + BEHIND_MINUTES, BEHIND_MINUTES if until is None else utc_text(until))
    conditions += [] if start is None else [time >= start]
    return conditions + ([] if end is None else [time <= end])


def by_id(ctx: Context, row_id: str) -> UsageEvent | None:
    """One event by the id it was stored under."""
    return ctx.session.exec(
        select(UsageEvent).where(UsageEvent.namespace == ctx.namespace, UsageEvent.id == row_id)
    ).first()


def count(ctx: Context, start: datetime, end: datetime) -> int:
    """How many events happened in [start, end)."""
    happened = (UsageEvent.namespace == ctx.namespace, UsageEvent.time >= start, UsageEvent.time < end)
    return ctx.session.exec(select(func.count()).select_from(UsageEvent).where(*happened)).one()


def types(ctx: Context) -> Sequence[str]:
    """The different types of all events, sorted; the index is read once for each type, not for each event."""
    used = different(col(UsageEvent.type), UsageEvent.namespace == ctx.namespace)
    return [name for (name,) in ctx.session.execute(used) if name is not None]


def last_times(ctx: Context, event_types: Collection[str]) -> dict[str, datetime]:
    """Type → the time of its newest event; types without events are left out."""
    found = {event_type: _last_time(ctx, event_type) for event_type in event_types}
    return {event_type: time for event_type, time in found.items() if time is not None}


def _last_time(ctx: Context, event_type: str) -> datetime | None:
    """Asked of one type, since an index answers that with one entry, and of several by reading all of theirs."""
    conditions = [col(UsageEvent.namespace) == ctx.namespace, col(UsageEvent.type) == event_type]
    if ctx.session.get_bind().dialect.name == "sqlite":
        conditions.append(its_hour == select(func.max(its_hour)).where(*conditions).scalar_subquery())
    return ctx.session.exec(select(func.max(UsageEvent.time)).where(*conditions)).one()


def events_by_subject(ctx: Context, start: datetime) -> dict[str, int]:
    """Subject → how many events it had since an instant."""
    counted = (
        select(UsageEvent.subject, func.count())
        .where(UsageEvent.namespace == ctx.namespace, UsageEvent.time >= start)
        .group_by(UsageEvent.subject)
    )
    return dict(ctx.session.exec(counted).all())


def usage(
    ctx: Context,
    event_type: str,
    subjects: Collection[str] | None,
    start: datetime | None,
    end: datetime | None,
    *,
    with_data: bool,
    as_stored: bool,
) -> Iterator[Usage]:
    """Stream the events of a type in [start, end); `as_stored` sorts equal times by the order of storing."""
    data: Any = UsageEvent.data if with_data else None
    columns = (UsageEvent.subject, UsageEvent.time) if data is None else (UsageEvent.subject, UsageEvent.time, data)
    statement: Any = select(*columns).where(*_usage_conditions(ctx, event_type, subjects, start, end))
    if as_stored:
        statement = statement.order_by(col(UsageEvent.time), col(UsageEvent.id))
    rows = ctx.session.execute(statement.execution_options(yield_per=AT_ONCE))
    if data is None:
        return ((subject, time, None) for subject, time in rows)
    return iter(rows)


def subjects(ctx: Context, event_type: str, start: datetime | None, end: datetime | None) -> Sequence[str]:
    """The different subjects of a type's events in [start, end), sorted."""
    conditions = _usage_conditions(ctx, event_type, None, start, end)
    return ctx.session.exec(
        select(UsageEvent.subject).where(*conditions).distinct().order_by(col(UsageEvent.subject))
    ).all()


def _usage_conditions(
    ctx: Context, event_type: str, subjects: Collection[str] | None, start: datetime | None, end: datetime | None
) -> list[Any]:
    of_type = [col(UsageEvent.namespace) == ctx.namespace, col(UsageEvent.type) == event_type]
    conditions = list(of_type)
    if subjects is not None:
        conditions.append(col(UsageEvent.subject).in_(subjects))
    if start is not None:
        conditions.append(col(UsageEvent.time) >= start)
    if end is not None:
        conditions.append(col(UsageEvent.time) < end)
    if ctx.session.get_bind().dialect.name == "sqlite":
        conditions += _in_hours(of_type, start, end, each=subjects is not None)
    return conditions


def _in_hours(of_type: list[Any], start: datetime | None, end: datetime | None, *, each: bool) -> list[Any]:
    """The hours of [start, end), by which SQLite finds usage; `each` names those that have any, one after another.

    So the events of a subject are looked up hour by hour, and those of other subjects in between are not read.
    """
    first = None if start is None else _hour(start)
    until = [] if end is None else [its_hour <= _hour(end)]
    if each:
        return [its_hour.in_(different(its_hour, *of_type, *until, first=first))]
    return [*until, *([] if first is None else [its_hour >= first])]


def _hour(time: datetime) -> str:
    return str(utc_text(time))[:13]
