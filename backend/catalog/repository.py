"""Every query of the catalog."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from backend.catalog.filters import FeatureFilter, PlanFilter
from backend.catalog.models import Feature, Plan, PlanPhase, RateCard
from backend.infra.context import Context


def feature(ctx: Context, id_or_key: str, *, include_archived: bool = True) -> Feature | None:
    """By id, else the feature in use with this key, else the one with this key that was archived last."""
    query = select(Feature).where(
        col(Feature.namespace) == ctx.namespace,
        or_(col(Feature.id) == id_or_key, col(Feature.key) == id_or_key),
    )
    if not include_archived:
        query = query.where(col(Feature.archived_at).is_(None))
    by_id, in_use = col(Feature.id) == id_or_key, col(Feature.archived_at).is_(None)
    return ctx.session.exec(query.order_by(by_id.desc(), in_use.desc(), col(Feature.archived_at).desc())).first()


def features_by_key(ctx: Context, keys: Iterable[str]) -> Sequence[Feature]:
    """All features, also archived ones, with one of these keys; the one in use comes last of its key."""
    query = select(Feature).where(col(Feature.namespace) == ctx.namespace, col(Feature.key).in_(set(keys)))
    return ctx.session.exec(query.order_by(col(Feature.archived_at).is_(None), col(Feature.archived_at))).all()


def features_by_id(ctx: Context, ids: Iterable[str]) -> Sequence[Feature]:
    """Features by id, also archived ones."""
    query = select(Feature).where(col(Feature.namespace) == ctx.namespace, col(Feature.id).in_(set(ids)))
    return ctx.session.exec(query).all()


def features_of_meter(ctx: Context, meter_id: str) -> Sequence[Feature]:
    """The features in use that are measured by a meter."""
    query = select(Feature).where(
        col(Feature.namespace) == ctx.namespace,
        col(Feature.meter_id) == meter_id,
        col(Feature.archived_at).is_(None),
    )
    return ctx.session.exec(query.order_by(col(Feature.key))).all()


def list_features(ctx: Context, wanted: FeatureFilter) -> tuple[Sequence[Feature], int]:
    """One page of features and how many there are in all."""
    conditions = [col(Feature.namespace) == ctx.namespace]
    if wanted.meter_slugs:
        conditions.append(col(Feature.meter_slug).in_(wanted.meter_slugs))
    if wanted.search:
        conditions.append(_contains(wanted.search, col(Feature.key), col(Feature.name)))
    if wanted.only_archived:
        conditions.append(col(Feature.archived_at).is_not(None))
    elif not wanted.include_archived:
        conditions.append(col(Feature.archived_at).is_(None))
    total = ctx.session.exec(select(func.count()).select_from(Feature).where(*conditions)).one()
    order = getattr(Feature, wanted.order_by)
    query = select(Feature).where(*conditions).order_by(order.desc() if wanted.descending else order, col(Feature.id))
    return ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all(), total


def plans_using(ctx: Context, feature_ids: Iterable[str]) -> dict[str, int]:
    """Feature id → how many plans name it in a version that is neither deleted nor archived."""
    query = (
        select(RateCard.feature_id, func.count(func.distinct(Plan.key)))
        .join(PlanPhase, col(PlanPhase.id) == col(RateCard.phase_id))
        .join(Plan, col(Plan.id) == col(PlanPhase.plan_id))
        .where(
            col(Plan.namespace) == ctx.namespace,
            col(Plan.deleted_at).is_(None),
            or_(col(Plan.effective_to).is_(None), col(Plan.effective_to) > ctx.now),
            col(RateCard.feature_id).in_(list(feature_ids)),
        )
        .group_by(col(RateCard.feature_id))
    )
    return {feature_id: count for feature_id, count in ctx.session.exec(query) if feature_id is not None}


def plan(ctx: Context, plan_id: str) -> Plan | None:
    """A plan version by id, also a deleted one."""
    query = select(Plan).where(col(Plan.namespace) == ctx.namespace, col(Plan.id) == plan_id)
    return ctx.session.exec(query).first()


def versions(ctx: Context, key: str, *, lock: bool = False) -> Sequence[Plan]:
    """All versions of a plan, oldest first, also deleted ones; locked against everybody else who changes them."""
    query = select(Plan).where(col(Plan.namespace) == ctx.namespace, col(Plan.key) == key).order_by(col(Plan.version))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return ctx.session.exec(query).all()


def living_versions(ctx: Context, keys: Iterable[str]) -> Sequence[Plan]:
    """All versions of several plans that are not deleted, each key's oldest first."""
    query = select(Plan).where(
        col(Plan.namespace) == ctx.namespace, col(Plan.key).in_(list(keys)), col(Plan.deleted_at).is_(None)
    )
    return ctx.session.exec(query.order_by(col(Plan.key), col(Plan.version))).all()


def list_plans(ctx: Context, wanted: PlanFilter) -> tuple[Sequence[Plan], int]:
    """One page of plan versions and how many there are in all."""
    conditions = _plan_conditions(ctx, wanted)
    total = ctx.session.exec(select(func.count()).select_from(Plan).where(*conditions)).one()
    order = getattr(Plan, wanted.order_by)
    query = select(Plan).where(*conditions).order_by(order.desc() if wanted.descending else order, col(Plan.id))
    return ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all(), total


def phases(ctx: Context, plan_ids: Iterable[str]) -> Sequence[PlanPhase]:
    """The phases of plans, in their order."""
    query = select(PlanPhase).where(col(PlanPhase.plan_id).in_(list(plan_ids)))
    return ctx.session.exec(query.order_by(col(PlanPhase.position))).all()


def rate_cards(ctx: Context, phase_ids: Iterable[str]) -> Sequence[RateCard]:
    """The rate cards of phases, in their order."""
    query = select(RateCard).where(col(RateCard.phase_id).in_(list(phase_ids)))
    return ctx.session.exec(query.order_by(col(RateCard.position))).all()


def remove_phases(ctx: Context, plan_id: str) -> None:
    """Take the phases of a plan away, with their rate cards."""
    owned = select(PlanPhase.id).where(col(PlanPhase.plan_id) == plan_id)
    ctx.session.exec(delete(RateCard).where(col(RateCard.phase_id).in_(owned)))
    ctx.session.exec(delete(PlanPhase).where(col(PlanPhase.plan_id) == plan_id))


def _plan_conditions(ctx: Context, wanted: PlanFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(Plan.namespace) == ctx.namespace]
    if wanted.ids:
        conditions.append(col(Plan.id).in_(wanted.ids))
    if wanted.keys:
        conditions.append(col(Plan.key).in_(wanted.keys))
    if wanted.key_versions:
        pairs = [and_(col(Plan.key) == key, col(Plan.version).in_(chosen)) for key, chosen in wanted.key_versions]
        conditions.append(or_(*pairs))
    if wanted.currencies:
        conditions.append(col(Plan.currency).in_(wanted.currencies))
    if wanted.statuses:
        conditions.append(or_(*(_has_status(status, ctx.now) for status in wanted.statuses)))
    if not wanted.include_deleted:
        conditions.append(col(Plan.deleted_at).is_(None))
    if wanted.search:
        conditions.append(_contains(wanted.search, col(Plan.key), col(Plan.name)))
    if wanted.leading:
        conditions.append(col(Plan.id).in_(_leading(conditions, ctx.now)))
    return conditions


def _leading(conditions: Sequence[ColumnElement[bool]], at: datetime) -> Select[tuple[str]]:
    """The ids of each key's version on sale, else of its latest, among those that meet the conditions."""
    on_sale = case((_has_status("active", at), 0), else_=1)
    rank = func.row_number().over(partition_by=col(Plan.key), order_by=(on_sale, col(Plan.version).desc()))
    ranked = sa_select(col(Plan.id).label("id"), rank.label("rank")).where(*conditions).subquery()
    return sa_select(ranked.c.id).where(ranked.c.rank == 1)


def _contains(text: str, *columns: Mapped[str]) -> ColumnElement[bool]:
    """Whether one of the columns contains the text, in any case."""
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _has_status(status: str, at: datetime) -> ColumnElement[bool]:
    """The status of a plan as a condition: the same rule as `engine.subscribe.status.plan_status`."""
    start, end = col(Plan.effective_from), col(Plan.effective_to)
    conditions: dict[str, ColumnElement[bool]] = {
        "draft": and_(start.is_(None), end.is_(None)),
        "active": and_(start <= at, or_(end.is_(None), end > at)),
        "archived": and_(start <= at, end <= at),
        "scheduled": start > at,
    }
    return conditions[status]
