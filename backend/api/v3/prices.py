"""How prices, tiers, commitments and unit conversions are written in version 3: every decimal as text.

Version 3 writes neither packages nor dynamic prices. Both are read as a unit price with a unit conversion, which comes
to the same amount. Source: billing spec 1.4.
"""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from backend.api.v3.wire import Numeric, SnakeInput
from backend.api.wire import MOST_DIGITS
from backend.catalog.terms import MOST_TIERS
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.exact import ONE, plain
from backend.engine.rate.prices import (
    Commitment,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    Price,
    Tier,
    Unit,
    Volume,
)


class FreePrice(SnakeInput):
    """Nothing to pay."""

    type: Literal["free"]


class FlatPrice(SnakeInput):
    """A fixed amount."""

    type: Literal["flat"]
    amount: Numeric


class UnitPrice(SnakeInput):
    """The same amount for every billed unit."""

    type: Literal["unit"]
    amount: Numeric


class PriceTier(SnakeInput):
    """A band of usage up to and including a quantity; the last one has no limit."""

    up_to_amount: Numeric | None = None
    flat_price: FlatPrice | None = None
    unit_price: UnitPrice | None = None


class GraduatedPrice(SnakeInput):
    """Each unit costs what its own tier says."""

    type: Literal["graduated"]
    tiers: Annotated[list[PriceTier], Field(min_length=1, max_length=MOST_TIERS)]


class VolumePrice(SnakeInput):
    """All units cost what the tier says that the whole quantity falls in."""

    type: Literal["volume"]
    tiers: Annotated[list[PriceTier], Field(min_length=1, max_length=MOST_TIERS)]


UsagePrice = UnitPrice | GraduatedPrice | VolumePrice
AnyPrice = Annotated[FreePrice | FlatPrice | UsagePrice, Field(discriminator="type")]


class SpendCommitments(SnakeInput):
    """The least and the most that a usage price comes to in one period."""

    minimum_amount: Numeric | None = None
    maximum_amount: Numeric | None = None


class UnitConversion(SnakeInput):
    """How metered usage becomes billed units; without rounding the precision says nothing and is left out."""

    operation: Operation
    conversion_factor: Numeric
    rounding: Rounding | None = None
    precision: Annotated[StrictInt, Field(le=MOST_DIGITS)] | None = None
    display_unit: Annotated[str, Field(max_length=256)] | None = None


def price_from_wire(price: AnyPrice, payment_term: PaymentTerm) -> Price | None:
    """The engine's price; None is free."""
    match price:
        case FreePrice():
            return None
        case FlatPrice():
            return Flat(price.amount, payment_term)
        case UnitPrice():
            return Unit(price.amount)
        case GraduatedPrice():
            return Graduated(_tiers_from_wire(price.tiers))
        case VolumePrice():
            return Volume(_tiers_from_wire(price.tiers))


def price_to_wire(price: Price | None) -> AnyPrice:
    """A price as version 3 writes it; what it leaves out of a package or a dynamic price, the unit conversion says."""
    match price:
        case None:
            return FreePrice(type="free")
        case Flat():
            return FlatPrice(type="flat", amount=plain(price.amount))
        case Unit() | Package():
            return UnitPrice(type="unit", amount=plain(price.amount))
        case Dynamic():
            return UnitPrice(type="unit", amount=plain(ONE))
        case Graduated():
            return GraduatedPrice(type="graduated", tiers=_tiers_to_wire(price.tiers))
        case Volume():
            return VolumePrice(type="volume", tiers=_tiers_to_wire(price.tiers))


def commitment_from_wire(commitments: SpendCommitments | None) -> Commitment:
    """The engine's commitment."""
    return Commitment() if commitments is None else Commitment(commitments.minimum_amount, commitments.maximum_amount)


def commitment_to_wire(commitment: Commitment) -> SpendCommitments | None:
    """A commitment as version 3 writes it; None when there is none."""
    if commitment == Commitment():
        return None
    return SpendCommitments(
        minimum_amount=None if commitment.minimum is None else plain(commitment.minimum),
        maximum_amount=None if commitment.maximum is None else plain(commitment.maximum),
    )


def unit_config_from_wire(conversion: UnitConversion | None) -> UnitConfig | None:
    """The engine's unit conversion."""
    if conversion is None:
        return None
    rounding = conversion.rounding or Rounding.NONE
    return UnitConfig(
        conversion.operation,
        conversion.conversion_factor,
        rounding,
        0 if rounding is Rounding.NONE else conversion.precision or 0,
        conversion.display_unit,
    )


def unit_config_to_wire(price: Price | None, config: UnitConfig | None) -> UnitConversion | None:
    """The unit conversion of a rate card, or the one that a package or a dynamic price stands for."""
    match price:
        case Package():
            config = UnitConfig(Operation.DIVIDE, price.size, Rounding.CEILING)
        case Dynamic():
            config = UnitConfig(Operation.MULTIPLY, price.multiplier)
    if config is None:
        return None
    is_rounded = config.rounding is not Rounding.NONE
    return UnitConversion(
        operation=config.operation,
        conversion_factor=plain(config.factor),
        rounding=config.rounding if is_rounded else None,
        precision=config.precision if is_rounded else None,
        display_unit=config.display_unit,
    )


def _tiers_from_wire(tiers: list[PriceTier]) -> tuple[Tier, ...]:
    return tuple(
        Tier(
            tier.up_to_amount,
            flat=None if tier.flat_price is None else tier.flat_price.amount,
            unit=None if tier.unit_price is None else tier.unit_price.amount,
        )
        for tier in tiers
    )


def _tiers_to_wire(tiers: tuple[Tier, ...]) -> list[PriceTier]:
    return [
        PriceTier(
            up_to_amount=None if tier.up_to is None else plain(tier.up_to),
            flat_price=None if tier.flat is None else FlatPrice(type="flat", amount=plain(tier.flat)),
            unit_price=None if tier.unit is None else UnitPrice(type="unit", amount=plain(tier.unit)),
        )
        for tier in tiers
    ]
