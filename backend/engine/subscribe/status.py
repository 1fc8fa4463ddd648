"""Whether a subscription, a plan or an add-on is in force: never stored, always read off its dates."""

from datetime import datetime
from enum import StrEnum


class SubscriptionStatus(StrEnum):
    """Where a subscription stands at an instant."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    CANCELED = "canceled"
    INACTIVE = "inactive"


class PlanStatus(StrEnum):
    """Where a plan version stands at an instant."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    ARCHIVED = "archived"


class AddonStatus(StrEnum):
    """Where a version of an add-on stands at an instant."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


def subscription_status(active_from: datetime, active_to: datetime | None, at: datetime) -> SubscriptionStatus:
    """Scheduled before its start, active without an end, canceled until its end, then inactive (billing spec 3.1).

    One that ends where it starts was never valid and is inactive throughout.
    """
    if active_to is not None and active_to <= max(active_from, at):
        return SubscriptionStatus.INACTIVE
    if at < active_from:
        return SubscriptionStatus.SCHEDULED
    return SubscriptionStatus.ACTIVE if active_to is None else SubscriptionStatus.CANCELED


def plan_status(effective_from: datetime | None, effective_to: datetime | None, at: datetime) -> PlanStatus:
    """Draft without dates, scheduled before the first, active from it on, archived from the second on.

    Unlike OpenMeter, which calls a plan invalid at the very instant it takes effect, the start is inside, as in every
    period. Source: billing spec 1.2.
    """
    if effective_from is None:
        return PlanStatus.DRAFT
    if at < effective_from:
        return PlanStatus.SCHEDULED
    return PlanStatus.ACTIVE if effective_to is None or at < effective_to else PlanStatus.ARCHIVED


def addon_status(effective_from: datetime | None, effective_to: datetime | None, at: datetime) -> AddonStatus:
    """Draft until the first date, active from it on, archived from the second on (billing spec 1.5).

    The sale of an add-on is never scheduled, so there is no fourth state.
    """
    status = plan_status(effective_from, effective_to, at)
    return AddonStatus.DRAFT if status is PlanStatus.SCHEDULED else AddonStatus(status)
