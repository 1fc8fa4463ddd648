"""Every query of what is sold in numbered versions: plans and add-ons."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import JSON, ColumnElement, Select, and_, case, func, or_, type_coerce
from sqlalchemy import select as sa_select
from sqlmodel import col, select

from backend.catalog.filters import VersionFilter
from backend.catalog.models import Addon, AddonRateCard, Plan, PlanPhase, RateCard
from backend.catalog.repository.matching import contains
from backend.infra.context import Context
from backend.infra.filters import condition

V = TypeVar("V", Plan, Addon)
"""A version of a plan, or of an add-on."""


def version(ctx: Context, kind: type[V], version_id: str) -> V | None:
    """A version by id, also a deleted one."""
    query = select(kind).where(col(kind.namespace) == ctx.namespace, col(kind.id) == version_id)
    return ctx.session.exec(query).first()


def versions(ctx: Context, kind: type[V], key: str, *, lock: bool = False) -> Sequence[V]:
    """All versions of a key, oldest first, also deleted ones; locked against everybody else who changes them."""
    query = select(kind).where(col(kind.namespace) == ctx.namespace, col(kind.key) == key).order_by(col(kind.version))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return ctx.session.exec(query).all()


def versions_by_id(ctx: Context, kind: type[V], ids: Iterable[str]) -> Sequence[V]:
    """Versions by id, also deleted ones."""
    query = select(kind).where(col(kind.namespace) == ctx.namespace, col(kind.id).in_(set(ids)))
    return ctx.session.exec(query).all()


def living_versions(ctx: Context, kind: type[V], keys: Iterable[str]) -> Sequence[V]:
    """All versions of several keys that are not deleted, each key's oldest first."""
    query = select(kind).where(
        col(kind.namespace) == ctx.namespace, col(kind.key).in_(list(keys)), col(kind.deleted_at).is_(None)
    )
    return ctx.session.exec(query.order_by(col(kind.key), col(kind.version))).all()


def list_versions(ctx: Context, kind: type[V], wanted: VersionFilter) -> tuple[Sequence[V], int]:
    """One page of versions and how many there are in all."""
    conditions = _conditions(ctx, kind, wanted)
    total = ctx.session.exec(select(func.count()).select_from(kind).where(*conditions)).one()
    order = getattr(kind, wanted.order_by)
    query = select(kind).where(*conditions).order_by(order.desc() if wanted.descending else order, col(kind.id))
    return ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all(), total


def _conditions(ctx: Context, kind: type[V], wanted: VersionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(kind.namespace) == ctx.namespace, *_named(kind, wanted)]
    if wanted.statuses:
        conditions.append(or_(*(_has_status(kind, status, ctx.now) for status in wanted.statuses)))
    if not wanted.include_deleted:
        conditions.append(col(kind.deleted_at).is_(None))
    if wanted.without_unit_config:
        conditions.append(col(kind.id).not_in(converting(kind)))
    for name, compared in wanted.columns.items():
        conditions.append(condition(ctx, getattr(kind, name), compared))
    if wanted.search:
        conditions.append(contains(wanted.search, col(kind.key), col(kind.name)))
    if wanted.leading:
        conditions.append(col(kind.id).in_(_leading(kind, conditions, ctx.now)))
    return conditions


def _named(kind: type[V], wanted: VersionFilter) -> list[ColumnElement[bool]]:
    """The conditions that name what is wanted."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.ids:
        conditions.append(col(kind.id).in_(wanted.ids))
    if wanted.keys:
        conditions.append(col(kind.key).in_(wanted.keys))
    if wanted.key_versions:
        pairs = [and_(col(kind.key) == key, col(kind.version).in_(chosen)) for key, chosen in wanted.key_versions]
        conditions.append(or_(*pairs))
    if wanted.currencies:
        conditions.append(col(kind.currency).in_(wanted.currencies))
    return conditions


def converting(kind: type[V]) -> Select[str]:
    """The ids of the versions with a rate card that converts units."""
    if kind is Addon:
        return sa_select(col(AddonRateCard.addon_id)).where(_converts(AddonRateCard))
    owned = sa_select(col(PlanPhase.plan_id)).join(RateCard, col(RateCard.phase_id) == col(PlanPhase.id))
    return owned.where(_converts(RateCard))


def _converts(card: type[RateCard] | type[AddonRateCard]) -> ColumnElement[bool]:
    """Whether the price of a rate card is for other units than those that are metered."""
    kept: ColumnElement[bool] = type_coerce(col(card.price), JSON)["unit_config"].as_string().is_not(None)
    return kept


def _leading(kind: type[V], conditions: Sequence[ColumnElement[bool]], at: datetime) -> Select[tuple[str]]:
    """The ids of each key's version on sale, else of its latest, among those that meet the conditions."""
    on_sale = case((_has_status(kind, "active", at), 0), else_=1)
    rank = func.row_number().over(partition_by=col(kind.key), order_by=(on_sale, col(kind.version).desc()))
    ranked = sa_select(col(kind.id).label("id"), rank.label("rank")).where(*conditions).subquery()
    return sa_select(ranked.c.id).where(ranked.c.rank == 1)


def _has_status(kind: type[V], status: str, at: datetime) -> ColumnElement[bool]:
    """The status as a condition: the same rule as `plan_status` in `engine.subscribe.status`."""
    start, end = col(kind.effective_from), col(kind.effective_to)
    conditions: dict[str, ColumnElement[bool]] = {
        "draft": and_(start.is_(None), end.is_(None)),
        "active": and_(start <= at, or_(end.is_(None), end > at)),
        "archived": and_(start <= at, end <= at),
        "scheduled": start > at,
    }
    return conditions[status]
