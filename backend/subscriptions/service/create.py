"""A customer buys a plan: the plan is copied into a subscription, and its entitlements are granted."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from backend.catalog.models import SettlementMode
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PhaseTerms, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from backend.engine.subscribe.align import normal_anchor
from backend.engine.subscribe.view import span
from backend.errors import Conflict, Issue, refuse
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.events import CREATED, announce_change
from backend.subscriptions.models import Subscription, SubscriptionPhase
from backend.subscriptions.ports import sale_issues
from backend.subscriptions.service.grants import keep_entitlements
from backend.subscriptions.service.offer import Offer, wanted_offer
from backend.subscriptions.snapshot import item_row
from backend.subscriptions.terms import FARTHEST, Moment, SubscriptionInput, Timing

GRACE = timedelta(minutes=2)
"""How far in the past a new subscription may start, because a request takes its time (billing spec 3.3)."""


def create(ctx: Context, wanted: SubscriptionInput) -> Subscription:
    """Subscribe a customer to a plan or a custom plan, from now on or from a given time.

    That is at most two minutes past and 100 years ahead.

    The plan is copied, so that later versions change nothing here. Raises NotFound (customer, plan),
    PreconditionFailed (customer deleted), Invalid (all that `check` finds), Conflict (the customer has a
    subscription at that time). Source: billing spec 3.3.
    """
    offer, issues = _examine(ctx, wanted)
    refuse(issues)
    assert offer is not None, "without an offer there is an issue"
    return begin(ctx, wanted, offer)


def check(ctx: Context, wanted: SubscriptionInput) -> list[Issue]:
    """Everything that is wrong with a subscription that is being bought; nothing is saved.

    Timing, plan, terms of a custom plan, starting phase, settlement, the customer's currency and subjects.
    Raises NotFound (customer, plan), PreconditionFailed (customer deleted).
    """
    return _examine(ctx, wanted)[1]


def begin(ctx: Context, wanted: SubscriptionInput, offer: Offer, previous: Subscription | None = None) -> Subscription:
    """Make a subscription of an offer, whatever plan the input names. Raises what `create` raises.

    Without an anchor of its own, periods are counted from that of the subscription it follows, or else from the start.
    """
    customer = customers.lock(ctx, wanted.customer)
    refuse(beginning_issues(ctx, wanted, offer, customer))
    subscription = _subscription(ctx, wanted, customer, offer, previous)
    _refuse_second(ctx, subscription)
    settle_currency(ctx, customer, offer.currency, offer.cards)
    ctx.session.add(subscription)
    ctx.session.flush()
    _copy_phases(ctx, subscription, offer.terms, _first_phase(offer, wanted.starting_phase))
    keep_entitlements(ctx, subscription)
    announce_change(ctx, CREATED, subscription)
    return subscription


def beginning_issues(
    ctx: Context, wanted: SubscriptionInput, offer: Offer | None, customer: Customer | None
) -> Iterator[Issue]:
    """What keeps a subscription from beginning, as far as its offer and its customer are known."""
    yield from _timing_issues(ctx, wanted.timing)
    settlement = wanted.settlement_mode or (offer.terms.settlement_mode if offer else None)
    if settlement is SettlementMode.CREDIT_ONLY:
        message = "Settling a subscription by prepaid credit alone needs credits, which are not enabled."
        yield Issue("settlementMode", "credits_not_enabled", message)
    if offer is None:
        return
    if wanted.starting_phase is not None and wanted.starting_phase not in [phase.key for phase in offer.terms.phases]:
        message = f"{offer.title} has no phase {wanted.starting_phase}."
        yield Issue("startingPhase", "phase_not_found", message)
    if customer is not None:
        yield from customer_issues(ctx, customer, offer.currency, offer.cards)
        if any(card.price is not None for card in offer.cards):
            yield from sale_issues(ctx, customer)


def customer_issues(
    ctx: Context, customer: Customer, currency: str, cards: Collection[RateCardTerms]
) -> Iterator[Issue]:
    """The customer pays in one currency, and its usage can be told from everybody else's (billing spec 3.3)."""
    if customer.currency not in (None, currency):
        message = f"The customer is billed in {customer.currency}; the plan is priced in {currency}."
        yield Issue("plan", "currency_mismatch", message)
    if any(_is_metered(card) for card in cards) and not customers.usage_subjects(ctx, customer):
        message = "The plan counts usage, but the customer has no subject that usage could be counted for."
        yield Issue("customerId", "usage_attribution_missing", message)


def settle_currency(ctx: Context, customer: Customer, currency: str, cards: Collection[RateCardTerms]) -> None:
    """The first price decides in which currency a customer is billed."""
    if any(card.price is not None for card in cards):
        customers.settle_currency(ctx, customer, currency)


def _examine(ctx: Context, wanted: SubscriptionInput) -> tuple[Offer | None, list[Issue]]:
    offer, issues = wanted_offer(ctx, wanted)
    customer = customers.get(ctx, wanted.customer) if wanted.customer else None
    if customer is None:
        issues.append(Issue("customerId", "customer_missing", "Say who subscribes, by id or key."))
    return offer, [*issues, *beginning_issues(ctx, wanted, offer, customer)]


def _timing_issues(ctx: Context, timing: Timing) -> Iterator[Issue]:
    if timing is Moment.IMMEDIATE:
        return
    if isinstance(timing, Moment):
        message = "A new subscription has no billing cycle yet: start it immediately or at a time."
        yield Issue("timing", "timing_not_allowed", message)
    elif timing < ctx.now - GRACE:
        yield Issue("timing", "timing_in_the_past", "A subscription cannot start in the past.")
    elif timing > FARTHEST.after(ctx.now):
        yield Issue("timing", "timing_too_far_ahead", f"A subscription starts within {FARTHEST.years} years.")


def _subscription(
    ctx: Context, wanted: SubscriptionInput, customer: Customer, offer: Offer, previous: Subscription | None
) -> Subscription:
    start = ctx.now if isinstance(wanted.timing, Moment) else wanted.timing
    anchor = previous.billing_anchor if previous else start
    if wanted.billing_anchor is not None:
        anchor = normal_anchor(wanted.billing_anchor, start, offer.terms.billing_cadence, offer.cadences)
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
        billing_anchor=anchor,
        pro_rating_enabled=offer.terms.pro_rating_enabled,
        settlement_mode=wanted.settlement_mode or offer.terms.settlement_mode,
        active_from=start,
        previous_id=previous.id if previous else None,
    )


def _refuse_second(ctx: Context, subscription: Subscription) -> None:
    wanted = span(subscription.active_from, subscription.active_to)
    for other in repository.of_customer(ctx, subscription.customer_id):
        taken = span(other.active_from, other.active_to)
        if not taken.is_empty and taken.overlaps(wanted):
            message = "The customer already has a subscription at that time; a customer has one at a time."
            code = "only_single_subscription_allowed_per_customer_at_a_time"
            raise Conflict(message, issues=[Issue("customerId", code, message)], conflictingEntityId=other.id)


def _is_metered(card: RateCardTerms) -> bool:
    by_usage = card.price is not None and not isinstance(card.price, Flat)
    return by_usage or isinstance(card.entitlement, MeteredTemplate)


def _first_phase(offer: Offer, starting_phase: str | None) -> int:
    """The position of the phase to start in."""
    return 0 if starting_phase is None else [phase.key for phase in offer.terms.phases].index(starting_phase)


def _copy_phases(ctx: Context, subscription: Subscription, terms: PlanTerms, first_phase: int) -> None:
    """Copy the plan's phases; those before the starting phase have no length.

    Each starts the sum of all earlier lengths after the subscription: month ends do not drift (billing spec 3.1).
    """
    elapsed = Duration()
    for position, phase in enumerate(terms.phases):
        row = _phase_row(subscription, phase, position, elapsed.after(subscription.active_from))
        ctx.session.add(row)
        ctx.session.flush()
        ctx.session.add_all(item_row(row.id, card, index) for index, card in enumerate(phase.rate_cards))
        if phase.duration is not None and position >= first_phase:
            elapsed += phase.duration
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
