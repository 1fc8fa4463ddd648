"""A customer buys a plan: the plan is copied into a subscription, and its entitlements are granted."""

from collections.abc import Collection
from datetime import datetime, timedelta

from backend.catalog.models import SettlementMode
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PhaseTerms, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from backend.engine.subscribe.view import span
from backend.errors import Conflict, Invalid, Issue
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.events import announce_change
from backend.subscriptions.models import Subscription, SubscriptionPhase
from backend.subscriptions.service.grants import keep_entitlements
from backend.subscriptions.service.offer import Offer, on_sale
from backend.subscriptions.snapshot import item_row
from backend.subscriptions.terms import Moment, SubscriptionInput

GRACE = timedelta(minutes=2)
"""How far in the past a new subscription may start, because a request takes its time (billing spec 3.3)."""

FARTHEST = Duration(years=100)
"""How far ahead it may start: at the end of the calendar it would have no billing periods."""


def create(ctx: Context, wanted: SubscriptionInput) -> Subscription:
    """Subscribe a customer to a plan or a custom plan, from now on or from a given time.

    That is at most two minutes past and 100 years ahead.

    The plan is copied, so that later versions change nothing here. Raises NotFound (customer, plan),
    PreconditionFailed (customer deleted), Invalid (timing, currency, plan not on sale), Conflict (the customer has a
    subscription at that time). Source: billing spec 3.3.
    """
    offer = on_sale(ctx, wanted.plan_key, wanted.plan_version, wanted.custom_plan)
    return begin(ctx, wanted, offer)


def begin(ctx: Context, wanted: SubscriptionInput, offer: Offer) -> Subscription:
    """Make a subscription of an offer, whatever plan the input names. Raises what `create` raises."""
    customer = customers.lock(ctx, wanted.customer)
    subscription = _subscription(ctx, wanted, customer, offer)
    _refuse_second(ctx, subscription)
    first_phase = _first_phase(offer, wanted.starting_phase)
    check_customer(ctx, customer, offer.currency, offer.cards)
    ctx.session.add(subscription)
    ctx.session.flush()
    _copy_phases(ctx, subscription, offer.terms, first_phase)
    keep_entitlements(ctx, subscription)
    announce_change(ctx, subscription)
    return subscription


def _subscription(ctx: Context, wanted: SubscriptionInput, customer: Customer, offer: Offer) -> Subscription:
    start = _start(ctx, wanted)
    settlement = wanted.settlement_mode or offer.terms.settlement_mode
    if settlement is not SettlementMode.CREDIT_THEN_INVOICE:
        message = "Settling a subscription by prepaid credit alone needs credits, which are not enabled."
        raise Invalid(message, issues=[Issue("settlementMode", "credits_not_enabled", message)])
    return Subscription(
        customer_id=customer.id,
        plan_id=offer.plan.id if offer.plan else None,
        plan_key=offer.plan.key if offer.plan else None,
        plan_version=offer.plan.version if offer.plan else None,
        name=wanted.name or offer.terms.name,
        description=wanted.description,
        labels=dict(wanted.labels),
        currency=offer.currency,
        billing_cadence=str(offer.terms.billing_cadence),
        billing_anchor=wanted.billing_anchor or start,
        pro_rating_enabled=offer.terms.pro_rating_enabled,
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


def check_customer(ctx: Context, customer: Customer, currency: str, cards: Collection[RateCardTerms]) -> None:
    """The customer pays in one currency, settled by the first price, and its usage can be told from everybody else's.

    Raises Invalid.
    """
    if customer.currency not in (None, currency):
        message = f"The customer is billed in {customer.currency}; the plan is priced in {currency}."
        raise Invalid(message, issues=[Issue("plan", "currency_mismatch", message)])
    if any(_is_metered(card) for card in cards) and not customers.usage_subjects(ctx, customer):
        message = "The plan counts usage, but the customer has no subject that usage could be counted for."
        raise Invalid(message, issues=[Issue("customerId", "usage_attribution_missing", message)])
    if any(card.price is not None for card in cards):
        customers.settle_currency(ctx, customer, currency)


def _is_metered(card: RateCardTerms) -> bool:
    by_usage = card.price is not None and not isinstance(card.price, Flat)
    return by_usage or isinstance(card.entitlement, MeteredTemplate)


def _first_phase(offer: Offer, starting_phase: str | None) -> int:
    """The position of the phase to start in."""
    keys = [phase.key for phase in offer.terms.phases]
    if starting_phase is None:
        return 0
    if starting_phase not in keys:
        message = f"{offer.title} has no phase {starting_phase}."
        raise Invalid(message, issues=[Issue("startingPhase", "phase_not_found", message)])
    return keys.index(starting_phase)


def _copy_phases(ctx: Context, subscription: Subscription, terms: PlanTerms, first_phase: int) -> None:
    """Copy the plan's phases; those before the starting phase have no length."""
    start = subscription.active_from
    for position, phase in enumerate(terms.phases):
        row = _phase_row(subscription, phase, position, start)
        ctx.session.add(row)
        ctx.session.flush()
        ctx.session.add_all(item_row(row.id, card, index) for index, card in enumerate(phase.rate_cards))
        if phase.duration is not None and position >= first_phase:
            start = phase.duration.after(start)
    ctx.session.flush()


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
