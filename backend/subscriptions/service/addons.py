"""Add-ons of a subscription: bought so many times, more or fewer later on, and seen with what they change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from backend.catalog.addon_rows import AddonVersion, Offer
from backend.catalog.models import InstanceType
from backend.catalog.service import addons as catalog
from backend.catalog.service import offers
from backend.customers import service as customers
from backend.engine.subscribe.addons import Instance
from backend.engine.subscribe.align import phase_at, phase_period
from backend.engine.subscribe.status import AddonStatus, SubscriptionStatus
from backend.errors import Conflict, Forbidden, Issue, NotFound, refuse
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.addon_layers import Layers, lasting_of
from backend.subscriptions.events import UPDATED, announce_change
from backend.subscriptions.models import Subscription, SubscriptionAddon
from backend.subscriptions.service.addon_quantities import instant, lay_over_from, layers, set_quantity
from backend.subscriptions.service.create import customer_issues, settle_currency
from backend.subscriptions.service.read import get, lock, status_of
from backend.subscriptions.terms import FARTHEST, AddonChange, AddonPurchase, Timing
from backend.subscriptions.view import PhaseRows, rows, schedule


@dataclass(frozen=True, slots=True)
class BoughtAddon:
    """An add-on of a subscription with its quantities over time.

    `quantity` is that at `at`, which is now. `affected` are, by the key of a rate card, the ids of the items that it
    lies over or makes.
    """

    row: SubscriptionAddon
    addon: AddonVersion
    timeline: tuple[Instance, ...]
    at: datetime
    quantity: int
    affected: dict[str, list[str]]


def buy_addon(ctx: Context, subscription_id: str, wanted: AddonPurchase) -> BoughtAddon:
    """Buy an add-on with an active subscription: items, entitlements and lines follow from that time on.

    Raises NotFound (subscription, add-on), Forbidden (not active), Conflict (bought already: change its quantity),
    Invalid (all that `check_addon` finds). Source: billing spec 3.7.
    """
    subscription = lock(ctx, subscription_id)
    _refuse_inactive(ctx, subscription)
    addon = _on_sale(ctx, wanted.addon)
    for other in repository.addons(ctx, [subscription.id]):
        if other.addon_id == addon.row.id:
            message = f"The subscription has the add-on {addon.row.key} already: change its quantity."
            raise Conflict(message, conflictingEntityId=other.id)
    refuse(check_addon(ctx, subscription_id, wanted))
    offer = _offer(ctx, subscription, addon)
    assert offer is not None, "an add-on that is not offered is refused"
    row = SubscriptionAddon(
        subscription_id=subscription.id,
        addon_id=addon.row.id,
        from_phase=offer.terms.from_phase,
        max_quantity=offer.terms.max_quantity,
        name=wanted.name or addon.row.name,
        description=wanted.description,
        labels=dict(wanted.labels),
    )
    ctx.session.add(row)
    ctx.session.flush()
    settle_currency(ctx, customers.get(ctx, subscription.customer_id), subscription.currency, addon.terms.rate_cards)
    _change_quantity(ctx, subscription, row, wanted.quantity, wanted.timing)
    return addon_of(ctx, subscription.id, row.id)


def check_addon(ctx: Context, subscription_id: str, wanted: AddonPurchase) -> list[Issue]:
    """Everything that is wrong with an add-on that is being bought; nothing is saved.

    Raises NotFound (subscription, add-on), Forbidden (not active).
    """
    subscription = get(ctx, subscription_id)
    _refuse_inactive(ctx, subscription)
    addon = _on_sale(ctx, wanted.addon)
    offer = _offer(ctx, subscription, addon)
    issues = list(_timing_issues(ctx, subscription, wanted.timing, offer.terms.from_phase if offer else None))
    if addon.status is not AddonStatus.ACTIVE:
        issues.append(Issue("addon.id", "addon_not_on_sale", f"Add-on {addon.row.key} is {addon.status}, not on sale."))
    if offer is None:
        message = f"What {subscription.name} was made from does not offer the add-on {addon.row.key}."
        issues.append(Issue("addon.id", "addon_not_offered", message))
    if wanted.quantity < 1:
        issues.append(Issue("quantity", "quantity_not_positive", "An add-on is bought once or more often."))
    issues += quantity_issues(addon, offer.terms.max_quantity if offer else None, wanted.quantity)
    customer = customers.get(ctx, subscription.customer_id)
    return [*issues, *customer_issues(ctx, customer, addon.row.currency, addon.terms.rate_cards)]


def change_addon(ctx: Context, subscription_id: str, bought_id: str, wanted: AddonChange) -> BoughtAddon:
    """Have more or fewer of an add-on from a time on, none with 0; or name it anew.

    What is scheduled for later stays scheduled. Raises NotFound, Forbidden (subscription not active), Invalid
    (quantity, timing). Source: billing spec 3.7.
    """
    subscription = lock(ctx, subscription_id)
    found = addon_of(ctx, subscription.id, bought_id)
    row = found.row
    if wanted.quantity is not None:
        _refuse_inactive(ctx, subscription)
        issues = list(_timing_issues(ctx, subscription, wanted.timing, row.from_phase))
        if wanted.quantity < 0:
            issues.append(Issue("quantity", "quantity_negative", "Have none of the add-on by the quantity 0."))
        refuse([*issues, *quantity_issues(found.addon, row.max_quantity, wanted.quantity)])
        _change_quantity(ctx, subscription, row, wanted.quantity, wanted.timing)
    row.name = row.name if wanted.name is None else wanted.name
    row.description = row.description if wanted.description is None else wanted.description
    row.labels = row.labels if wanted.labels is None else dict(wanted.labels)
    ctx.session.add(row)
    ctx.session.flush()
    return addon_of(ctx, subscription.id, bought_id)


def addons_of(ctx: Context, subscription_id: str) -> list[BoughtAddon]:
    """The add-ons of a subscription in the order in which they were bought, also those it has none of now.

    Raises NotFound.
    """
    subscription = get(ctx, subscription_id)
    bought = repository.addons(ctx, [subscription.id])
    if not bought:
        return []
    phases = rows(ctx, subscription)
    over = layers(ctx, bought)
    return [_shown(ctx, row, over, subscription, phases) for row in bought]


def addon_of(ctx: Context, subscription_id: str, bought_id: str) -> BoughtAddon:
    """One of them, by its own id. Raises NotFound."""
    for found in addons_of(ctx, subscription_id):
        if found.row.id == bought_id:
            return found
    raise NotFound(f"The subscription has no add-on {bought_id}.")


def has_addons(ctx: Context, subscription: Subscription) -> bool:
    """Whether the subscription has any of an add-on, now or as it is scheduled."""
    over = layers(ctx, repository.addons(ctx, [subscription.id]))
    return any(found.quantity > 0 and found.lasting.end > ctx.now for found in over.instances)


def offered_addons(ctx: Context, subscription: Subscription) -> list[Offer]:
    """The add-ons on sale that the subscription's plan offers and the subscription does not have yet."""
    if subscription.plan_id is None:
        return []
    had = {row.addon_id for row in repository.addons(ctx, [subscription.id])}
    return [
        offer
        for offer in offers.of_plan(ctx, subscription.plan_id)
        if offer.addon.row.id not in had and offer.addon.status is AddonStatus.ACTIVE
    ]


def _refuse_inactive(ctx: Context, subscription: Subscription) -> None:
    status = status_of(ctx, subscription)
    if status is not SubscriptionStatus.ACTIVE:
        raise Forbidden(f"The subscription is {status}: only an active one takes add-ons.")


def _on_sale(ctx: Context, id_or_key: str) -> AddonVersion:
    addon = catalog.get(ctx, id_or_key)
    if addon.row.deleted_at is not None:
        raise NotFound(f"There is no add-on {id_or_key}.")
    return addon


def _offer(ctx: Context, subscription: Subscription, addon: AddonVersion) -> Offer | None:
    """On which terms the plan that was bought offers the add-on; None when it does not."""
    found = offers.of_plan(ctx, subscription.plan_id) if subscription.plan_id else []
    return next((offer for offer in found if offer.addon.row.id == addon.row.id), None)


def quantity_issues(addon: AddonVersion, most: int | None, quantity: int) -> Iterator[Issue]:
    """What is wrong with having so many of an add-on that a plan offers up to `most` times."""
    if addon.terms.instance_type is InstanceType.SINGLE and quantity > 1:
        yield Issue("quantity", "addon_single_instance", f"The add-on {addon.row.key} can be had once only.")
    elif most is not None and quantity > most:
        message = f"The add-on {addon.row.key} can be had at most {most} times."
        yield Issue("quantity", "quantity_above_the_most", message)


def _timing_issues(ctx: Context, subscription: Subscription, timing: Timing, from_phase: str | None) -> Iterator[Issue]:
    """A time since which nothing has changed, at most 100 years ahead, in or after the phase the offer starts with."""
    phases = rows(ctx, subscription)
    at = instant(ctx, subscription, phases, timing)
    if at < _last_change(ctx, phases):
        message = "The add-on would change what the subscription was before its last change: choose a later time."
        yield Issue("timing", "timing_before_the_last_change", message)
    elif at > FARTHEST.after(ctx.now):
        yield Issue("timing", "timing_too_far_ahead", f"An add-on is had within {FARTHEST.years} years.")
    elif from_phase is not None:
        current = phase_at(schedule(subscription, phases), at).key
        keys = [phase.row.key for phase in phases]
        if from_phase not in keys[: keys.index(current) + 1]:
            message = f"The add-on is offered from phase {from_phase} on, and {current} comes before it."
            yield Issue("timing", "addon_not_offered_in_phase", message)


def _last_change(ctx: Context, phases: tuple[PhaseRows, ...]) -> datetime:
    """When a phase or an item last began: what was in force before that is never rewritten."""
    starts = [phase.row.active_from for phase in phases]
    starts += [item.active_from for phase in phases for item in phase.items if item.active_from is not None]
    return max(start for start in starts if start <= ctx.now)


def _change_quantity(
    ctx: Context, subscription: Subscription, row: SubscriptionAddon, quantity: int, timing: Timing
) -> None:
    at = instant(ctx, subscription, rows(ctx, subscription), timing)
    set_quantity(ctx, row, quantity, at)
    lay_over_from(ctx, subscription, at)
    announce_change(ctx, UPDATED, subscription)


def _shown(
    ctx: Context, row: SubscriptionAddon, over: Layers, subscription: Subscription, phases: tuple[PhaseRows, ...]
) -> BoughtAddon:
    addon = over.addons[row.id]
    timeline = tuple(found for found in over.instances if found.addon == row.id)
    plan_of_time = schedule(subscription, phases)
    lasting = {
        item.id: (item.key, lasting_of(item, phase_period(plan_of_time, view)))
        for phase, view in zip(phases, plan_of_time.phases, strict=True)
        for item in phase.items
    }
    affected = {
        card.key: [
            item_id
            for item_id, (key, period) in lasting.items()
            if key == card.key and any(one.quantity > 0 and one.lasting.overlaps(period) for one in timeline)
        ]
        for card in addon.terms.rate_cards
    }
    now = next((found.quantity for found in timeline if ctx.now in found.lasting), 0)
    return BoughtAddon(row, addon, timeline, ctx.now, now, affected)
