"""Every query of subscriptions."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select

from backend.engine.filter import Filter
from backend.engine.subscribe.status import SubscriptionStatus
from backend.infra.context import Context
from backend.infra.filters import condition
from backend.subscriptions.models import (
    Subscription,
    SubscriptionAddon,
    SubscriptionAddonQuantity,
    SubscriptionItem,
    SubscriptionPhase,
)
from backend.subscriptions.terms import SubscriptionFilter


def get(ctx: Context, subscription_id: str, *, lock: bool = False) -> Subscription | None:
    """A subscription that is not deleted; locked against everybody else who changes it."""
    query = select(Subscription).where(*_living(ctx), col(Subscription.id) == subscription_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return ctx.session.exec(query).first()


def of_customer(ctx: Context, customer_id: str) -> Sequence[Subscription]:
    """All subscriptions of a customer, also ended ones, in order of time."""
    query = select(Subscription).where(*_living(ctx), col(Subscription.customer_id) == customer_id)
    return ctx.session.exec(query.order_by(col(Subscription.active_from))).all()


def page(ctx: Context, wanted: SubscriptionFilter) -> tuple[Sequence[Subscription], int]:
    """One page of subscriptions, and how many there are in all; one without an end is the last to end."""
    conditions = _living(ctx)
    for name, wanted_text in wanted.columns.items():
        conditions.append(condition(ctx, func.coalesce(getattr(Subscription, name), ""), wanted_text))
    if wanted.customer_ids:
        conditions.append(col(Subscription.customer_id).in_(wanted.customer_ids))
    if wanted.plan_ids:
        conditions.append(col(Subscription.plan_id).in_(wanted.plan_ids))
    if wanted.statuses:
        conditions.append(or_(*(_has_status(status, ctx.now) for status in wanted.statuses)))
    total = ctx.session.exec(select(func.count()).select_from(Subscription).where(*conditions)).one()
    order = getattr(Subscription, wanted.order_by)
    directed = order.desc().nulls_first() if wanted.descending else order.asc().nulls_last()
    query = select(Subscription).where(*conditions).order_by(directed, col(Subscription.id))
    return ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all(), total


def count_by_plan(ctx: Context, plan_ids: Iterable[str]) -> dict[str, int]:
    """Plan version id → how many of its subscriptions have not ended; versions without one are left out."""
    query = (
        select(Subscription.plan_id, func.count())
        .where(*_living(ctx), col(Subscription.plan_id).in_(list(plan_ids)), _lasts(ctx.now))
        .group_by(col(Subscription.plan_id))
    )
    return {plan_id: count for plan_id, count in ctx.session.exec(query) if plan_id is not None}


def count_by_feature(ctx: Context, feature_ids: Iterable[str]) -> dict[str, int]:
    """Feature id → how many subscriptions that have not ended contain it; features in none are left out."""
    query = (
        select(SubscriptionItem.feature_id, func.count(func.distinct(Subscription.id)))
        .join(SubscriptionPhase, col(SubscriptionPhase.id) == col(SubscriptionItem.phase_id))
        .join(Subscription, col(Subscription.id) == col(SubscriptionPhase.subscription_id))
        .where(*_living(ctx), col(SubscriptionItem.feature_id).in_(list(feature_ids)), _lasts(ctx.now))
        .group_by(col(SubscriptionItem.feature_id))
    )
    return {feature_id: count for feature_id, count in ctx.session.exec(query) if feature_id is not None}


def fees_in_force(ctx: Context) -> Sequence[tuple[Subscription, SubscriptionPhase, SubscriptionItem]]:
    """The recurring items of the subscriptions that run now, each with its phase, phases in order.

    Only phases that have begun, and only items that have a price and repeat.
    """
    begun = col(SubscriptionPhase.active_from) <= ctx.now
    query = (
        select(Subscription, SubscriptionPhase, SubscriptionItem)
        .join(SubscriptionPhase, col(SubscriptionPhase.subscription_id) == col(Subscription.id))
        .join(SubscriptionItem, col(SubscriptionItem.phase_id) == col(SubscriptionPhase.id), isouter=True)
        .where(*_living(ctx), col(Subscription.active_from) <= ctx.now, _lasts(ctx.now), begun)
        .order_by(col(SubscriptionPhase.position))
    )
    return ctx.session.exec(query).all()


def customers_with(ctx: Context, plan_key: Filter, at: datetime) -> Sequence[str]:
    """The ids of the customers whose subscription in force at an instant is of such a plan, whatever its version."""
    query = select(Subscription.customer_id).where(
        *_living(ctx),
        condition(ctx, func.coalesce(col(Subscription.plan_key), ""), plan_key),
        col(Subscription.active_from) <= at,
        or_(col(Subscription.active_to).is_(None), col(Subscription.active_to) > at),
    )
    return ctx.session.exec(query.distinct()).all()


def running(ctx: Context, customer_ids: Iterable[str], at: datetime) -> Sequence[Subscription]:
    """The subscriptions of customers that are in force at an instant."""
    query = select(Subscription).where(
        *_living(ctx),
        col(Subscription.customer_id).in_(list(customer_ids)),
        col(Subscription.active_from) <= at,
        or_(col(Subscription.active_to).is_(None), col(Subscription.active_to) > at),
    )
    return ctx.session.exec(query).all()


def phases(ctx: Context, subscription_ids: Iterable[str]) -> Sequence[SubscriptionPhase]:
    """The phases of subscriptions, in their order."""
    query = select(SubscriptionPhase).where(col(SubscriptionPhase.subscription_id).in_(list(subscription_ids)))
    return ctx.session.exec(query.order_by(col(SubscriptionPhase.position))).all()


def items(ctx: Context, phase_ids: Iterable[str]) -> Sequence[SubscriptionItem]:
    """The items of phases, in their order, the versions of a key oldest first."""
    query = select(SubscriptionItem).where(col(SubscriptionItem.phase_id).in_(list(phase_ids)))
    order = (col(SubscriptionItem.position), col(SubscriptionItem.key), col(SubscriptionItem.version))
    return ctx.session.exec(query.order_by(*order)).all()


def addons(ctx: Context, subscription_ids: Iterable[str]) -> Sequence[SubscriptionAddon]:
    """The add-ons that were bought with subscriptions, in the order in which they were."""
    query = select(SubscriptionAddon).where(
        col(SubscriptionAddon.namespace) == ctx.namespace,
        col(SubscriptionAddon.subscription_id).in_(list(subscription_ids)),
    )
    return ctx.session.exec(query.order_by(col(SubscriptionAddon.created_at), col(SubscriptionAddon.id))).all()


def addon_quantities(ctx: Context, bought_ids: Iterable[str]) -> Sequence[SubscriptionAddonQuantity]:
    """How many of each bought add-on there are when, in order of time."""
    query = select(SubscriptionAddonQuantity).where(
        col(SubscriptionAddonQuantity.subscription_addon_id).in_(list(bought_ids))
    )
    return ctx.session.exec(query.order_by(col(SubscriptionAddonQuantity.active_from))).all()


def _living(ctx: Context) -> list[ColumnElement[bool]]:
    return [col(Subscription.namespace) == ctx.namespace, col(Subscription.deleted_at).is_(None)]


def _lasts(at: datetime) -> ColumnElement[bool]:
    start, end = col(Subscription.active_from), col(Subscription.active_to)
    return or_(end.is_(None), and_(end > at, end > start))


def _has_status(status: SubscriptionStatus, at: datetime) -> ColumnElement[bool]:
    """The status of a subscription as a condition: the same rule as `engine.subscribe.status`."""
    start, end = col(Subscription.active_from), col(Subscription.active_to)
    lasts = _lasts(at)
    return {
        SubscriptionStatus.SCHEDULED: and_(start > at, lasts),
        SubscriptionStatus.ACTIVE: and_(start <= at, end.is_(None)),
        SubscriptionStatus.CANCELED: and_(start <= at, end.is_not(None), lasts),
        SubscriptionStatus.INACTIVE: and_(end.is_not(None), or_(end <= at, end <= start)),
    }[status]
