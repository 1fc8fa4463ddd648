"""How subscriptions are written in version 3: what is bought, by whom, and in its phases the rate cards in force."""

from typing import Annotated, Literal

from pydantic import Field

from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v3.invoice_lines import ClosedPeriod
from backend.api.v3.rate_cards import RateCardOut, rate_cards_to_wire
from backend.api.v3.wire import LabelMap, Snake, SnakeInput, Ulid, labels_to_wire
from backend.api.wire import Instant, Key
from backend.catalog.card_rows import card_terms
from backend.catalog.models import SettlementMode
from backend.engine.period import Period
from backend.engine.recurrence import Duration
from backend.engine.subscribe.status import SubscriptionStatus
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import (
    ItemOutline,
    Moment,
    PhaseOutline,
    PlanChange,
    SubscriptionInput,
    SubscriptionOutline,
)
from backend.subscriptions.view import end_of

VERSIONS = Field(ge=1, le=2**31 - 1)


class CustomerChoice(SnakeInput):
    """A customer; its id comes before its key."""

    id: Ulid | None = None
    key: Annotated[str, Field(min_length=1, max_length=256)] | None = None


class PlanChoice(SnakeInput):
    """A plan: one version by its id, else by its key that version, or the one on sale."""

    id: Ulid | None = None
    key: Key | None = None
    version: Annotated[int, VERSIONS] | None = None


class SubscriptionCreate(SnakeInput):
    """A customer buys a plan, from now on."""

    customer: CustomerChoice
    plan: PlanChoice
    labels: LabelMap | None = None
    settlement_mode: SettlementMode | None = None
    billing_anchor: Instant | None = None
    cost_basis_mode: Literal["dynamic"] = "dynamic"

    def from_wire(self) -> SubscriptionInput:
        """What is bought, and by whom."""
        return SubscriptionInput(
            customer=self.customer.id or self.customer.key or "",
            plan_key=self.plan.id or self.plan.key,
            plan_version=None if self.plan.id else self.plan.version,
            billing_anchor=self.billing_anchor,
            settlement_mode=self.settlement_mode,
            labels=self.labels or {},
        )


class SubscriptionChange(SubscriptionCreate):
    """The same customer buys another plan instead."""

    timing: Moment | Instant

    def change(self) -> PlanChange:
        """What is bought instead, and from when."""
        wanted = self.from_wire()
        return PlanChange(
            customer=wanted.customer,
            plan_key=wanted.plan_key,
            plan_version=wanted.plan_version,
            timing=self.timing,
            billing_anchor=wanted.billing_anchor,
            settlement_mode=wanted.settlement_mode,
            labels=wanted.labels,
        )


class SubscriptionCancel(SnakeInput):
    """When a subscription ends."""

    timing: Moment | Instant = Moment.IMMEDIATE


class PlanReference(Snake):
    """The plan version that was bought."""

    id: str
    key: str
    version: int


class ProRating(Snake):
    """Whether flat prices are prorated."""

    enabled: bool
    mode: Literal["prorate_prices"] = "prorate_prices"


class ItemOut(Snake):
    """A rate card as it was sold, while it is in force."""

    id: str
    active_from: Instant
    active_to: Instant | None = None
    rate_card: RateCardOut


class PhaseOut(Snake):
    """A phase with the rate cards that are in force: the first ones before it begins, the last ones when it is over."""

    id: str
    key: str
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    items: list[ItemOut]


class SubscriptionOut(Snake):
    """A subscription; its present billing period only while it runs."""

    id: str
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    customer_id: str
    plan_id: str | None = None
    plan: PlanReference | None = None
    invoice_currency: str
    cost_basis_mode: Literal["dynamic"] = "dynamic"
    cost_basis_pins: list[str]
    billing_cadence: Iso8601Duration
    pro_rating_config: ProRating
    billing_anchor: Instant
    status: SubscriptionStatus
    settlement_mode: SettlementMode
    current_period: ClosedPeriod | None = None
    phases: list[PhaseOut]


class SubscriptionChanged(Snake):
    """The subscription that ends, and the one that follows it."""

    current: SubscriptionOut
    next: SubscriptionOut


def subscription_to_wire(found: SubscriptionOutline) -> SubscriptionOut:
    """A subscription as version 3 writes it."""
    row = found.row
    assert row.created_at is not None
    assert row.updated_at is not None
    return SubscriptionOut(
        id=row.id,
        name=row.name,
        description=row.description,
        labels=labels_to_wire(row.labels),
        created_at=row.created_at,
        updated_at=row.updated_at,
        active_from=row.active_from,
        active_to=row.active_to,
        customer_id=row.customer_id,
        plan_id=row.plan_id,
        plan=_plan_to_wire(row),
        invoice_currency=row.currency,
        cost_basis_pins=[],
        billing_cadence=Duration.parse(row.billing_cadence),
        pro_rating_config=ProRating(enabled=row.pro_rating_enabled),
        billing_anchor=row.billing_anchor,
        status=found.status,
        settlement_mode=SettlementMode(row.settlement_mode),
        current_period=_period_to_wire(found.billing_period),
        phases=[_phase_to_wire(phase) for phase in found.phases],
    )


def _plan_to_wire(row: Subscription) -> PlanReference | None:
    """The plan that was bought; None for what was agreed upon with this customer alone."""
    if row.plan_id is None or row.plan_key is None or row.plan_version is None:
        return None
    return PlanReference(id=row.plan_id, key=row.plan_key, version=row.plan_version)


def _period_to_wire(period: Period | None) -> ClosedPeriod | None:
    return None if period is None else ClosedPeriod(**{"from": period.start, "to": period.end})


def _phase_to_wire(phase: PhaseOutline) -> PhaseOut:
    row = phase.row
    assert row.created_at is not None
    assert row.updated_at is not None
    return PhaseOut(
        id=row.id,
        key=row.key,
        name=row.name,
        description=row.description,
        labels=labels_to_wire(row.labels),
        created_at=row.created_at,
        updated_at=row.updated_at,
        active_from=phase.lasting.start,
        active_to=end_of(phase.lasting),
        items=[_item_to_wire(item) for item in phase.items],
    )


def _item_to_wire(item: ItemOutline) -> ItemOut:
    return ItemOut(
        id=item.row.id,
        active_from=item.lasting.start,
        active_to=end_of(item.lasting),
        rate_card=rate_cards_to_wire([card_terms(item.row)])[0],
    )
