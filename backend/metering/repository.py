"""Every query on meters; events are read through the ingest service."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import bindparam, delete, tuple_
from sqlmodel import col, func, or_, select

from backend.engine.filter import Filter
from backend.infra.context import Context
from backend.infra.different import different
from backend.infra.filters import condition
from backend.metering.models import EndedRollup, Meter, UsageDay

AT_ONCE = 2_000


CountedDay = tuple[str, str, int, Decimal, datetime, datetime]
"""What is read of a row of a rollup: subject, groups, number of events, value, when the first and the last were."""

_COUNTED_DAY: Any = [
    col(getattr(UsageDay, name)) for name in ("subject", "groups", "events", "value", "first_at", "last_at")
]


_BY_SLUG = select(Meter).where(
    Meter.namespace == bindparam("namespace"), Meter.slug == bindparam("slug"), col(Meter.deleted_at).is_(None)
)
_OF_TYPES = (
    select(Meter)
    .where(
        Meter.namespace == bindparam("namespace"),
        col(Meter.event_type).in_(bindparam("event_types", expanding=True)),
        col(Meter.deleted_at).is_(None),
    )
    .order_by(col(Meter.created_at), col(Meter.id))
)
"""Built once: every question about usage begins with the one, and storing events with the other."""


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


def by_ids(ctx: Context, meter_ids: Collection[str]) -> Sequence[Meter]:
    """The meters with these ids, also deleted ones; unknown ids are left out."""
    if not meter_ids:
        return ()
    query = select(Meter).where(col(Meter.namespace) == ctx.namespace, col(Meter.id).in_(meter_ids))
    return ctx.session.exec(query).all()


def by_slug(ctx: Context, slug: str) -> Meter | None:
    """The living meter with this slug."""
    return ctx.session.exec(_BY_SLUG, params={"namespace": ctx.namespace, "slug": slug}).first()


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
    asked = {"namespace": ctx.namespace, "event_types": list(event_types)}
    return ctx.session.exec(_OF_TYPES, params=asked).all()


def rollup_days(
    ctx: Context,
    rollup: str,
    subjects: Collection[str] | None,
    first: date | None,
    end: date | None,
    *,
    latest_last: bool,
) -> Iterator[CountedDay]:
    """The rows of a rollup for some subjects or all, on the days in [first, end), in no order unless one is wanted."""
    asked: dict[str, Any] = {"namespace": ctx.namespace, "rollup": rollup, "first": first, "end": end}
    asked["subjects"] = None if subjects is None else list(subjects)
    given = {name: value for name, value in asked.items() if value is not None}
    by_day = subjects is not None and ctx.session.get_bind().dialect.name == "sqlite"
    rows = ctx.session.connection().execute(_days(frozenset(given), by_day=by_day, latest_last=latest_last), given)
    return cast(Iterator[CountedDay], iter(rows))


@lru_cache
def _days(given: Collection[str], *, by_day: bool, latest_last: bool) -> Any:
    """Built once for each kind of question: to build it takes longer than to read a customer's month.

    `by_day` looks up the subjects on one day after another, among those that have any usage: on SQLite rows lie in the
    order of days first.
    """
    conditions: dict[str, Any] = {
        "namespace": col(UsageDay.namespace) == bindparam("namespace"),
        "rollup": col(UsageDay.rollup) == bindparam("rollup"),
        "subjects": col(UsageDay.subject).in_(bindparam("subjects", expanding=True)),
        "first": col(UsageDay.day) >= bindparam("first"),
        "end": col(UsageDay.day) < bindparam("end"),
    }
    if by_day:
        of_all = [conditions["namespace"], conditions["rollup"]]
        of_all += [conditions["end"]] if "end" in given else []
        first: Any = bindparam("first") if "first" in given else None
        days = different(col(UsageDay.day), *of_all, first=first)
        conditions["days"] = col(UsageDay.day).in_(days)
        given = {"namespace", "rollup", "subjects", "days"}
    found: Any = select(*_COUNTED_DAY).where(*(conditions[name] for name in sorted(conditions.keys() & given)))
    if latest_last:
        found = found.order_by(col(UsageDay.last_at), col(UsageDay.last_id))
    return found if "subjects" in given else found.execution_options(yield_per=AT_ONCE)


def unfilled(ctx: Context) -> Meter | None:
    """The oldest meter whose rollup still lacks earlier events."""
    lacking = (Meter.namespace == ctx.namespace, col(Meter.fill_until).is_not(None))
    return ctx.session.exec(select(Meter).where(*lacking).order_by(col(Meter.created_at), col(Meter.id))).first()


def ended_rollup(ctx: Context, before: datetime) -> EndedRollup | None:
    """The rollup that ended first, if it did so before an instant."""
    ended = (EndedRollup.namespace == ctx.namespace, EndedRollup.ended_at < before)
    return ctx.session.exec(select(EndedRollup).where(*ended).order_by(col(EndedRollup.ended_at))).first()


def delete_days(ctx: Context, rollup: str, most: int) -> bool:
    """Remove some rows of a rollup; whether it may have more."""
    days = (col(UsageDay.namespace) == ctx.namespace, col(UsageDay.rollup) == rollup)
    on_sqlite = ctx.session.get_bind().dialect.name == "sqlite"
    day_and_subject = (col(UsageDay.day), col(UsageDay.subject))
    key = (*(day_and_subject if on_sqlite else reversed(day_and_subject)), col(UsageDay.groups_key))
    first = select(*key).where(*days).order_by(*key)
    last = ctx.session.exec(first.offset(most - 1).limit(1)).first()
    upto = () if last is None else (tuple_(*key) <= tuple_(*last),)
    ctx.session.connection().execute(delete(UsageDay).where(*days, *upto))
    return last is not None
