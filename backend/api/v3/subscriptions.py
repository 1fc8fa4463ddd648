"""Subscriptions of version 3: buy a plan, look at what was bought, move to another plan, and end it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.subscription_wire import (
    SubscriptionCancel,
    SubscriptionChange,
    SubscriptionChanged,
    SubscriptionCreate,
    SubscriptionOut,
    subscription_to_wire,
)
from backend.api.v3.versions import statuses_passing
from backend.api.v3.wire import PREFIX, Paged, PagedQuery, Sort, Ulid, read_sort
from backend.api.wire import WireRoute
from backend.engine.subscribe.status import SubscriptionStatus
from backend.infra.context import Context
from backend.subscriptions import service
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import SubscriptionFilter

router = APIRouter(prefix=f"{PREFIX}/subscriptions", tags=["OpenMeter Subscriptions"], route_class=WireRoute)
SubscriptionId = Annotated[Ulid, Path(alias="subscriptionId")]
STATUS = "status"
COLUMNS = ("id", "customer_id", "plan_id", "plan_key")
ORDERS = ("id", "active_from", "active_to")


@router.post("", operation_id="create-subscription", status_code=201, dependencies=READY)
@checked_by(lambda ctx, body, _: service.check(ctx, body.from_wire()))
def create_subscription(ctx: Writing, body: SubscriptionCreate) -> SubscriptionOut:
    """Subscribe a customer to a plan that is on sale, from now on."""
    return _written(ctx, service.create(ctx, body.from_wire()))[0]


@router.get("", operation_id="list-subscriptions")
def list_subscriptions(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[SubscriptionOut]:
    """The subscriptions that pass the filters, one page of them; one without an end is the last to end."""
    by = read_sort(sort, ORDERS, Sort("active_from", descending=False))
    columns = read_filters(request, dict.fromkeys((*COLUMNS, STATUS), Kind.EXACT))
    status = columns.pop(STATUS, None)
    statuses = None if status is None else statuses_passing(status, SubscriptionStatus)
    if statuses == ():
        return page.of([], 0)
    wanted = SubscriptionFilter(
        columns=columns,
        statuses=statuses or (),
        order_by=by.field,
        descending=by.descending,
        offset=page.offset,
        limit=page.size,
    )
    found, total = service.list_subscriptions(ctx, wanted)
    return page.of(_written(ctx, *found), total)


@router.get("/{subscriptionId}", operation_id="get-subscription")
def get_subscription(ctx: Reading, subscription_id: SubscriptionId) -> SubscriptionOut:
    """A subscription with its phases and the rate cards in force."""
    return _written(ctx, service.get(ctx, subscription_id))[0]


@router.post("/{subscriptionId}/cancel", operation_id="cancel-subscription")
def cancel_subscription(ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionCancel) -> SubscriptionOut:
    """End a subscription now, with its billing cycle, or at a boundary of its billing periods."""
    return _written(ctx, service.cancel(ctx, subscription_id, body.timing))[0]


@router.post("/{subscriptionId}/change", operation_id="change-subscription", dependencies=READY)
@checked_by(lambda ctx, body, path: service.check_change(ctx, path["subscriptionId"], body.change()))
def change_subscription(ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionChange) -> SubscriptionChanged:
    """End a running subscription and start one of another plan at that instant."""
    current, following = _written(ctx, *service.change(ctx, subscription_id, body.change()))
    return SubscriptionChanged(current=current, next=following)


@router.post("/{subscriptionId}/unschedule-cancelation", operation_id="unschedule-cancelation")
def unschedule_cancelation(ctx: Writing, subscription_id: SubscriptionId) -> SubscriptionOut:
    """Take a cancelation back before it takes effect."""
    return _written(ctx, service.unschedule_cancelation(ctx, subscription_id))[0]


def _written(ctx: Context, *subscriptions: Subscription) -> list[SubscriptionOut]:
    return [subscription_to_wire(found) for found in service.outlines(ctx, subscriptions)]
