"""How subscriptions, their phases and items are written in version 1."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from backend.api.v1.wire.entitlements import EntitlementOut, PeriodOut, entitlement_to_wire, period_to_wire
from backend.api.v1.wire.features import FeatureOut, feature_to_wire
from backend.api.v1.wire.plans import AlignmentWire, PlanReplaceWire, ProRatingWire, pro_rating_to_wire
from backend.api.v1.wire.prices import DiscountsWire, Iso8601Duration, PriceWire, discounts_to_wire, price_to_wire
from backend.api.v1.wire.rate_cards import TaxConfigWire, refuse_unit_config
from backend.api.wire import Instant, Key, Labels, Wire, WireInput
from backend.catalog import price_document
from backend.catalog.models import SettlementMode
from backend.engine.recurrence import Duration
from backend.engine.subscribe.align import version_shown
from backend.engine.subscribe.status import SubscriptionStatus
from backend.subscriptions.models import Subscription
from backend.subscriptions.service.read import ItemDetail, PhaseDetail, SubscriptionDetail
from backend.subscriptions.terms import CustomPlan, Migration, Moment, PlanChange, SubscriptionInput
from backend.subscriptions.view import end_of


class PlanReferenceInput(WireInput):
    """A plan, and which version of it; without one, the version on sale."""

    key: Key
    version: int | None = None


class CustomPlanWire(PlanReplaceWire):
    """What is sold to one customer alone: a plan without key and version."""

    currency: str = "USD"

    def custom(self) -> CustomPlan:
        """The terms to sell."""
        return CustomPlan(self.currency, self.terms())


class _PlanChoiceWire(WireInput):
    plan: PlanReferenceInput | None = None
    custom_plan: CustomPlanWire | None = None
    billing_anchor: Instant | None = None
    starting_phase: Annotated[str, Field(min_length=1)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    description: Annotated[str, Field(max_length=1024)] | None = None
    metadata: Labels | None = None
    settlement_mode: SettlementMode | None = None
    cost_basis_mode: Literal["dynamic"] = "dynamic"
    alignment: AlignmentWire | None = None


class SubscriptionCreateWire(_PlanChoiceWire):
    """A customer buys a plan. The customer's id comes before its key."""

    customer_id: str | None = None
    customer_key: str | None = None
    timing: Moment | Instant = Moment.IMMEDIATE

    def from_wire(self) -> SubscriptionInput:
        """What is bought, by whom and from when."""
        return SubscriptionInput(
            customer=self.customer_id or self.customer_key or "",
            plan_key=self.plan.key if self.plan else None,
            plan_version=self.plan.version if self.plan else None,
            custom_plan=self.custom_plan.custom() if self.custom_plan else None,
            timing=self.timing,
            name=self.name,
            description=self.description,
            billing_anchor=self.billing_anchor,
            starting_phase=self.starting_phase,
            settlement_mode=self.settlement_mode,
            labels=self.metadata or {},
        )


class SubscriptionChangeWire(_PlanChoiceWire):
    """A customer moves to another plan."""

    timing: Moment | Instant

    def from_wire(self) -> PlanChange:
        """What is bought instead, and from when."""
        return PlanChange(
            plan_key=self.plan.key if self.plan else None,
            plan_version=self.plan.version if self.plan else None,
            custom_plan=self.custom_plan.custom() if self.custom_plan else None,
            timing=self.timing,
            name=self.name,
            description=self.description,
            billing_anchor=self.billing_anchor,
            starting_phase=self.starting_phase,
            settlement_mode=self.settlement_mode,
            labels=self.metadata or {},
        )


class SubscriptionMigrateWire(WireInput):
    """To which version of its plan a subscription moves: the latest unless another is named."""

    target_version: Annotated[int, Field(ge=1)] | None = None
    timing: Moment | Instant = Moment.IMMEDIATE
    billing_anchor: Instant | None = None
    starting_phase: Annotated[str, Field(min_length=1)] | None = None

    def from_wire(self) -> Migration:
        """The migration."""
        return Migration(self.target_version, self.timing, self.billing_anchor, self.starting_phase)


class SubscriptionCancelWire(WireInput):
    """When a subscription ends."""

    timing: Moment | Instant = Moment.IMMEDIATE


class PlanReferenceOut(Wire):
    """The plan version that was bought."""

    id: str
    key: str
    version: int


class SubscriptionOut(Wire):
    """A subscription."""

    id: str
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    status: SubscriptionStatus
    customer_id: str
    plan: PlanReferenceOut | None = None
    annotations: dict[str, str] | None = None
    currency: str
    cost_basis_mode: Literal["dynamic"]
    cost_basis_pins: list[str]
    billing_cadence: str
    billing_anchor: Instant
    pro_rating_config: ProRatingWire
    settlement_mode: SettlementMode


class IncludedOut(Wire):
    """What an item includes."""

    feature: FeatureOut
    entitlement: EntitlementOut | None = None


class ItemOut(Wire):
    """One rate card as it was sold."""

    id: str
    key: str
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    currency: str
    feature_key: str | None = None
    billing_cadence: Iso8601Duration | None
    price: PriceWire | None
    discounts: DiscountsWire | None = None
    included: IncludedOut | None = None
    tax_config: TaxConfigWire | None = None


class PhaseOut(Wire):
    """A phase with its items: those in force, and the history of each."""

    id: str
    key: str
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    items: list[ItemOut]
    item_timelines: dict[str, list[ItemOut]]


class SubscriptionAlignmentOut(Wire):
    """The billing period at the instant asked about."""

    billables_must_align: bool = True
    current_aligned_billing_period: PeriodOut | None = None


class SubscriptionExpandedOut(SubscriptionOut):
    """A subscription with everything in it."""

    alignment: SubscriptionAlignmentOut
    phases: list[PhaseOut]


class SubscriptionChangedOut(Wire):
    """The subscription that ends, and the one that follows it."""

    current: SubscriptionOut
    next: SubscriptionExpandedOut


def subscription_to_wire(row: Subscription, status: SubscriptionStatus) -> SubscriptionOut:
    """A subscription as version 1 writes it."""
    return SubscriptionOut.model_validate(_head(row, status))


def expanded_to_wire(found: SubscriptionDetail, at: datetime) -> SubscriptionExpandedOut:
    """A subscription with all its parts as version 1 writes it, seen at an instant."""
    period = found.billing_period
    parts = {
        "alignment": SubscriptionAlignmentOut(
            current_aligned_billing_period=None if period is None else period_to_wire(period)
        ),
        "phases": [_phase_to_wire(phase, found.row.currency, at) for phase in found.phases],
    }
    return SubscriptionExpandedOut.model_validate(_head(found.row, found.status) | parts)


def _head(row: Subscription, status: SubscriptionStatus) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "metadata": dict(row.labels) or None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "active_from": row.active_from,
        "active_to": row.active_to,
        "status": status,
        "customer_id": row.customer_id,
        "plan": _plan_to_wire(row),
        "annotations": _annotations(row) or None,
        "currency": row.currency,
        "cost_basis_mode": "dynamic",
        "cost_basis_pins": [],
        "billing_cadence": row.billing_cadence,
        "billing_anchor": row.billing_anchor,
        "pro_rating_config": pro_rating_to_wire(row.pro_rating_enabled),
        "settlement_mode": row.settlement_mode,
    }


def _plan_to_wire(row: Subscription) -> PlanReferenceOut | None:
    """The plan that was bought; None for what was agreed upon with this customer alone."""
    if row.plan_id is None or row.plan_key is None or row.plan_version is None:
        return None
    return PlanReferenceOut(id=row.plan_id, key=row.plan_key, version=row.plan_version)


def _annotations(row: Subscription) -> dict[str, str]:
    """Which subscription a change made this one of, and which one a change made of it (billing spec 3.6)."""
    found = {"subscription.previous.id": row.previous_id, "subscription.superseding.id": row.superseding_id}
    return {name: value for name, value in found.items() if value is not None}


def _phase_to_wire(phase: PhaseDetail, currency: str, at: datetime) -> PhaseOut:
    timelines: dict[str, list[ItemDetail]] = {}
    for item in phase.items:
        timelines.setdefault(item.row.key, []).append(item)
    written = {key: [_item_to_wire(item, currency) for item in items] for key, items in timelines.items()}
    chosen = {
        key: version_shown([item.lasting for item in items], phase.lasting, at) for key, items in timelines.items()
    }
    row = phase.row
    return PhaseOut.model_validate(
        {
            "id": row.id,
            "key": row.key,
            "name": row.name,
            "description": row.description,
            "metadata": dict(row.labels) or None,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "active_from": phase.lasting.start,
            "active_to": end_of(phase.lasting),
            "items": [written[key][index] for key, index in chosen.items() if index is not None],
            "item_timelines": written,
        }
    )


def _item_to_wire(item: ItemDetail, currency: str) -> ItemOut:
    row = item.row
    refuse_unit_config(price_document.unit_config_from_document(row.price), row.key)
    price = price_document.price_from_document(row.price)
    commitment = price_document.commitment_from_document(row.price)
    return ItemOut.model_validate(
        {
            "id": row.id,
            "key": row.key,
            "name": row.name,
            "description": row.description,
            "metadata": dict(row.labels) or None,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "active_from": item.lasting.start,
            "active_to": end_of(item.lasting),
            "currency": currency,
            "feature_key": row.feature_key,
            "billing_cadence": None if row.billing_cadence is None else Duration.parse(row.billing_cadence),
            "price": None if price is None else price_to_wire(price, commitment),
            "discounts": discounts_to_wire(price_document.discounts_from_document(row.discounts)),
            "included": _included(item),
            "tax_config": row.tax_config,
        }
    )


def _included(item: ItemDetail) -> IncludedOut | None:
    if item.feature is None:
        return None
    granted = item.entitlement
    return IncludedOut(
        feature=feature_to_wire(item.feature),
        entitlement=None if granted is None else entitlement_to_wire(granted),
    )
