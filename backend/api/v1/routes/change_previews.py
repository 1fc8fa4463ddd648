"""Money previews: what a change of a subscription would mean, tried out with the engine that draws invoices."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path

from backend.api.deps import Rehearsing
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.routes.subscription_addons import BoughtId
from backend.api.v1.wire.change_previews import ChangePreviewOut, preview_to_wire
from backend.api.v1.wire.subscription_addons import SubscriptionAddonCreateWire, SubscriptionAddonUpdateWire
from backend.api.v1.wire.subscription_edits import SubscriptionEditWire
from backend.api.v1.wire.subscriptions import (
    SubscriptionCancelWire,
    SubscriptionChangeWire,
    SubscriptionCreateWire,
    SubscriptionMigrateWire,
)
from backend.api.wire import WireRoute
from backend.errors import refuse
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.subscriptions import service
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import AddonLeft

router = APIRouter(prefix="/api/v1/subscriptions", tags=["Subscriptions"], route_class=WireRoute, dependencies=READY)
SubscriptionId = Annotated[str, Path(alias="subscriptionId")]


@router.post("/preview", operation_id="previewCreateSubscription")
def preview_create(ctx: Rehearsing, body: SubscriptionCreateWire) -> list[ChangePreviewOut]:
    """What a new subscription would cost: due now, and on the next invoice. Nothing is changed."""
    wanted = body.from_wire()
    refuse(service.check(ctx, wanted))
    return _previewed(ctx, wanted.customer, lambda: service.create(ctx, wanted))


@router.post("/{subscriptionId}/edit/preview", operation_id="previewEditSubscription")
def preview_edit(
    ctx: Rehearsing, subscription_id: SubscriptionId, body: SubscriptionEditWire
) -> list[ChangePreviewOut]:
    """What these edits would mean in money. Nothing is changed."""
    return _previewed(
        ctx, _customer(ctx, subscription_id), lambda: service.edit(ctx, subscription_id, body.from_wire())
    )


@router.post("/{subscriptionId}/cancel/preview", operation_id="previewCancelSubscription")
def preview_cancel(
    ctx: Rehearsing, subscription_id: SubscriptionId, body: SubscriptionCancelWire
) -> list[ChangePreviewOut]:
    """What a cancelation would mean in money. Nothing is changed."""
    return _previewed(ctx, _customer(ctx, subscription_id), lambda: service.cancel(ctx, subscription_id, body.timing))


@router.post("/{subscriptionId}/change/preview", operation_id="previewChangeSubscription")
def preview_change(
    ctx: Rehearsing, subscription_id: SubscriptionId, body: SubscriptionChangeWire
) -> list[ChangePreviewOut]:
    """What another plan would mean in money, and which add-ons would not come along. Nothing is changed."""
    return _changed(ctx, subscription_id, lambda: service.change(ctx, subscription_id, body.from_wire()))


@router.post("/{subscriptionId}/migrate/preview", operation_id="previewMigrateSubscription")
def preview_migrate(
    ctx: Rehearsing, subscription_id: SubscriptionId, body: SubscriptionMigrateWire
) -> list[ChangePreviewOut]:
    """What a later version of the plan would mean in money, and which add-ons would not come along.

    Nothing is changed.
    """
    return _changed(ctx, subscription_id, lambda: service.migrate(ctx, subscription_id, body.from_wire()))


@router.post("/{subscriptionId}/unschedule-cancelation/preview", operation_id="previewUnscheduleCancelation")
def preview_unschedule(ctx: Rehearsing, subscription_id: SubscriptionId) -> list[ChangePreviewOut]:
    """What it would mean in money to go on after all. Nothing is changed."""
    return _previewed(
        ctx, _customer(ctx, subscription_id), lambda: service.unschedule_cancelation(ctx, subscription_id)
    )


@router.post("/{subscriptionId}/restore/preview", operation_id="previewRestoreSubscription")
def preview_restore(ctx: Rehearsing, subscription_id: SubscriptionId) -> list[ChangePreviewOut]:
    """What it would mean in money to go on in place of what is scheduled. Nothing is changed."""
    return _previewed(ctx, _customer(ctx, subscription_id), lambda: service.restore(ctx, subscription_id))


@router.post("/{subscriptionId}/delete/preview", operation_id="previewDeleteSubscription")
def preview_delete(ctx: Rehearsing, subscription_id: SubscriptionId) -> list[ChangePreviewOut]:
    """What it would mean in money to remove a subscription that has not started. Nothing is changed."""
    return _previewed(ctx, _customer(ctx, subscription_id), lambda: service.delete(ctx, subscription_id))


@router.post("/{subscriptionId}/addons/preview", operation_id="previewCreateSubscriptionAddon")
def preview_addon(
    ctx: Rehearsing, subscription_id: SubscriptionId, body: SubscriptionAddonCreateWire
) -> list[ChangePreviewOut]:
    """What an add-on would mean in money. Nothing is changed."""
    return _previewed(
        ctx, _customer(ctx, subscription_id), lambda: service.buy_addon(ctx, subscription_id, body.from_wire())
    )


@router.post("/{subscriptionId}/addons/{subscriptionAddonId}/preview", operation_id="previewUpdateSubscriptionAddon")
def preview_addon_change(
    ctx: Rehearsing, subscription_id: SubscriptionId, bought_id: BoughtId, body: SubscriptionAddonUpdateWire
) -> list[ChangePreviewOut]:
    """What more, fewer or none of an add-on would mean in money. Nothing is changed."""
    return _previewed(
        ctx,
        _customer(ctx, subscription_id),
        lambda: service.change_addon(ctx, subscription_id, bought_id, body.from_wire()),
    )


def _previewed(ctx: Context, customer: str, change: Callable[[], object]) -> list[ChangePreviewOut]:
    return [preview_to_wire(found) for found in invoicing.preview_change(ctx, customer, change)]


def _changed(
    ctx: Context, subscription_id: str, change: Callable[[], tuple[Subscription, Subscription]]
) -> list[ChangePreviewOut]:
    left: list[AddonLeft] = []
    previews = invoicing.preview_change(
        ctx, _customer(ctx, subscription_id), lambda: left.extend(service.left_behind(ctx, *change()))
    )
    return [preview_to_wire(found, left) for found in previews]


def _customer(ctx: Context, subscription_id: str) -> str:
    return service.get(ctx, subscription_id).customer_id
