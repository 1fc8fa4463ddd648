"""Every query of features."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, or_
from sqlmodel import col, select

from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature, Plan, PlanPhase, RateCard
from backend.catalog.repository.matching import contains
from backend.infra.context import Context
from backend.infra.filters import condition


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
    """The features that are measured by a meter, also archived ones."""
    query = select(Feature).where(col(Feature.namespace) == ctx.namespace, col(Feature.meter_id) == meter_id)
    return ctx.session.exec(query.order_by(col(Feature.key))).all()


def list_features(ctx: Context, wanted: FeatureFilter) -> tuple[Sequence[Feature], int]:
    """One page of features and how many there are in all."""
    conditions = [col(Feature.namespace) == ctx.namespace]
    if wanted.meter_slugs:
        conditions.append(col(Feature.meter_slug).in_(wanted.meter_slugs))
    if wanted.search:
        conditions.append(contains(wanted.search, col(Feature.key), col(Feature.name)))
    for name, compared in wanted.columns.items():
        conditions.append(condition(ctx, func.coalesce(getattr(Feature, name), ""), compared))
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
