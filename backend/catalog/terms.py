"""The terms of a plan as plain values: its phases, and in each phase what is charged and what is included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.catalog.models import RateCardKind, SettlementMode
from backend.catalog.templates import EntitlementTemplate
from backend.engine.rate.prices import Commitment, Discounts, Price
from backend.engine.recurrence import Duration


@dataclass(frozen=True, slots=True)
class RateCardTerms:
    """One thing a phase offers. No price is free; no billing cadence is a one-time fee.

    `feature_id` is found from the key when a plan is saved.
    """

    key: str
    name: str
    kind: RateCardKind
    price: Price | None = None
    billing_cadence: Duration | None = None
    commitment: Commitment = field(default_factory=Commitment)
    discounts: Discounts = field(default_factory=Discounts)
    feature_key: str | None = None
    feature_id: str | None = None
    entitlement: EntitlementTemplate | None = None
    tax_config: Mapping[str, Any] | None = None
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
class FeatureInput:
    """A new feature. `meter` is the id or slug of a meter; the filters narrow it by its group-by keys."""

    key: str
    name: str
    meter: str | None = None
    meter_filters: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
