"""The end of a subscription: now, with the billing cycle, or not at all after second thoughts."""

from collections.abc import Iterator
from datetime import datetime

from backend.engine.subscribe.align import billing_period_at
from backend.engine.subscribe.status import SubscriptionStatus
from backend.engine.subscribe.view import SubscriptionView, span
from backend.entitlements import service as entitlements
from backend.errors import Conflict, Forbidden, Issue, refuse
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.events import CANCELLED, CONTINUED, DELETED, announce_change
from backend.subscriptions.models import Subscription
from backend.subscriptions.service.grants import keep_entitlements
from backend.subscriptions.service.read import lock, status_of
from backend.subscriptions.terms import FARTHEST, Moment, Timing
from backend.subscriptions.view import rows, schedule


def cancel(ctx: Context, subscription_id: str, timing: Timing = Moment.IMMEDIATE) -> Subscription:
    """End an active subscription now, with its billing cycle, or at a later boundary of a billing period.

    Its items and entitlements end with it. Raises NotFound, Forbidden (not active), Invalid (timing).
    Source: billing spec 3.4, 3.6.
    """
    subscription = lock(ctx, subscription_id)
    refuse(end_issues(ctx, subscription, timing))
    end(ctx, subscription, timing)
    announce_change(ctx, CANCELLED, subscription)
    return subscription


def end(ctx: Context, subscription: Subscription, timing: Timing) -> None:
    """Let a subscription and its entitlements end; whoever calls this has checked that they may, and announces it."""
    subscription.active_to = _end(ctx, schedule(subscription, rows(ctx, subscription)), timing)
    _take_effect(ctx, subscription)


def end_issues(ctx: Context, subscription: Subscription, timing: Timing) -> Iterator[Issue]:
    """What is wrong with the time at which a subscription is to end. Raises Forbidden when it is not active."""
    if status_of(ctx, subscription) is not SubscriptionStatus.ACTIVE:
        raise Forbidden(f"The subscription is {status_of(ctx, subscription)}: only an active one can be canceled.")
    if isinstance(timing, Moment):
        return
    if timing > FARTHEST.after(ctx.now):
        yield Issue("timing", "timing_too_far_ahead", f"A subscription ends within {FARTHEST.years} years.")
        return
    plan_of_time = schedule(subscription, rows(ctx, subscription))
    if timing < ctx.now or billing_period_at(plan_of_time, timing).start != timing:
        message = "A subscription ends now or where one of its billing periods ends."
        yield Issue("timing", "timing_not_aligned", message)


def unschedule_cancelation(ctx: Context, subscription_id: str) -> Subscription:
    """Let a canceled subscription that still runs go on as if it had not been canceled.

    Raises NotFound, Forbidden (not canceled), Conflict (the customer has another subscription later).
    """
    subscription = lock(ctx, subscription_id)
    if status_of(ctx, subscription) is not SubscriptionStatus.CANCELED:
        raise Forbidden(f"The subscription is {status_of(ctx, subscription)}: there is no cancelation to take back.")
    for other in repository.of_customer(ctx, subscription.customer_id):
        later = span(other.active_from, other.active_to)
        if other.id != subscription.id and later.overlaps(span(subscription.active_from, None)):
            raise Conflict("The customer has another subscription after this one.", conflictingEntityId=other.id)
    subscription.active_to = None
    _take_effect(ctx, subscription)
    announce_change(ctx, CONTINUED, subscription)
    return subscription


def delete(ctx: Context, subscription_id: str) -> None:
    """Remove a subscription that has not started. Raises NotFound, Forbidden."""
    subscription = lock(ctx, subscription_id)
    if status_of(ctx, subscription) is not SubscriptionStatus.SCHEDULED:
        raise Forbidden(f"The subscription is {status_of(ctx, subscription)}: only a scheduled one can be deleted.")
    for entitlement in entitlements.of_subscription(ctx, subscription.id):
        entitlements.withdraw(ctx, entitlement)
    previous = repository.get(ctx, subscription.previous_id) if subscription.previous_id else None
    if previous is not None:
        previous.superseding_id = None
        ctx.session.add(previous)
    subscription.deleted_at = ctx.now
    announce_change(ctx, DELETED, subscription)


def _end(ctx: Context, plan_of_time: SubscriptionView, timing: Timing) -> datetime:
    if timing is Moment.IMMEDIATE:
        return ctx.now
    return billing_period_at(plan_of_time, ctx.now).end if isinstance(timing, Moment) else timing


def _take_effect(ctx: Context, subscription: Subscription) -> None:
    """Let every entitlement live exactly as long as its item now does."""
    ctx.session.add(subscription)
    keep_entitlements(ctx, subscription)
