"""What a subscription should be billed as of an instant: its lines with lasting identities, up to a horizon."""

from datetime import datetime

from backend.catalog import price_document
from backend.engine.subscribe import align
from backend.engine.subscribe.prorate import Proration, billed_price, should_prorate
from backend.engine.subscribe.schedule import ScheduledLine, schedule
from backend.engine.subscribe.view import SubscriptionView
from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import BillingSchedule
from backend.invoicing.service.hold import hold_customer_of_subscription
from backend.invoicing.service.overrides import profile_of
from backend.invoicing.service.rating import discount_document
from backend.invoicing.service.reconcile import TargetLine, reconcile
from backend.invoicing.workflow import from_document
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import BillingView

SETTLED_BY_CREDIT = "credit_only"


def sync(ctx: Context, subscription_id: str, as_of: datetime | None = None) -> None:
    """Make the lines of a subscription what they should be as of an instant. Repeating it changes nothing.

    Without an instant, everything up to the end of the billing period that contains now is gathered. What was gathered
    for later stays, as long as the subscription still wants it. Source: billing spec 2.3 (horizon), 3.8.
    """
    hold_customer_of_subscription(ctx, subscription_id)
    marker = repository.billing_schedule(ctx, subscription_id) or BillingSchedule(subscription_id=subscription_id)
    ctx.session.add(marker)
    ctx.session.flush()
    subscription = _living(ctx, subscription_id)
    view = subscriptions.view(ctx, subscription) if subscription else None
    horizon = _horizon(ctx, view.schedule, as_of) if view else None
    targets = _targets(ctx, subscription, view, horizon) if subscription and view and horizon else []
    reconcile(ctx, subscription, subscription_id, targets)
    marker.next_at = horizon if subscription and _goes_on(subscription, horizon) else None


def _goes_on(subscription: Subscription, horizon: datetime | None) -> bool:
    """Whether more lines will come after the horizon."""
    return horizon is not None and (subscription.active_to is None or horizon < subscription.active_to)


def _living(ctx: Context, subscription_id: str) -> Subscription | None:
    try:
        return subscriptions.get(ctx, subscription_id)
    except NotFound:
        return None


def _horizon(ctx: Context, view: SubscriptionView, as_of: datetime | None) -> datetime | None:
    """Up to which `invoice_at` lines are wanted; None for a subscription that was never in force."""
    if view.active.is_empty:
        return None
    if as_of is None:
        wanted = align.billing_period_at(view, max(ctx.now, view.active_from)).end
    else:
        wanted = align.horizon(view, as_of)
    return max(wanted, repository.last_due(ctx, view.id) or wanted)


def _targets(ctx: Context, subscription: Subscription, view: BillingView, horizon: datetime) -> list[TargetLine]:
    if subscription.settlement_mode == SETTLED_BY_CREDIT:
        return []
    at_end = from_document(profile_of(ctx, subscription.customer_id).workflow).end_proration
    proration = Proration(subscription.pro_rating_enabled, at_end)
    found = (_target(subscription, view, line, proration) for line in schedule(view.schedule, horizon))
    return [target for target in found if target is not None]


def _target(
    subscription: Subscription, view: BillingView, line: ScheduledLine, proration: Proration
) -> TargetLine | None:
    prorated = should_prorate(proration, line.price, line.service_period, subscription.active_to)
    price = billed_price(
        line.price,
        subscription.currency,
        service=line.service_period,
        full=line.full_service_period,
        prorated=prorated,
    )
    if price is None:
        return None
    sold = view.items[line.item.id]
    content = {
        "name": sold.name,
        "description": sold.description,
        "invoice_at": line.invoice_at,
        "feature_key": sold.feature_key,
        "feature_id": sold.feature_id,
        "price": price_document.price_to_document(price, sold.commitment, sold.unit_config),
        "tax_config": dict(sold.tax_config) if sold.tax_config is not None else None,
        "subscription_phase_id": view.phase_ids[line.phase.key],
        "subscription_item_id": line.item.id,
        "billing_period_start": line.billing_period.start,
        "billing_period_end": line.billing_period.end,
    }
    return TargetLine(
        reference=line.reference,
        period=line.service_period,
        content=content,
        discounts=discount_document(sold.discounts),
        charged_once=line.item.cadence is None and line.is_in_advance,
    )
