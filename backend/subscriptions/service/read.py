"""Subscriptions as people look at them: one with all its parts, lists, and what a customer has now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.customers import service as customers
from backend.engine.filter import Filter
from backend.engine.period import Period
from backend.engine.subscribe.align import billing_period_at, item_period, phase_period
from backend.engine.subscribe.status import SubscriptionStatus, subscription_status
from backend.entitlements import service as entitlements
from backend.entitlements.service import EntitlementDetail
from backend.errors import NotFound
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPhase
from backend.subscriptions.terms import SubscriptionFilter
from backend.subscriptions.view import PhaseRows, rows, schedule


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """An item with the time it lives and what it includes."""

    row: SubscriptionItem
    lasting: Period
    feature: Feature | None
    entitlement: EntitlementDetail | None


@dataclass(frozen=True, slots=True)
class PhaseDetail:
    """A phase with the time it lasts and all versions of its items."""

    row: SubscriptionPhase
    lasting: Period
    items: tuple[ItemDetail, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionDetail:
    """A subscription with everything in it; the billing period is the one at the instant asked about."""

    row: Subscription
    status: SubscriptionStatus
    billing_period: Period | None
    phases: tuple[PhaseDetail, ...]


def get(ctx: Context, subscription_id: str) -> Subscription:
    """A subscription by its id. Raises NotFound."""
    return _found(repository.get(ctx, subscription_id), subscription_id)


def lock(ctx: Context, subscription_id: str) -> Subscription:
    """A subscription, its customer locked against everybody who would change what it has. Raises NotFound."""
    subscription = get(ctx, subscription_id)
    customers.lock(ctx, subscription.customer_id)
    return _found(repository.get(ctx, subscription_id, lock=True), subscription_id)


def status_of(ctx: Context, subscription: Subscription) -> SubscriptionStatus:
    """Scheduled, active, canceled (until its end) or inactive, at the instant of the unit of work."""
    return subscription_status(subscription.active_from, subscription.active_to, ctx.now)


def detail(ctx: Context, subscription: Subscription, at: datetime | None = None) -> SubscriptionDetail:
    """A subscription with its phases, items, features and entitlements; the status is that at `at` (default: now)."""
    instant = at or ctx.now
    phases = rows(ctx, subscription)
    plan_of_time = schedule(subscription, phases)
    ids = {item.feature_id for phase in phases for item in phase.items if item.feature_id}
    known = features.by_id(ctx, ids)
    granted = {
        found.row.subscription_item_id: found
        for found in entitlements.details(ctx, entitlements.of_subscription(ctx, subscription.id), instant)
    }

    def shown(phase: PhaseRows, number: int) -> PhaseDetail:
        phase_view = plan_of_time.phases[number]
        items = tuple(
            ItemDetail(
                item,
                item_period(plan_of_time, phase_view, item_view),
                known.get(item.feature_id or ""),
                granted.get(item.id),
            )
            for item, item_view in zip(phase.items, phase_view.items, strict=True)
        )
        return PhaseDetail(phase.row, phase_period(plan_of_time, phase_view), items)

    return SubscriptionDetail(
        row=subscription,
        status=subscription_status(subscription.active_from, subscription.active_to, instant),
        billing_period=billing_period(ctx, subscription, instant),
        phases=tuple(shown(phase, number) for number, phase in enumerate(phases)),
    )


def billing_period(ctx: Context, subscription: Subscription, at: datetime | None = None) -> Period | None:
    """The billing period at an instant (default: now); None while the subscription does not run."""
    instant = at or ctx.now
    plan_of_time = schedule(subscription, rows(ctx, subscription))
    return billing_period_at(plan_of_time, instant) if instant in plan_of_time.active else None


def list_subscriptions(ctx: Context, wanted: SubscriptionFilter | None = None) -> tuple[Sequence[Subscription], int]:
    """One page of subscriptions, and how many there are in all."""
    return repository.page(ctx, wanted or SubscriptionFilter())


def list_for_customer(
    ctx: Context, customer_id_or_key: str, wanted: SubscriptionFilter | None = None
) -> tuple[Sequence[Subscription], int]:
    """One page of a customer's subscriptions, also ended ones. Raises NotFound, PreconditionFailed (deleted)."""
    customer = customers.get(ctx, customer_id_or_key)
    return repository.page(ctx, replace(wanted or SubscriptionFilter(), customer_ids=(customer.id,)))


def of_customer(ctx: Context, customer_id: str) -> Sequence[Subscription]:
    """All of a customer's subscriptions that are not deleted, also ended ones and those to come."""
    return repository.of_customer(ctx, customer_id)


def current(ctx: Context, customer_ids: Iterable[str]) -> dict[str, Subscription]:
    """Customer id → the subscription that runs now; customers without one are left out."""
    return {found.customer_id: found for found in repository.running(ctx, customer_ids, ctx.now)}


def customers_with(ctx: Context, plan_key: Filter) -> Sequence[str]:
    """The ids of the customers whose running subscription is of such a plan, whatever its version."""
    return repository.customers_with(ctx, plan_key, ctx.now)


def count_by_plan(ctx: Context, plan_ids: Iterable[str]) -> dict[str, int]:
    """Plan version id → the number of its subscriptions that have not ended; versions without one are left out."""
    return repository.count_by_plan(ctx, plan_ids)


def count_by_feature(ctx: Context, feature_ids: Iterable[str]) -> dict[str, int]:
    """Feature id → the number of subscriptions that have not ended and contain it; others are left out."""
    return repository.count_by_feature(ctx, feature_ids)


def _found(subscription: Subscription | None, subscription_id: str) -> Subscription:
    if subscription is None:
        raise NotFound(f"There is no subscription {subscription_id}.")
    return subscription
