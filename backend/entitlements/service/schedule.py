"""When an entitlement is active: it is closed, moved, withdrawn or deleted, and never overlaps another."""

from datetime import datetime

from backend.customers import service as customers
from backend.engine.entitle import Schedule, clashing
from backend.engine.period import Period
from backend.engine.subscribe.view import span
from backend.entitlements import repository
from backend.entitlements.models import Entitlement
from backend.entitlements.quota import active_period
from backend.errors import Conflict, Forbidden, NotFound
from backend.infra.context import Context


def close(ctx: Context, entitlement: Entitlement, at: datetime) -> None:
    """End an entitlement at an instant, or before it begins; one that ends earlier is left alone."""
    if entitlement.active_to is None or entitlement.active_to > at:
        entitlement.active_to = max(at, entitlement.active_from)
        ctx.session.add(entitlement)


def reschedule(ctx: Context, entitlement: Entitlement, active_to: datetime | None) -> None:
    """Give an entitlement another end, earlier or later. Raises Conflict when it would overlap another one."""
    refuse_overlap(ctx, entitlement, active_to)
    entitlement.active_to = active_to
    ctx.session.add(entitlement)


def withdraw(ctx: Context, entitlement: Entitlement) -> None:
    """Take an entitlement away now; what it allowed before can still be asked."""
    entitlement.deleted_at = ctx.now
    ctx.session.add(entitlement)


def delete(ctx: Context, entitlement: Entitlement) -> None:
    """Delete an entitlement that somebody made directly; raises Forbidden when a subscription manages it.

    Of two who delete it at once the second one gets NotFound.
    """
    customers.lock(ctx, entitlement.customer_id)
    repository.lock(ctx, entitlement)
    refuse_managed(entitlement)
    if entitlement.deleted_at is not None:
        raise NotFound(f"The entitlement {entitlement.id} to {entitlement.feature_key} has been deleted.")
    withdraw(ctx, entitlement)


def refuse_managed(entitlement: Entitlement) -> None:
    """What came with a subscription is changed by changing the subscription: raises Forbidden (metering spec 7)."""
    if entitlement.subscription_id is not None:
        raise Forbidden(
            f"The entitlement to {entitlement.feature_key} is managed by the subscription "
            f"{entitlement.subscription_id}; change the subscription instead."
        )


def refuse_overlap(ctx: Context, entitlement: Entitlement, active_to: datetime | None) -> None:
    """A customer has one entitlement to a feature at a time: raises Conflict, which names the other one."""
    wanted = _schedule(entitlement, span(entitlement.active_from, active_to))
    rows = repository.of_feature(ctx, entitlement.customer_id, entitlement.feature_key)
    other = clashing(wanted, (_schedule(row, active_period(row)) for row in rows if row.id != entitlement.id))
    if other is not None:
        raise Conflict(
            f"The customer already has an entitlement to {entitlement.feature_key} at that time.",
            conflictingEntityId=other.id,
        )


def _schedule(entitlement: Entitlement, period: Period) -> Schedule:
    return Schedule(entitlement.id, entitlement.customer_id, entitlement.feature_key, period)
