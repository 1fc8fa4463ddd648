"""How many of each add-on a subscription has when, and laying all of them over its items."""

from collections.abc import Sequence
from datetime import datetime

from backend.catalog.service import addons as catalog
from backend.engine.subscribe.addons import Bought, instances
from backend.engine.subscribe.align import billing_period_at
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.addon_layers import Layers, lay_over
from backend.subscriptions.models import Subscription, SubscriptionAddon, SubscriptionAddonQuantity
from backend.subscriptions.service.grants import keep_entitlements
from backend.subscriptions.terms import Moment, Timing
from backend.subscriptions.view import PhaseRows, rows, schedule


def instant(ctx: Context, subscription: Subscription, phases: tuple[PhaseRows, ...], timing: Timing) -> datetime:
    """When a quantity takes effect: now, with the next billing cycle, or at the time that was named."""
    if timing is Moment.IMMEDIATE:
        return ctx.now
    if isinstance(timing, Moment):
        return billing_period_at(schedule(subscription, phases), ctx.now).end
    return timing


def set_quantity(ctx: Context, row: SubscriptionAddon, quantity: int, at: datetime) -> None:
    """Note how many there are from an instant on, until the next note."""
    entries = repository.addon_quantities(ctx, [row.id])
    entry = next((found for found in entries if found.active_from == at), None)
    entry = entry or SubscriptionAddonQuantity(subscription_addon_id=row.id, active_from=at, quantity=quantity)
    entry.quantity = quantity
    ctx.session.add(entry)
    ctx.session.flush()


def lay_over_from(ctx: Context, subscription: Subscription, at: datetime) -> None:
    """Lay all add-ons over the items anew from an instant on; entitlements follow."""
    lay_over(ctx, rows(ctx, subscription), layers(ctx, repository.addons(ctx, [subscription.id])), at)
    keep_entitlements(ctx, subscription)


def layers(ctx: Context, bought: Sequence[SubscriptionAddon]) -> Layers:
    """What add-ons lay over the items, and how many of each there are when."""
    timelines: dict[str, list[Bought]] = {}
    for entry in repository.addon_quantities(ctx, [row.id for row in bought]):
        timelines.setdefault(entry.subscription_addon_id, []).append(Bought(entry.active_from, entry.quantity))
    versions = catalog.by_id(ctx, {row.addon_id for row in bought})
    return Layers(
        addons={row.id: versions[row.addon_id] for row in bought},
        instances=[found for row in bought for found in instances(row.id, timelines.get(row.id, ()))],
    )
