"""A running subscription is edited for one customer: what is sold changes from now on, or with the next cycle."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from backend.catalog.service import plans
from backend.catalog.service.card_features import with_features
from backend.catalog.terms import PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.engine.recurrence import Duration
from backend.engine.subscribe import edit as engine
from backend.engine.subscribe.align import billing_period_at, phase_at
from backend.engine.subscribe.edit import AddItem, AddPhase, EditedItem, EditedPhase, Operation
from backend.engine.subscribe.status import SubscriptionStatus
from backend.engine.subscribe.view import SubscriptionView
from backend.errors import Forbidden, Invalid, Issue, refuse
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.subscriptions.events import UPDATED, announce_change
from backend.subscriptions.models import Subscription, SubscriptionPhase
from backend.subscriptions.service.addons import has_addons
from backend.subscriptions.service.create import customer_issues, settle_currency
from backend.subscriptions.service.grants import keep_entitlements
from backend.subscriptions.service.read import lock, status_of
from backend.subscriptions.snapshot import item_row
from backend.subscriptions.terms import Customization, ItemAddition, Moment, PhaseAddition, SubscriptionEdit, Timing
from backend.subscriptions.view import PhaseRows, rows, schedule

Added = TypeVar("Added")


@dataclass(frozen=True, slots=True)
class Additions:
    """The operations for the engine, and by the ids it hands through what is to be added."""

    operations: tuple[Operation, ...]
    cards: Mapping[str, RateCardTerms]
    phases: Mapping[str, PhaseAddition]


def edit(ctx: Context, subscription_id: str, wanted: SubscriptionEdit) -> Subscription:
    """Apply customizations in order to an active subscription; all of them or none.

    Items and phases that were never in force are replaced, all others only end: what was billed keeps its identity.
    Raises NotFound, Forbidden (not active, add-ons, what has been), Invalid (rate cards, timing, no such phase or
    item), Conflict (a key that is taken, a change that is scheduled). Source: billing spec 3.4, 3.5.
    """
    subscription = lock(ctx, subscription_id)
    if status_of(ctx, subscription) is not SubscriptionStatus.ACTIVE:
        raise Forbidden(f"The subscription is {status_of(ctx, subscription)}: only an active one can be edited.")
    if has_addons(ctx, subscription):
        raise Forbidden("The subscription has add-ons: it can be edited once there is none of them any more.")
    phases = rows(ctx, subscription)
    at = _effective(ctx, schedule(subscription, phases), wanted.timing)
    additions = _additions(ctx, subscription, wanted.customizations)
    edited = engine.edit(tuple(map(_edited, phases)), additions.operations, at=at, now=ctx.now)
    customer = customers.get(ctx, subscription.customer_id)
    refuse(customer_issues(ctx, customer, subscription.currency, additions.cards.values()))
    settle_currency(ctx, customer, subscription.currency, additions.cards.values())
    _save(ctx, subscription, phases, edited.phases, additions)
    keep_entitlements(ctx, subscription)
    announce_change(ctx, UPDATED, subscription)
    return subscription


def _effective(ctx: Context, plan_of_time: SubscriptionView, timing: Timing) -> datetime:
    """Now, or the end of the billing cycle if the phase goes on then; never a time of one's own choice."""
    if timing is Moment.IMMEDIATE:
        return ctx.now
    if not isinstance(timing, Moment):
        message = "An edit takes effect immediately or with the next billing cycle, not at a time of choice."
        raise Invalid(message, issues=[Issue("timing", "timing_not_allowed", message)])
    at = billing_period_at(plan_of_time, ctx.now).end
    if phase_at(plan_of_time, at).key != phase_at(plan_of_time, ctx.now).key:
        message = "The phase ends with this billing cycle: edit the subscription immediately, or once it is over."
        raise Invalid(message, issues=[Issue("timing", "timing_in_another_phase", message)])
    return at


def _edited(phase: PhaseRows) -> EditedPhase:
    items = tuple(EditedItem(item.id, item.key, item.active_from, item.active_to) for item in phase.items)
    return EditedPhase(phase.row.id, phase.row.key, phase.row.active_from, items)


def _additions(ctx: Context, subscription: Subscription, wanted: Iterable[Customization]) -> Additions:
    operations: list[Operation] = []
    cards: dict[str, RateCardTerms] = {}
    phases: dict[str, PhaseAddition] = {}
    issues: list[Issue] = []
    for number, customization in enumerate(wanted):
        match customization:
            case ItemAddition(phase_key, card):
                issues += _card_issues(ctx, subscription, card, f"customizations[{number}].rateCard")
                added = _noted(cards, with_features(ctx, (card,))[0])
                operations.append(AddItem(phase_key, card.key, added))
            case PhaseAddition(key, _, start_after, duration):
                start = subscription.active_from if start_after is None else start_after.after(subscription.active_from)
                operations.append(AddPhase(_noted(phases, customization), key, start, duration))
            case _:
                operations.append(customization)
    if issues:
        raise Invalid("The rate cards are not valid.", issues=issues)
    return Additions(tuple(operations), cards, phases)


def _noted(added: dict[str, Added], what: Added) -> str:
    """Keep what is added under a new id."""
    key = new_id()
    added[key] = what
    return key


def _card_issues(ctx: Context, subscription: Subscription, card: RateCardTerms, place: str) -> list[Issue]:
    """What would be wrong with the rate card in a plan of the same currency and cadence."""
    cadence = Duration.parse(subscription.billing_cadence)
    terms = PlanTerms(subscription.name, cadence, (PhaseTerms("edited", "Edited", (card,)),))
    found = plans.check(ctx, PlanInput("edited", subscription.currency, terms))
    return [replace(issue, field=issue.field.replace("phases[0].rateCards[0]", place)) for issue in found]


def _save(
    ctx: Context,
    subscription: Subscription,
    before: tuple[PhaseRows, ...],
    after: tuple[EditedPhase, ...],
    additions: Additions,
) -> None:
    """Write the difference: what is gone first, because what is new may take its place."""
    kept_phases = {phase.id for phase in after}
    kept_items = {item.id for phase in after for item in phase.items}
    for item in (item for phase in before for item in phase.items if item.id not in kept_items):
        ctx.session.delete(item)
    ctx.session.flush()
    for gone in (phase.row for phase in before if phase.row.id not in kept_phases):
        ctx.session.delete(gone)
    ctx.session.flush()
    present = {phase.row.id: phase for phase in before}
    for position, phase in enumerate(after):
        if phase.id not in present:
            ctx.session.add(_phase_row(subscription, phase, additions.phases[phase.id]))
            ctx.session.flush()
        _save_phase(ctx, phase, position, present.get(phase.id), additions.cards)
    ctx.session.flush()


def _phase_row(subscription: Subscription, phase: EditedPhase, added: PhaseAddition) -> SubscriptionPhase:
    return SubscriptionPhase(
        id=phase.id,
        subscription_id=subscription.id,
        position=0,
        key=phase.key,
        name=added.name,
        description=added.description,
        active_from=phase.active_from,
    )


def _save_phase(
    ctx: Context, phase: EditedPhase, position: int, before: PhaseRows | None, cards: Mapping[str, RateCardTerms]
) -> None:
    row = ctx.session.get_one(SubscriptionPhase, phase.id)
    row.position, row.active_from = position, phase.active_from
    present = {item.id: item for item in (before.items if before else ())}
    places = {item.key: item.position for item in present.values()}
    for item in phase.items:
        if item.id in present:
            present[item.id].active_from, present[item.id].active_to = item.active_from, item.active_to
            continue
        place = places.setdefault(item.key, max(places.values(), default=-1) + 1)
        version = phase.history(item.key).index(item)
        card = cards[item.id]
        ctx.session.add(
            item_row(phase.id, card, place, version=version, active_from=item.active_from, active_to=item.active_to)
        )
