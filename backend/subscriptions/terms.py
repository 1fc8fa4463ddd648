"""What can be asked of a subscription: a new one from a plan, and when a change takes effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backend.catalog.models import SettlementMode
from backend.engine.subscribe.status import SubscriptionStatus


class Moment(StrEnum):
    """When a change takes effect, unless a time is given."""

    IMMEDIATE = "immediate"
    NEXT_BILLING_CYCLE = "next_billing_cycle"


Timing = Moment | datetime


@dataclass(frozen=True, slots=True)
class SubscriptionInput:
    """A customer buys a plan. Without a version: the one on sale now. Without an anchor: counted from the start."""

    customer: str
    plan_key: str
    plan_version: int | None = None
    timing: Timing = Moment.IMMEDIATE
    name: str | None = None
    description: str | None = None
    billing_anchor: datetime | None = None
    starting_phase: str | None = None
    settlement_mode: SettlementMode | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A customer moves to another plan, or to another version. Without an anchor, the present one is kept."""

    plan_key: str
    plan_version: int | None = None
    timing: Timing = Moment.IMMEDIATE
    name: str | None = None
    description: str | None = None
    billing_anchor: datetime | None = None
    starting_phase: str | None = None
    settlement_mode: SettlementMode | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """Which subscriptions a list shows, and in which order. Empty means all."""

    customer_ids: tuple[str, ...] = ()
    plan_ids: tuple[str, ...] = ()
    statuses: tuple[SubscriptionStatus, ...] = ()
    order_by: str = "active_from"
    descending: bool = False
    offset: int = 0
    limit: int = 100
