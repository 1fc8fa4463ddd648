"""A customer can be removed only when it has nothing running and nothing to come."""

from backend.customers import service as customers
from backend.engine.subscribe.status import SubscriptionStatus
from backend.entitlements import service as entitlements
from backend.errors import Conflict, PreconditionFailed
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.service.read import status_of


def delete_customer(ctx: Context, id_or_key: str) -> None:
    """Delete a customer; once more changes nothing.

    Raises NotFound; while something is active or scheduled, PreconditionFailed for a subscription and Conflict for an
    entitlement (metering spec 5).
    """
    customer = customers.get(ctx, id_or_key, deleted=True)
    if customer.deleted_at is not None:
        return
    customers.lock(ctx, customer.id)
    for subscription in repository.of_customer(ctx, customer.id):
        status = status_of(ctx, subscription)
        if status is not SubscriptionStatus.INACTIVE:
            raise PreconditionFailed(f"The customer has a subscription that is {status}. Cancel it first.")
    held = entitlements.unended(ctx, customer)
    if held:
        raise Conflict(f"The customer has an active entitlement to {held[0].feature_key}. Delete it first.")
    customers.delete(ctx, customer.id)
