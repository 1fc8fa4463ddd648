"""What a subscription includes comes and goes with its items: each entitlement lives exactly as long as its item."""

from datetime import datetime

from backend.catalog import price_document, templates
from backend.catalog.service import features
from backend.catalog.templates import MeteredTemplate
from backend.engine.period import FOREVER, Period
from backend.engine.recurrence import Duration
from backend.engine.subscribe.align import item_period
from backend.entitlements import service as entitlements
from backend.entitlements.models import Entitlement
from backend.entitlements.service import EntitlementInput
from backend.infra.context import Context
from backend.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPhase
from backend.subscriptions.view import end_of, rows, schedule

Included = tuple[SubscriptionPhase, SubscriptionItem, Period]


def keep_entitlements(ctx: Context, subscription: Subscription) -> None:
    """Grant what items include and nobody has yet, end what ends earlier or later now, withdraw what never begins.

    Those that end earlier make room first, because a customer has one entitlement to a feature at a time. Raises
    Conflict when another entitlement of the customer is in the way. Source: billing spec 3.5, 3.6.
    """
    missing = _included(ctx, subscription)
    moved: list[tuple[Entitlement, datetime | None]] = []
    for entitlement in entitlements.of_subscription(ctx, subscription.id):
        found = missing.get(entitlement.subscription_item_id or "")
        if found is None or found[2].start != entitlement.active_from:
            entitlements.withdraw(ctx, entitlement)
            continue
        del missing[found[1].id]
        end = end_of(found[2])
        if end != entitlement.active_to:
            moved.append((entitlement, end))
    ctx.session.flush()
    for entitlement, end in sorted(moved, key=lambda move: move[1] or FOREVER):
        entitlements.reschedule(ctx, entitlement, end)
    for phase, item, lasting in missing.values():
        _grant(ctx, subscription, phase, item, lasting)


def _included(ctx: Context, subscription: Subscription) -> dict[str, Included]:
    """By item: those with an entitlement, and when they are in force."""
    phases = rows(ctx, subscription)
    plan_of_time = schedule(subscription, phases)
    return {
        item.id: (phase.row, item, item_period(plan_of_time, phase_view, item_view))
        for phase, phase_view in zip(phases, plan_of_time.phases, strict=True)
        for item, item_view in zip(phase.items, phase_view.items, strict=True)
        if item.entitlement_template is not None
    }


def _grant(
    ctx: Context, subscription: Subscription, phase: SubscriptionPhase, item: SubscriptionItem, lasting: Period
) -> None:
    """The quota is counted from the billing anchor and its usage from the start of the phase."""
    template = templates.from_document(item.entitlement_template or {})
    assert item.feature_id is not None
    cadence = Duration.parse(item.billing_cadence or subscription.billing_cadence)
    period = (template.usage_period or cadence) if isinstance(template, MeteredTemplate) else None
    entitlements.create(
        ctx,
        EntitlementInput(
            customer_id=subscription.customer_id,
            feature=features.get(ctx, item.feature_id),
            template=template,
            active_from=lasting.start,
            active_to=end_of(lasting),
            usage_period=period,
            usage_anchor=subscription.billing_anchor,
            unit_config=price_document.unit_config_from_document(item.price),
            measure_usage_from=None if period is None else phase.active_from,
            subscription_id=subscription.id,
            subscription_item_id=item.id,
        ),
    )
