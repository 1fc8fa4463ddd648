"""Subscriptions: buy a plan, look at what was bought, and end it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.wire.subscription_edits import SubscriptionEditWire
from backend.api.v1.wire.subscriptions import (
    SubscriptionCancelWire,
    SubscriptionChangedOut,
    SubscriptionChangeWire,
    SubscriptionCreateWire,
    SubscriptionExpandedOut,
    SubscriptionMigrateWire,
    SubscriptionOut,
    expanded_to_wire,
    subscription_to_wire,
)
from backend.api.wire import Instant, Page, PageQuery, WireRoute
from backend.engine.subscribe.status import SubscriptionStatus
from backend.infra.context import Context
from backend.subscriptions import service
from backend.subscriptions.models import Subscription
from backend.subscriptions.terms import SubscriptionFilter

router = APIRouter(prefix="/api/v1", tags=["Subscriptions"], route_class=WireRoute)

SubscriptionId = Annotated[str, Path(alias="subscriptionId")]


class SubscriptionOrder(StrEnum):
    """By what a customer's subscriptions can be sorted."""

    ACTIVE_FROM = "activeFrom"
    ACTIVE_TO = "activeTo"


COLUMNS = {SubscriptionOrder.ACTIVE_FROM: "active_from", SubscriptionOrder.ACTIVE_TO: "active_to"}


class SubscriptionQuery(PageQuery):
    """Which subscriptions of a customer."""

    status: Annotated[list[SubscriptionStatus], Field(default_factory=list)]
    order: Annotated[str, Field(pattern="^(ASC|DESC)$")] = "ASC"
    order_by: SubscriptionOrder = SubscriptionOrder.ACTIVE_FROM


@router.post("/subscriptions", operation_id="createSubscription", status_code=201, dependencies=READY)
@checked_by(lambda ctx, body, _: service.check(ctx, body.from_wire()))
def create_subscription(ctx: Writing, body: SubscriptionCreateWire) -> SubscriptionOut:
    """Subscribe a customer to a plan."""
    return _written(ctx, service.create(ctx, body.from_wire()))


@router.get("/subscriptions/{subscriptionId}", operation_id="getSubscription")
def get_subscription(
    ctx: Reading, subscription_id: SubscriptionId, at: Annotated[Instant | None, Query()] = None
) -> SubscriptionExpandedOut:
    """A subscription with its phases, items and entitlements, seen now or at another time."""
    return _expanded(ctx, service.get(ctx, subscription_id), at)


@router.patch("/subscriptions/{subscriptionId}", operation_id="editSubscription")
def edit_subscription(ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionEditWire) -> SubscriptionOut:
    """Add and remove items and phases of a running subscription, in this order; all of it or nothing."""
    return _written(ctx, service.edit(ctx, subscription_id, body.from_wire()))


@router.delete("/subscriptions/{subscriptionId}", operation_id="deleteSubscription", status_code=204)
def delete_subscription(ctx: Writing, subscription_id: SubscriptionId) -> None:
    """Remove a subscription that has not started."""
    service.delete(ctx, subscription_id)


@router.post("/subscriptions/{subscriptionId}/cancel", operation_id="cancelSubscription")
def cancel_subscription(ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionCancelWire) -> SubscriptionOut:
    """End a subscription now, with its billing cycle, or at a boundary of its billing periods."""
    return _written(ctx, service.cancel(ctx, subscription_id, body.timing))


@router.post("/subscriptions/{subscriptionId}/change", operation_id="changeSubscription", dependencies=READY)
@checked_by(lambda ctx, body, path: service.check_change(ctx, path["subscriptionId"], body.from_wire()))
def change_subscription(
    ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionChangeWire
) -> SubscriptionChangedOut:
    """Move a customer to another plan, or to another version of its plan."""
    return _changed(ctx, *service.change(ctx, subscription_id, body.from_wire()))


@router.post("/subscriptions/{subscriptionId}/migrate", operation_id="migrateSubscription")
def migrate_subscription(
    ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionMigrateWire
) -> SubscriptionChangedOut:
    """Move a customer to a later version of its plan."""
    return _changed(ctx, *service.migrate(ctx, subscription_id, body.from_wire()))


@router.post("/subscriptions/{subscriptionId}/restore", operation_id="restoreSubscription", deprecated=True)
def restore_subscription(ctx: Writing, subscription_id: SubscriptionId) -> SubscriptionOut:
    """Take a cancelation back and delete what was to follow."""
    return _written(ctx, service.restore(ctx, subscription_id))


@router.post("/subscriptions/{subscriptionId}/unschedule-cancelation", operation_id="unscheduleCancelation")
def unschedule_cancelation(ctx: Writing, subscription_id: SubscriptionId) -> SubscriptionOut:
    """Take a cancelation back before it takes effect."""
    return _written(ctx, service.unschedule_cancelation(ctx, subscription_id))


@router.get("/customers/{customerIdOrKey}/subscriptions", operation_id="listCustomerSubscriptions")
def list_customer_subscriptions(
    ctx: Reading,
    id_or_key: Annotated[str, Path(alias="customerIdOrKey")],
    query: Annotated[SubscriptionQuery, Query()],
) -> Page[SubscriptionOut]:
    """A customer's subscriptions, also ended ones."""
    wanted = SubscriptionFilter(
        statuses=tuple(query.status),
        order_by=COLUMNS[query.order_by],
        descending=query.order == "DESC",
        offset=query.offset,
        limit=query.page_size,
    )
    found, total = service.list_for_customer(ctx, id_or_key, wanted)
    return query.of([_written(ctx, subscription) for subscription in found], total)


def _changed(ctx: Context, ended: Subscription, following: Subscription) -> SubscriptionChangedOut:
    return SubscriptionChangedOut(current=_written(ctx, ended), next=_expanded(ctx, following))


def _written(ctx: Context, subscription: Subscription) -> SubscriptionOut:
    return subscription_to_wire(subscription, service.status_of(ctx, subscription))


def _expanded(ctx: Context, subscription: Subscription, at: datetime | None = None) -> SubscriptionExpandedOut:
    return expanded_to_wire(service.detail(ctx, subscription, at), at or ctx.now)
