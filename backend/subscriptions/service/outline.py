"""Subscriptions as a list shows them: phases and the rate cards in force, read for all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.engine.period import Period
from backend.engine.subscribe.align import billing_period_at, item_period, phase_period, version_shown
from backend.engine.subscribe.status import SubscriptionStatus, subscription_status
from backend.engine.subscribe.view import PhaseView, SubscriptionView
from backend.infra.context import Context
from backend.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPhase
from backend.subscriptions.view import PhaseRows, rows_of, schedule


@dataclass(frozen=True, slots=True)
class ItemOutline:
    """An item and the time it lives."""

    row: SubscriptionItem
    lasting: Period


@dataclass(frozen=True, slots=True)
class PhaseOutline:
    """A phase, the time it lasts, and of each item the version that stands for it now."""

    row: SubscriptionPhase
    lasting: Period
    items: tuple[ItemOutline, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionOutline:
    """A subscription with its phases; the billing period is the present one, None while it does not run."""

    row: Subscription
    status: SubscriptionStatus
    billing_period: Period | None
    phases: tuple[PhaseOutline, ...]


def outlines(ctx: Context, subscriptions: Sequence[Subscription]) -> list[SubscriptionOutline]:
    """Subscriptions as they stand now, in the same order, in as many queries as one of them needs."""
    phases = rows_of(ctx, subscriptions)
    return [_outline(ctx, subscription, phases[subscription.id]) for subscription in subscriptions]


def _outline(ctx: Context, subscription: Subscription, phases: tuple[PhaseRows, ...]) -> SubscriptionOutline:
    plan_of_time = schedule(subscription, phases)
    return SubscriptionOutline(
        row=subscription,
        status=subscription_status(subscription.active_from, subscription.active_to, ctx.now),
        billing_period=billing_period_at(plan_of_time, ctx.now) if ctx.now in plan_of_time.active else None,
        phases=tuple(
            _phase(ctx, plan_of_time, view, phase) for view, phase in zip(plan_of_time.phases, phases, strict=True)
        ),
    )


def _phase(ctx: Context, plan_of_time: SubscriptionView, view: PhaseView, phase: PhaseRows) -> PhaseOutline:
    lasting = phase_period(plan_of_time, view)
    histories: dict[str, list[ItemOutline]] = {}
    for item, item_view in zip(phase.items, view.items, strict=True):
        histories.setdefault(item.key, []).append(ItemOutline(item, item_period(plan_of_time, view, item_view)))
    shown = (
        (versions, version_shown([version.lasting for version in versions], lasting, ctx.now))
        for versions in histories.values()
    )
    return PhaseOutline(phase.row, lasting, tuple(versions[index] for versions, index in shown if index is not None))
