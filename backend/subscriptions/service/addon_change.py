"""Add-ons when a customer changes plans: what the next plan offers comes along, the rest ends with the present plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.addon_rows import AddonVersion, Offer
from backend.catalog.service import offers
from backend.engine.subscribe.addons import Instance
from backend.engine.subscribe.align import phase_at
from backend.engine.subscribe.status import AddonStatus
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.models import Subscription, SubscriptionAddon
from backend.subscriptions.service.addon_quantities import lay_over_from, layers, set_quantity
from backend.subscriptions.service.addons import quantity_issues
from backend.subscriptions.view import rows, schedule


@dataclass(frozen=True, slots=True)
class AddonLeft:
    """An add-on that does not come along, how many of it there were, and why."""

    key: str
    name: str
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Had:
    """An add-on with what the customer has of it from the change on, as it is scheduled."""

    row: SubscriptionAddon
    addon: AddonVersion
    ahead: Sequence[Instance]

    @property
    def most(self) -> int:
        return max(found.quantity for found in self.ahead)


def carry_over(ctx: Context, ended: Subscription, following: Subscription) -> None:
    """Let the following subscription have the add-ons of the one that ended, with their quantities from then on.

    An add-on comes along in the version that the next plan offers, on the terms of that plan. What does not is told by
    `left_behind`.
    """
    at = following.active_from
    carried = [(had, offer) for had, offer, _ in _judged(ctx, ended, following) if offer is not None]
    for had, offer in carried:
        row = SubscriptionAddon(
            subscription_id=following.id,
            addon_id=offer.addon.row.id,
            from_phase=offer.terms.from_phase,
            max_quantity=offer.terms.max_quantity,
            name=had.row.name,
            description=had.row.description,
            labels=dict(had.row.labels),
        )
        ctx.session.add(row)
        ctx.session.flush()
        for found in had.ahead:
            set_quantity(ctx, row, found.quantity, max(found.lasting.start, at))
    if carried:
        lay_over_from(ctx, following, at)


def left_behind(ctx: Context, ended: Subscription, following: Subscription) -> list[AddonLeft]:
    """The add-ons of a subscription that the one following it does not have."""
    return [
        AddonLeft(had.addon.row.key, had.row.name, had.most, reason)
        for had, offer, reason in _judged(ctx, ended, following)
        if offer is None
    ]


def _judged(ctx: Context, ended: Subscription, following: Subscription) -> list[tuple[_Had, Offer | None, str]]:
    """Each add-on with the offer by which it comes along, or else with the reason why it does not."""
    had = _had(ctx, ended, following)
    if not had:
        return []
    offered = offers.of_plan(ctx, following.plan_id) if following.plan_id else []
    plan_of_time = schedule(following, rows(ctx, following))
    keys = [phase.key for phase in plan_of_time.phases]
    begun = keys[: keys.index(phase_at(plan_of_time, following.active_from).key) + 1]
    return [(one, *_judge(one, offered, begun, following)) for one in had]


def _judge(
    had: _Had, offered: Sequence[Offer], begun: Sequence[str], following: Subscription
) -> tuple[Offer | None, str]:
    offer = next((offer for offer in offered if _is_same(offer, had.addon)), None)
    if offer is None:
        return None, f"{following.name} does not offer it."
    if offer.terms.from_phase not in begun:
        return None, f"{following.name} offers it from phase {offer.terms.from_phase} on."
    issues = list(quantity_issues(offer.addon, offer.terms.max_quantity, had.most))
    return (None, issues[0].message) if issues else (offer, "")


def _is_same(offer: Offer, had: AddonVersion) -> bool:
    """The version that the customer has, also when it is no longer on sale, or another one of it that is."""
    is_on_sale = offer.addon.status is AddonStatus.ACTIVE and offer.addon.row.key == had.row.key
    return offer.addon.row.id == had.row.id or is_on_sale


def _had(ctx: Context, ended: Subscription, following: Subscription) -> list[_Had]:
    bought = repository.addons(ctx, [ended.id])
    over = layers(ctx, bought)
    found = []
    for row in bought:
        ahead = [one for one in over.instances if one.addon == row.id and one.lasting.end > following.active_from]
        if any(one.quantity > 0 for one in ahead):
            found.append(_Had(row, over.addons[row.id], ahead))
    return found
