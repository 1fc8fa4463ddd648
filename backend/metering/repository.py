"""Every query on meters; events are read through the ingest service."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, or_, select

from backend.engine.filter import Filter
from backend.engine.meter.definition import Aggregation
from backend.infra.context import Context
from backend.infra.filters import condition
from backend.metering.models import Meter, UsageDay

AT_ONCE = 2_000


class RollupKey(NamedTuple):
    """What one row of a rollup is about."""

    subject: str
    day: date
    groups_key: str


class DayRow(NamedTuple):
    """What one row of a rollup says."""

    subject: str
    groups: str
    events: int
    value: Decimal
    first_at: datetime
    last_at: datetime


class MeterOrder(StrEnum):
    """What a list of meters can be sorted by; the key is the slug."""

    KEY = "key"
    NAME = "name"
    AGGREGATION = "aggregation"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"


COLUMNS: dict[MeterOrder, Any] = {
    MeterOrder.KEY: Meter.slug,
    MeterOrder.NAME: Meter.name,
    MeterOrder.AGGREGATION: Meter.aggregation,
    MeterOrder.CREATED_AT: Meter.created_at,
    MeterOrder.UPDATED_AT: Meter.updated_at,
}


def by_id(ctx: Context, meter_id: str) -> Meter | None:
    """The meter with this id, also a deleted one."""
    return ctx.session.exec(select(Meter).where(Meter.namespace == ctx.namespace, Meter.id == meter_id)).first()


def by_slug(ctx: Context, slug: str) -> Meter | None:
    """The living meter with this slug."""
    return ctx.session.exec(
        select(Meter).where(Meter.namespace == ctx.namespace, Meter.slug == slug, col(Meter.deleted_at).is_(None))
    ).first()


def page(
    ctx: Context,
    order: MeterOrder,
    *,
    descending: bool,
    include_deleted: bool,
    offset: int,
    limit: int,
    search: str = "",
    filters: Mapping[str, Filter] | None = None,
) -> tuple[Sequence[Meter], int]:
    """One page of the meters, and how many there are; `search` matches any part of slug, name and event type."""
    conditions: list[Any] = [Meter.namespace == ctx.namespace]
    if search:
        texts = (Meter.slug, Meter.name, Meter.event_type)
        conditions.append(or_(*(col(text).icontains(search, autoescape=True) for text in texts)))
    for name, wanted in (filters or {}).items():
        conditions.append(condition(ctx, col(COLUMNS[MeterOrder(name)]), wanted))
    if not include_deleted:
        conditions.append(col(Meter.deleted_at).is_(None))
    by = col(COLUMNS[order])
    directed = [by.desc(), col(Meter.id).desc()] if descending else [by.asc(), col(Meter.id).asc()]
    rows = ctx.session.exec(select(Meter).where(*conditions).order_by(*directed).offset(offset).limit(limit)).all()
    return rows, ctx.session.exec(select(func.count()).select_from(Meter).where(*conditions)).one()


def of_types(ctx: Context, event_types: Collection[str]) -> Sequence[Meter]:
    """The living meters that count events of these types, oldest first."""
    return ctx.session.exec(
        select(Meter)
        .where(
            Meter.namespace == ctx.namespace, col(Meter.event_type).in_(event_types), col(Meter.deleted_at).is_(None)
        )
        .order_by(col(Meter.created_at), col(Meter.id))
    ).all()


def merge_days(ctx: Context, rollup: str, aggregation: Aggregation, days: Mapping[RollupKey, DayRow]) -> None:
    """Put what was counted together with what a rollup holds already, in an order that no two writers block in."""
    on_sqlite = ctx.session.get_bind().dialect.name == "sqlite"
    dialect: Any = sqlite if on_sqlite else postgresql
    table = UsageDay.metadata.tables["usage_day"]
    insert = dialect.insert(table)
    held, added = table.c, insert.excluded
    values = {
        Aggregation.MIN: func.exact_least if on_sqlite else func.least,
        Aggregation.MAX: func.exact_greatest if on_sqlite else func.greatest,
    }
    combine: Any = values.get(aggregation, func.exact_sum if on_sqlite else lambda one, other: one + other)
    merged = insert.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_={
            "events": held.events + added.events,
            "value": combine(held.value, added.value),
            "first_at": (func.min if on_sqlite else func.least)(held.first_at, added.first_at),
            "last_at": (func.max if on_sqlite else func.greatest)(held.last_at, added.last_at),
        },
    ).returning(held.rollup)
    rows = [
        {"namespace": ctx.namespace, "rollup": rollup} | key._asdict() | days[key]._asdict() for key in sorted(days)
    ]
    ctx.session.connection().execute(merged, rows).all()


def rollup_days(
    ctx: Context, rollup: str, subjects: Collection[str] | None, first: date | None, end: date | None
) -> Iterator[DayRow]:
    """The rows of a rollup for some subjects or all, on the days in [first, end)."""
    conditions: list[Any] = [UsageDay.namespace == ctx.namespace, UsageDay.rollup == rollup]
    if subjects is not None:
        conditions.append(col(UsageDay.subject).in_(subjects))
    if first is not None:
        conditions.append(UsageDay.day >= first)
    if end is not None:
        conditions.append(UsageDay.day < end)
    columns: Any = [col(getattr(UsageDay, name)) for name in DayRow._fields]
    rows = ctx.session.execute(select(*columns).where(*conditions).execution_options(yield_per=AT_ONCE))
    return (DayRow(*row) for row in rows)


def delete_rollup(ctx: Context, rollup: str) -> None:
    """Remove every row of a rollup."""
    gone = delete(UsageDay).where(col(UsageDay.namespace) == ctx.namespace, col(UsageDay.rollup) == rollup)
    ctx.session.connection().execute(gone)
