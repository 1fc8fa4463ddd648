"""What can be asked of a subscription: a new one from a plan, an edit, and when a change takes effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backend.catalog.models import SettlementMode
from backend.catalog.terms import PlanTerms, RateCardTerms
from backend.engine.filter import Filter
from backend.engine.recurrence import Duration
from backend.engine.subscribe.edit import RemoveItem, RemovePhase, StretchPhase, UnscheduleEdit
from backend.engine.subscribe.status import SubscriptionStatus

FARTHEST = Duration(years=100)
"""How far ahead a subscription may start, change and end: at the end of the calendar it has no billing periods."""


class Moment(StrEnum):
    """When a change takes effect, unless a time is given."""

    IMMEDIATE = "immediate"
    NEXT_BILLING_CYCLE = "next_billing_cycle"


Timing = Moment | datetime


@dataclass(frozen=True, slots=True)
class CustomPlan:
    """What is sold to one customer alone: terms like those of a plan, without a key and a version."""

    currency: str
    terms: PlanTerms


@dataclass(frozen=True, slots=True)
class SubscriptionInput:
    """A customer buys a plan, or a custom one. Without a version: the one on sale now.

    The customer and `plan_key` may also be ids. Without an anchor, periods are counted from the start.
    """

    customer: str
    plan_key: str | None = None
    plan_version: int | None = None
    custom_plan: CustomPlan | None = None
    timing: Timing = Moment.IMMEDIATE
    name: str | None = None
    description: str | None = None
    billing_anchor: datetime | None = None
    starting_phase: str | None = None
    settlement_mode: SettlementMode | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A customer moves to another plan, version or custom plan. Without an anchor, the present one is kept.

    Whoever names the customer is told when the subscription is another one's; None names nobody.
    """

    plan_key: str | None = None
    plan_version: int | None = None
    custom_plan: CustomPlan | None = None
    timing: Timing = Moment.IMMEDIATE
    name: str | None = None
    description: str | None = None
    billing_anchor: datetime | None = None
    starting_phase: str | None = None
    settlement_mode: SettlementMode | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A customer moves to a later version of its plan: the latest one unless another is named."""

    target_version: int | None = None
    timing: Timing = Moment.IMMEDIATE
    billing_anchor: datetime | None = None
    starting_phase: str | None = None


@dataclass(frozen=True, slots=True)
class ItemAddition:
    """A rate card that is sold in addition, or in place of the present item of its key."""

    phase_key: str
    card: RateCardTerms


@dataclass(frozen=True, slots=True)
class PhaseAddition:
    """A new phase, so long after the subscription's start; a duration is needed when others follow."""

    key: str
    name: str
    start_after: Duration | None = None
    duration: Duration | None = None
    description: str | None = None


Customization = ItemAddition | PhaseAddition | RemoveItem | RemovePhase | StretchPhase | UnscheduleEdit


@dataclass(frozen=True, slots=True)
class SubscriptionEdit:
    """What is to be different about a running subscription, applied in order: all of it or nothing."""

    customizations: tuple[Customization, ...]
    timing: Timing = Moment.IMMEDIATE


@dataclass(frozen=True, slots=True)
class AddonPurchase:
    """An add-on, by id or key, is bought so many times; without a name it is called like the add-on."""

    addon: str
    quantity: int
    timing: Timing = Moment.IMMEDIATE
    name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddonChange:
    """What is to be different about a bought add-on; None leaves it as it is. Without a quantity, timing is nothing."""

    quantity: int | None = None
    timing: Timing = Moment.IMMEDIATE
    name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """Which subscriptions a list shows, and in which order. Empty means all.

    `columns` are conditions by field: id, customer_id, plan_id or plan_key.
    """

    customer_ids: tuple[str, ...] = ()
    plan_ids: tuple[str, ...] = ()
    statuses: tuple[SubscriptionStatus, ...] = ()
    columns: Mapping[str, Filter] = field(default_factory=dict)
    order_by: str = "active_from"
    descending: bool = False
    offset: int = 0
    limit: int = 100
