"""How features are written in version 1."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from backend.api.wire import Instant, Key, Labels, Text, Wire, WireInput
from backend.catalog.models import Feature
from backend.catalog.terms import FeatureInput
from backend.catalog.unit_cost import from_document
from backend.engine.cost.price import TokenPricing
from backend.engine.cost.unit_cost import ManualCost, TokenCost, UnitCost
from backend.engine.meter.narrowing import narrowing, written
from backend.errors import Invalid, Issue

PropertyName = Annotated[str, Field(min_length=1, max_length=256)]
FilterNode = dict[str, Any]


class TokenPricingWire(WireInput):
    """What the tokens of the feature's model cost now."""

    input_per_token: Text
    output_per_token: Text
    cache_read_per_token: Text | None = None
    reasoning_per_token: Text | None = None
    cache_write_per_token: Text | None = None


class ManualUnitCostWire(WireInput):
    """The same cost for every unit, in USD."""

    type: Literal["manual"]
    amount: Text

    def from_wire(self) -> UnitCost:
        """As the catalog takes it."""
        return ManualCost(self.amount)


class TokenUnitCostWire(WireInput):
    """The list price of tokens; provider, model and token type are each fixed or told by a dimension of the meter.

    `pricing` is only answered: when the feature always uses one model whose price is known.
    """

    type: Literal["llm"]
    provider_property: PropertyName | None = None
    provider: PropertyName | None = None
    model_property: PropertyName | None = None
    model: PropertyName | None = None
    token_type_property: PropertyName | None = None
    token_type: PropertyName | None = None
    pricing: TokenPricingWire | None = None

    def from_wire(self) -> UnitCost:
        """As the catalog takes it."""
        return TokenCost(**self.model_dump(exclude={"type", "pricing"}, by_alias=False))


UnitCostWire = Annotated[ManualUnitCostWire | TokenUnitCostWire, Field(discriminator="type")]


class FeatureCreateWire(WireInput):
    """A feature to create; metered when it names a meter."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=256)]
    metadata: Labels | None = None
    meter_slug: str | None = None
    meter_group_by_filters: dict[str, str] | None = None
    advanced_meter_group_by_filters: dict[str, FilterNode] | None = None
    unit_cost: UnitCostWire | None = None

    def from_wire(self) -> FeatureInput:
        """The feature to create. Raises Invalid when the two ways to write filters contradict each other."""
        simple, advanced = self.meter_group_by_filters or {}, self.advanced_meter_group_by_filters or {}
        issues = [
            Issue(
                f"advancedMeterGroupByFilters.{name}",
                "contradicting_filters",
                f"meterGroupByFilters asks for another value of {name}.",
            )
            for name in simple.keys() & advanced.keys()
            if advanced[name] != {"$eq": simple[name]}
        ]
        if issues:
            raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
        return FeatureInput(
            key=self.key,
            name=self.name,
            meter=self.meter_slug,
            meter_filters=dict(advanced) | {name: {"$eq": text} for name, text in simple.items()},
            labels=self.metadata or {},
            unit_cost=self.unit_cost.from_wire() if self.unit_cost else None,
        )


class FeatureOut(Wire):
    """A feature."""

    id: str
    key: str
    name: str
    metadata: Labels | None = None
    meter_slug: str | None = None
    meter_group_by_filters: dict[str, str] | None = None
    advanced_meter_group_by_filters: dict[str, FilterNode] | None = None
    unit_cost: UnitCostWire | None = None
    created_at: Instant
    updated_at: Instant
    archived_at: Instant | None = None


def feature_to_wire(feature: Feature, pricing: TokenPricing | None = None) -> FeatureOut:
    """A feature as version 1 writes it, with the price of its model's tokens if that is known."""
    assert feature.created_at is not None
    assert feature.updated_at is not None
    filters = narrowing(feature.meter_filters)
    simple = {name: text for name, text in feature.meter_filters.items() if isinstance(text, str)}
    return FeatureOut(
        id=feature.id,
        key=feature.key,
        name=feature.name,
        metadata=dict(feature.labels) or None,
        meter_slug=feature.meter_slug,
        meter_group_by_filters=simple or None,
        advanced_meter_group_by_filters={name: written(found) for name, found in filters.items()} or None,
        unit_cost=_cost_to_wire(from_document(feature.unit_cost), pricing),
        created_at=feature.created_at,
        updated_at=feature.updated_at,
        archived_at=feature.archived_at,
    )


def _cost_to_wire(cost: UnitCost | None, pricing: TokenPricing | None) -> ManualUnitCostWire | TokenUnitCostWire | None:
    if cost is None:
        return None
    if isinstance(cost, ManualCost):
        return ManualUnitCostWire(type="manual", amount=cost.amount)
    return TokenUnitCostWire(type="llm", **asdict(cost), pricing=pricing_to_wire(pricing))


def pricing_to_wire(pricing: TokenPricing | None) -> TokenPricingWire | None:
    """The prices of a model's tokens as they travel."""
    if pricing is None:
        return None
    return TokenPricingWire(**asdict(pricing))
