"""The terms of plans and add-ons as plain values: phases, and in them what is charged and what is included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.catalog.models import InstanceType, RateCardKind, SettlementMode
from backend.catalog.templates import EntitlementTemplate
from backend.engine.convert import UnitConfig
from backend.engine.cost.unit_cost import UnitCost
from backend.engine.meter.narrowing import Wanted
from backend.engine.rate.prices import Commitment, Discounts, Price
from backend.engine.recurrence import Duration

MOST_PHASES, MOST_RATE_CARDS, MOST_TIERS = 100, 500, 1_000
"""Of a plan, of a phase or an add-on, and of a price, as programs may write them: requests stay a matter of seconds."""


@dataclass(frozen=True, slots=True)
class RateCardTerms:
    """One thing a phase offers. No price is free; no billing cadence is a one-time fee.

    `unit_config` turns metered usage into the units that the price is for. A feature is named by its key or by its
    id; the other one is found when the terms are saved. A currency is only one that differs from the plan's.
    """

    key: str
    name: str
    kind: RateCardKind
    price: Price | None = None
    billing_cadence: Duration | None = None
    unit_config: UnitConfig | None = None
    commitment: Commitment = field(default_factory=Commitment)
    discounts: Discounts = field(default_factory=Discounts)
    feature_key: str | None = None
    feature_id: str | None = None
    entitlement: EntitlementTemplate | None = None
    tax_config: Mapping[str, Any] | None = None
    currency: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PhaseTerms:
    """A stretch of the plan; only the last one has no duration."""

    key: str
    name: str
    rate_cards: tuple[RateCardTerms, ...]
    duration: Duration | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """Everything about a plan that an update of a draft replaces."""

    name: str
    billing_cadence: Duration
    phases: tuple[PhaseTerms, ...]
    pro_rating_enabled: bool = True
    settlement_mode: SettlementMode = SettlementMode.CREDIT_THEN_INVOICE
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanInput:
    """A new plan, or the next version of one: key and currency are settled for this version."""

    key: str
    currency: str
    terms: PlanTerms


@dataclass(frozen=True, slots=True)
class AddonTerms:
    """Everything about an add-on that an update of a draft replaces."""

    name: str
    instance_type: InstanceType
    rate_cards: tuple[RateCardTerms, ...]
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddonInput:
    """A new add-on, or the next version of one: key and currency are settled for this version."""

    key: str
    currency: str
    terms: AddonTerms


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """On which terms a plan offers an add-on: from a phase on, and at most so often (None: any number of times).

    Without a name the offer is called like the add-on.
    """

    from_phase: str
    max_quantity: int | None = None
    name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FeatureInput:
    """A new feature. `meter` is the id or slug of a meter; the filters narrow it by its group-by keys.

    `unit_cost` is what one unit costs the seller.
    """

    key: str
    name: str
    meter: str | None = None
    meter_filters: Mapping[str, Wanted] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    unit_cost: UnitCost | None = None
