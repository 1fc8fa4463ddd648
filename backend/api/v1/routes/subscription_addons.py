"""Add-ons of a subscription: buy one, look at them, and have more, fewer or none of it."""

from typing import Annotated

from fastapi import APIRouter, Path

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.routes.subscriptions import SubscriptionId
from backend.api.v1.wire.subscription_addons import (
    SubscriptionAddonCreateWire,
    SubscriptionAddonOut,
    SubscriptionAddonUpdateWire,
    bought_to_wire,
)
from backend.api.wire import WireRoute
from backend.subscriptions import service

router = APIRouter(
    prefix="/api/v1/subscriptions/{subscriptionId}/addons", tags=["Subscriptions"], route_class=WireRoute
)

BoughtId = Annotated[str, Path(alias="subscriptionAddonId")]


@router.post("", operation_id="createSubscriptionAddon", status_code=201, dependencies=READY)
@checked_by(lambda ctx, body, path: service.check_addon(ctx, path["subscriptionId"], body.from_wire()))
def create_subscription_addon(
    ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionAddonCreateWire
) -> SubscriptionAddonOut:
    """Buy an add-on that the plan offers, from a time on; once for each subscription."""
    return bought_to_wire(service.buy_addon(ctx, subscription_id, body.from_wire()))


@router.get("", operation_id="listSubscriptionAddons")
def list_subscription_addons(ctx: Reading, subscription_id: SubscriptionId) -> list[SubscriptionAddonOut]:
    """The add-ons that were bought with a subscription, also those it has none of now."""
    return [bought_to_wire(found) for found in service.addons_of(ctx, subscription_id)]


@router.get("/{subscriptionAddonId}", operation_id="getSubscriptionAddon")
def get_subscription_addon(ctx: Reading, subscription_id: SubscriptionId, bought_id: BoughtId) -> SubscriptionAddonOut:
    """One of them, with its quantities over time and the items it changes."""
    return bought_to_wire(service.addon_of(ctx, subscription_id, bought_id))


@router.patch("/{subscriptionAddonId}", operation_id="updateSubscriptionAddon")
def update_subscription_addon(
    ctx: Writing, subscription_id: SubscriptionId, bought_id: BoughtId, body: SubscriptionAddonUpdateWire
) -> SubscriptionAddonOut:
    """Have more or fewer of an add-on from a time on; 0 removes it."""
    return bought_to_wire(service.change_addon(ctx, subscription_id, bought_id, body.from_wire()))
