"""Every query on usage events."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from backend.infra.context import Context
from backend.ingest.models import UsageEvent

AT_ONCE = 2_000
Usage = tuple[str, datetime, str | None]
"""What metering reads of an event: subject, time, data."""


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


def insert_new(ctx: Context, rows: Sequence[dict[str, Any]]) -> int:
    """Store the rows whose (namespace, source, event_id) is new, in one transaction; returns how many were."""
    dialect: Any = sqlite if ctx.session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(UsageEvent).on_conflict_do_nothing().returning(col(UsageEvent.id))
    return len(ctx.session.execute(statement, rows).all())


def newest(ctx: Context, wanted: EventFilter, limit: int) -> Sequence[UsageEvent]:
    """The events that match, newest first."""
    conditions: list[Any] = [UsageEvent.namespace == ctx.namespace, UsageEvent.time >= wanted.since]
    if wanted.until is not None:
        conditions.append(UsageEvent.time <= wanted.until)
    if wanted.ingested_since is not None:
        conditions.append(UsageEvent.ingested_at >= wanted.ingested_since)
    if wanted.ingested_until is not None:
        conditions.append(UsageEvent.ingested_at <= wanted.ingested_until)
    if wanted.event_id is not None:
        conditions.append(col(UsageEvent.event_id).contains(wanted.event_id, autoescape=True))
    if wanted.subject is not None:
        conditions.append(UsageEvent.subject == wanted.subject)
    if wanted.subjects is not None:
        conditions.append(col(UsageEvent.subject).in_(wanted.subjects))
    if wanted.type is not None:
        conditions.append(UsageEvent.type == wanted.type)
    newest_first = (col(UsageEvent.time).desc(), col(UsageEvent.id).desc())
    return ctx.session.exec(select(UsageEvent).where(*conditions).order_by(*newest_first).limit(limit)).all()


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
    conditions: list[Any] = [UsageEvent.namespace == ctx.namespace, UsageEvent.type == event_type]
    if subjects is not None:
        conditions.append(col(UsageEvent.subject).in_(subjects))
    if start is not None:
        conditions.append(UsageEvent.time >= start)
    if end is not None:
        conditions.append(UsageEvent.time < end)
    return conditions
