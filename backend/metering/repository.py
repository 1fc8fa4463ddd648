"""Every query on meters; events are read through the ingest service."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

from sqlmodel import col, func, or_, select

from backend.infra.context import Context
from backend.metering.models import Meter


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
) -> tuple[Sequence[Meter], int]:
    """One page of the meters, and how many there are; `search` matches any part of slug, name and event type."""
    conditions: list[Any] = [Meter.namespace == ctx.namespace]
    if search:
        texts = (Meter.slug, Meter.name, Meter.event_type)
        conditions.append(or_(*(col(text).icontains(search, autoescape=True) for text in texts)))
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
