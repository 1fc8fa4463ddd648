"""Unit costs of features as version 3 writes them."""

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field

from backend.api.v3.wire import Numeric, SnakeInput
from backend.engine.cost.price import TokenPricing
from backend.engine.cost.unit_cost import ManualCost, TokenCost, UnitCost

PropertyName = Annotated[str, Field(min_length=1, max_length=256)]
TokenTypeName = Literal["input", "output", "cache_read", "cache_write", "reasoning", "request", "response"]


class Pricing(SnakeInput):
    """The price of one token of each kind, in USD."""

    input_per_token: Numeric
    output_per_token: Numeric
    cache_read_per_token: Numeric | None = None
    cache_write_per_token: Numeric | None = None
    reasoning_per_token: Numeric | None = None

    def from_wire(self) -> TokenPricing:
        """As the rules take it."""
        return TokenPricing(**dict(self))


class ManualUnitCost(SnakeInput):
    """The same cost for every unit, in USD."""

    type: Literal["manual"]
    amount: Numeric

    def from_wire(self) -> UnitCost:
        """As the catalog takes it."""
        return ManualCost(self.amount)


class TokenUnitCost(SnakeInput):
    """The list price of tokens; provider, model and token type are each fixed or told by a dimension of the meter.

    `pricing` is only answered: when the feature always uses one model whose price is known.
    """

    type: Literal["llm"]
    provider_property: PropertyName | None = None
    provider: PropertyName | None = None
    model_property: PropertyName | None = None
    model: PropertyName | None = None
    token_type_property: PropertyName | None = None
    token_type: TokenTypeName | None = None
    pricing: Pricing | None = None

    def from_wire(self) -> UnitCost:
        """As the catalog takes it."""
        return TokenCost(**self.model_dump(exclude={"type", "pricing"}))


UnitCostWire = Annotated[ManualUnitCost | TokenUnitCost, Field(discriminator="type")]


def pricing_to_wire(pricing: TokenPricing) -> Pricing:
    """The prices of a model's tokens as they travel."""
    return Pricing.model_construct(**asdict(pricing))


def unit_cost_to_wire(cost: UnitCost | None, pricing: TokenPricing | None) -> ManualUnitCost | TokenUnitCost | None:
    """A unit cost as it travels."""
    if cost is None:
        return None
    if isinstance(cost, ManualCost):
        return ManualUnitCost.model_construct(type="manual", amount=cost.amount)
    return TokenUnitCost.model_construct(
        type="llm", **asdict(cost), pricing=pricing_to_wire(pricing) if pricing else None
    )
