"""How periods line up: all are counted from the billing anchor, and a billing period stops at its phase's end."""

from collections.abc import Collection, Sequence
from datetime import datetime

from backend.engine.period import Period
from backend.engine.recurrence import Duration, Recurrence
from backend.engine.subscribe.view import ItemView, PhaseView, SubscriptionView, span
from backend.errors import Invalid

FARTHEST_BACK = 120
"""How many recurrences before a subscription's start its anchor is looked for: ten years of months."""


def phase_period(subscription: SubscriptionView, phase: PhaseView) -> Period:
    """When a phase is in force: never beyond the subscription."""
    return span(phase.active_from, phase.active_to).intersect(subscription.active)


def item_period(subscription: SubscriptionView, phase: PhaseView, item: ItemView) -> Period:
    """When an item is in force: never beyond its phase."""
    return span(item.active_from, item.active_to).intersect(phase_period(subscription, phase))


def normal_anchor(anchor: datetime, start: datetime, cycle: Duration, cadences: Collection[Duration]) -> datetime:
    """The last recurrence of a billing anchor at or before a subscription's start, as the contract of version 1 says.

    Only one from which the billing cycle and all other cadences are counted as from the anchor itself: January 31 is
    never moved to a February 28, nor a year's fee to another month. Where there is none, the anchor stays.
    """
    rhythm = Recurrence(cycle, anchor)
    last = rhythm.index_at(start)
    for number in range(last, last - FARTHEST_BACK, -1):
        moved = rhythm.occurrence(number)
        if all(_count_alike(cadence, anchor, moved) for cadence in (cycle, *cadences)):
            return moved
    return anchor


def version_shown(versions: Sequence[Period], phase: Period, at: datetime) -> int | None:
    """Which version of an item stands for its key at an instant, by the times in which they are in force.

    The last one of a phase that is over, the first one of a phase to come; None while none is in force.
    """
    if phase.end <= at:
        return len(versions) - 1
    if at < phase.start:
        return 0
    return next((index for index, lasting in enumerate(versions) if at in lasting), None)


def phase_at(subscription: SubscriptionView, at: datetime) -> PhaseView:
    """The phase in force at an instant; from the subscription's end on, the last one. Before its start: Invalid."""
    if at < subscription.active_from:
        raise Invalid("The subscription has not started at that time.")
    lasting = [phase for phase in subscription.phases if not phase_period(subscription, phase).is_empty]
    containing = (phase for phase in lasting if at in phase_period(subscription, phase))
    found = next(containing, lasting[-1] if lasting else None)
    if found is None:
        raise Invalid("The subscription has no phase that lasts.")
    return found


def billing_period_at(subscription: SubscriptionView, at: datetime) -> Period:
    """The aligned billing period at an instant, cut to the phase; from the subscription's end on, the last one.

    Before the subscription's start raises Invalid. Source: billing spec 2.3.
    """
    phase = phase_period(subscription, phase_at(subscription, at))
    if at >= phase.end:
        at = max(subscription.billing_cycle.prev_before(phase.end, inclusive=False), phase.start)
    return subscription.billing_cycle.period_at(at).intersect(phase)


def full_service_periods(subscription: SubscriptionView, item: ItemView) -> Recurrence | None:
    """The rhythm of an item's full service periods, cut to nothing; None for an item that is charged once."""
    return None if item.cadence is None else Recurrence(item.cadence, subscription.billing_anchor)


def horizon(subscription: SubscriptionView, as_of: datetime) -> datetime:
    """Up to which `invoice_at` lines are scheduled: the end of the billing period, so that upcoming lines can be seen.

    Exactly at the start of a period, and before the subscription starts, only what is due at that start.
    Source: billing spec 2.3.
    """
    at = max(as_of, subscription.active_from)
    period = billing_period_at(subscription, at)
    return at if period.start == at else period.end


def _count_alike(cadence: Duration, one: datetime, other: datetime) -> bool:
    """Whether the same instants are counted from both anchors."""
    number = Recurrence(cadence, other).index_at(one)
    return (
        Recurrence(cadence, other).occurrence(number) == one and Recurrence(cadence, one).occurrence(-number) == other
    )
