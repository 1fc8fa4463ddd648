"""A customer buys a plan: the plan is copied into a subscription, and its entitlements are granted."""

from datetime import datetime, timedelta

from backend.catalog import price_document, templates
from backend.catalog.models import SettlementMode
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import features, plans
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PhaseTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.period import Period
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from backend.engine.subscribe.align import item_period
from backend.engine.subscribe.status import PlanStatus
from backend.engine.subscribe.view import span
from backend.entitlements import service as entitlements
from backend.entitlements.service import EntitlementInput
from backend.errors import Conflict, Invalid, Issue
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.events import announce_change
from backend.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPhase
from backend.subscriptions.terms import Moment, SubscriptionInput
from backend.subscriptions.view import PhaseRows, end_of, rows, schedule

GRACE = timedelta(minutes=2)
"""How far in the past a new subscription may start, because a request takes its time (billing spec 3.3)."""

FARTHEST = Duration(years=100)
"""How far ahead it may start: at the end of the calendar it would have no billing periods."""


def create(ctx: Context, wanted: SubscriptionInput) -> Subscription:
    """Subscribe a customer to a plan from now on, or from a time at most two minutes past and 100 years ahead.

    The plan is copied, so that later versions change nothing here. Raises NotFound (customer, plan),
    PreconditionFailed (customer deleted), Invalid (timing, currency, plan not on sale), Conflict (the customer has a
    subscription at that time). Source: billing spec 3.3.
    """
    customer = customers.lock(ctx, wanted.customer)
    plan = _plan_on_sale(ctx, wanted)
    subscription = _subscription(ctx, wanted, customer, plan)
    _refuse_second(ctx, subscription)
    first_phase = _first_phase(plan, wanted.starting_phase)
    _check_customer(ctx, customer, plan)
    ctx.session.add(subscription)
    ctx.session.flush()
    phases = _copy_phases(ctx, subscription, plan, first_phase)
    _grant(ctx, subscription, phases)
    announce_change(ctx, subscription)
    return subscription


def _plan_on_sale(ctx: Context, wanted: SubscriptionInput) -> PlanVersion:
    plan = plans.get(ctx, wanted.plan_key, wanted.plan_version)
    if plan.status is not PlanStatus.ACTIVE:
        raise Invalid(f"Version {plan.row.version} of plan {plan.row.key} is {plan.status}, not on sale.")
    return plan


def _subscription(ctx: Context, wanted: SubscriptionInput, customer: Customer, plan: PlanVersion) -> Subscription:
    start = _start(ctx, wanted)
    settlement = wanted.settlement_mode or plan.terms.settlement_mode
    if settlement is not SettlementMode.CREDIT_THEN_INVOICE:
        message = "Settling a subscription by prepaid credit alone needs credits, which are not enabled."
        raise Invalid(message, issues=[Issue("settlementMode", "credits_not_enabled", message)])
    return Subscription(
        customer_id=customer.id,
        plan_id=plan.row.id,
        plan_key=plan.row.key,
        plan_version=plan.row.version,
        name=wanted.name or plan.terms.name,
        description=wanted.description,
        labels=dict(wanted.labels),
        currency=plan.row.currency,
        billing_cadence=str(plan.terms.billing_cadence),
        billing_anchor=wanted.billing_anchor or start,
        pro_rating_enabled=plan.terms.pro_rating_enabled,
        settlement_mode=settlement,
        active_from=start,
    )


def _start(ctx: Context, wanted: SubscriptionInput) -> datetime:
    if wanted.timing is Moment.IMMEDIATE:
        return ctx.now
    if isinstance(wanted.timing, Moment):
        message = "A new subscription has no billing cycle yet: start it immediately or at a time."
        raise Invalid(message, issues=[Issue("timing", "timing_not_allowed", message)])
    if wanted.timing < ctx.now - GRACE:
        message = "A subscription cannot start in the past."
        raise Invalid(message, issues=[Issue("timing", "timing_in_the_past", message)])
    if wanted.timing > FARTHEST.after(ctx.now):
        message = f"A subscription starts within {FARTHEST.years} years."
        raise Invalid(message, issues=[Issue("timing", "timing_too_far_ahead", message)])
    return wanted.timing


def _refuse_second(ctx: Context, subscription: Subscription) -> None:
    wanted = span(subscription.active_from, subscription.active_to)
    for other in repository.of_customer(ctx, subscription.customer_id):
        taken = span(other.active_from, other.active_to)
        if not taken.is_empty and taken.overlaps(wanted):
            message = "The customer already has a subscription at that time; a customer has one at a time."
            code = "only_single_subscription_allowed_per_customer_at_a_time"
            raise Conflict(message, issues=[Issue("customerId", code, message)], conflictingEntityId=other.id)


def _check_customer(ctx: Context, customer: Customer, plan: PlanVersion) -> None:
    """The customer pays in one currency, and its usage can be told from everybody else's."""
    cards = [card for phase in plan.terms.phases for card in phase.rate_cards]
    if customer.currency not in (None, plan.row.currency):
        message = f"The customer is billed in {customer.currency}; the plan is priced in {plan.row.currency}."
        raise Invalid(message, issues=[Issue("plan", "currency_mismatch", message)])
    if any(_is_metered(card) for card in cards) and not customers.usage_subjects(ctx, customer):
        message = "The plan counts usage, but the customer has no subject that usage could be counted for."
        raise Invalid(message, issues=[Issue("customerId", "usage_attribution_missing", message)])
    if any(card.price is not None for card in cards):
        customers.settle_currency(ctx, customer, plan.row.currency)


def _is_metered(card: RateCardTerms) -> bool:
    by_usage = card.price is not None and not isinstance(card.price, Flat)
    return by_usage or isinstance(card.entitlement, MeteredTemplate)


def _first_phase(plan: PlanVersion, starting_phase: str | None) -> int:
    """The position of the phase to start in."""
    keys = [phase.key for phase in plan.terms.phases]
    if starting_phase is None:
        return 0
    if starting_phase not in keys:
        message = f"Plan {plan.row.key} has no phase {starting_phase}."
        raise Invalid(message, issues=[Issue("startingPhase", "phase_not_found", message)])
    return keys.index(starting_phase)


def _copy_phases(
    ctx: Context, subscription: Subscription, plan: PlanVersion, first_phase: int
) -> tuple[PhaseRows, ...]:
    """Copy the plan's phases; those before the starting phase have no length."""
    start = subscription.active_from
    for position, phase in enumerate(plan.terms.phases):
        row = _phase_row(subscription, phase, position, start)
        ctx.session.add(row)
        ctx.session.flush()
        ctx.session.add_all(_item_row(row, card, index) for index, card in enumerate(phase.rate_cards))
        if phase.duration is not None and position >= first_phase:
            start = phase.duration.after(start)
    ctx.session.flush()
    return rows(ctx, subscription)


def _phase_row(subscription: Subscription, phase: PhaseTerms, position: int, start: datetime) -> SubscriptionPhase:
    return SubscriptionPhase(
        subscription_id=subscription.id,
        position=position,
        key=phase.key,
        name=phase.name,
        description=phase.description,
        labels=dict(phase.labels),
        active_from=start,
    )


def _item_row(phase: SubscriptionPhase, card: RateCardTerms, position: int) -> SubscriptionItem:
    return SubscriptionItem(
        phase_id=phase.id,
        position=position,
        key=card.key,
        name=card.name,
        description=card.description,
        labels=dict(card.labels),
        kind=card.kind,
        feature_key=card.feature_key,
        feature_id=card.feature_id,
        billing_cadence=None if card.billing_cadence is None else str(card.billing_cadence),
        price=price_document.price_to_document(card.price, card.commitment, card.unit_config),
        discounts=price_document.discounts_to_document(card.discounts),
        entitlement_template=None if card.entitlement is None else templates.to_document(card.entitlement),
        tax_config=None if card.tax_config is None else dict(card.tax_config),
    )


def _grant(ctx: Context, subscription: Subscription, phases: tuple[PhaseRows, ...]) -> None:
    """Grant what the items include, for as long as each of them lives."""
    plan_of_time = schedule(subscription, phases)
    for phase, phase_view in zip(phases, plan_of_time.phases, strict=True):
        for item, item_view in zip(phase.items, phase_view.items, strict=True):
            if item.entitlement_template is not None:
                _grant_item(ctx, subscription, phase, item, item_period(plan_of_time, phase_view, item_view))


def _grant_item(
    ctx: Context, subscription: Subscription, phase: PhaseRows, item: SubscriptionItem, lasting: Period
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
            measure_usage_from=None if period is None else phase.row.active_from,
            subscription_id=subscription.id,
            subscription_item_id=item.id,
        ),
    )
