"""How prices, tiers, commitments and discounts are written in version 1: decimals as JSON strings."""

from types import NoneType
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from backend.api.wire import Number, Text, WireInput
from backend.catalog.terms import MOST_TIERS
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Price,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import Duration
from backend.errors import Invalid


def _duration(value: object) -> Duration:
    if isinstance(value, Duration):
        return value
    try:
        return Duration.parse(str(value))
    except Invalid as error:
        raise ValueError(str(error)) from error


Iso8601Duration = Annotated[
    Duration,
    PlainValidator(_duration),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "format": "duration"}),
]
"""A length of time such as P1M."""


class NullableInput(WireInput):
    """A request whose nullable fields may also be missing: the official Python SDK leaves out every null."""

    @model_validator(mode="before")
    @classmethod
    def _missing_is_null(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        missing = {
            field.alias or name: None
            for name, field in cls.model_fields.items()
            if field.is_required() and NoneType in get_args(field.annotation) and name not in given
        }
        return missing | given


class FlatPriceWire(WireInput):
    """A fixed amount, due in advance unless said otherwise."""

    type: Literal["flat"]
    amount: Text
    payment_term: PaymentTerm = PaymentTerm.IN_ADVANCE


class CommittedWire(WireInput):
    """The least and the most that a usage price comes to in one period."""

    minimum_amount: Text | None = None
    maximum_amount: Text | None = None


class UnitPriceWire(CommittedWire):
    """The same amount for every unit."""

    type: Literal["unit"]
    amount: Text


class TierFlatPriceWire(WireInput):
    """What entering a tier costs."""

    type: Literal["flat"]
    amount: Text


class TierUnitPriceWire(WireInput):
    """What each unit in a tier costs."""

    type: Literal["unit"]
    amount: Text


class TierWire(NullableInput):
    """A band of usage up to and including a quantity; the last one has no limit."""

    up_to_amount: Text | None = None
    flat_price: TierFlatPriceWire | None
    unit_price: TierUnitPriceWire | None


class TieredPriceWire(CommittedWire):
    """A price that depends on how much is used: each unit by its own tier, or all by the tier reached."""

    type: Literal["tiered"]
    mode: Literal["graduated", "volume"]
    tiers: Annotated[list[TierWire], Field(min_length=1, max_length=MOST_TIERS)]


class PackagePriceWire(CommittedWire):
    """Units are sold in whole packages."""

    type: Literal["package"]
    amount: Text
    quantity_per_package: Text


class DynamicPriceWire(CommittedWire):
    """The metered value is money, times a multiplier."""

    type: Literal["dynamic"]
    multiplier: Text = Dynamic().multiplier


PriceWire = Annotated[
    FlatPriceWire | UnitPriceWire | TieredPriceWire | PackagePriceWire | DynamicPriceWire, Field(discriminator="type")
]


class PercentageDiscountWire(WireInput):
    """So many percent off."""

    percentage: Number


class UsageDiscountWire(WireInput):
    """So many units free in every period."""

    quantity: Text


class DiscountsWire(WireInput):
    """What a rate card takes off."""

    percentage: PercentageDiscountWire | None = None
    usage: UsageDiscountWire | None = None


def price_from_wire(price: PriceWire) -> Price:
    """The engine's price."""
    match price:
        case FlatPriceWire():
            return Flat(price.amount, price.payment_term)
        case UnitPriceWire():
            return Unit(price.amount)
        case TieredPriceWire():
            tiers = tuple(_tier_from_wire(tier) for tier in price.tiers)
            return Graduated(tiers) if price.mode == "graduated" else Volume(tiers)
        case PackagePriceWire():
            return Package(price.amount, price.quantity_per_package)
        case DynamicPriceWire():
            return Dynamic(price.multiplier)


def commitment_from_wire(price: PriceWire | None) -> Commitment:
    """The commitment that is written with a usage price."""
    return Commitment(price.minimum_amount, price.maximum_amount) if isinstance(price, CommittedWire) else Commitment()


def price_to_wire(price: Price, commitment: Commitment) -> PriceWire:
    """A price as version 1 writes it, with its commitment."""
    bounds = {"minimum_amount": commitment.minimum, "maximum_amount": commitment.maximum}
    match price:
        case Flat():
            return FlatPriceWire(type="flat", amount=price.amount, payment_term=price.payment_term)
        case Unit():
            return UnitPriceWire(type="unit", amount=price.amount, **bounds)
        case Graduated():
            return TieredPriceWire(type="tiered", mode="graduated", tiers=_tiers_to_wire(price.tiers), **bounds)
        case Volume():
            return TieredPriceWire(type="tiered", mode="volume", tiers=_tiers_to_wire(price.tiers), **bounds)
        case Package():
            size = price.size
            return PackagePriceWire(type="package", amount=price.amount, quantity_per_package=size, **bounds)
        case Dynamic():
            return DynamicPriceWire(type="dynamic", multiplier=price.multiplier, **bounds)


def discounts_from_wire(discounts: DiscountsWire | None) -> Discounts:
    """The engine's discounts."""
    if discounts is None:
        return Discounts()
    percentage, usage = discounts.percentage, discounts.usage
    return Discounts(
        percentage=None if percentage is None else PercentageDiscount(percentage.percentage),
        usage=None if usage is None else UsageDiscount(usage.quantity),
    )


def discounts_to_wire(discounts: Discounts) -> DiscountsWire | None:
    """Discounts as version 1 writes them; None when there are none."""
    percentage, usage = discounts.percentage, discounts.usage
    if percentage is None and usage is None:
        return None
    return DiscountsWire(
        percentage=None if percentage is None else PercentageDiscountWire(percentage=percentage.percentage),
        usage=None if usage is None else UsageDiscountWire(quantity=usage.quantity),
    )


def _tier_from_wire(tier: TierWire) -> Tier:
    flat, unit = tier.flat_price, tier.unit_price
    return Tier(
        tier.up_to_amount,
        flat=None if flat is None else flat.amount,
        unit=None if unit is None else unit.amount,
    )


def _tiers_to_wire(tiers: tuple[Tier, ...]) -> list[TierWire]:
    return [
        TierWire(
            up_to_amount=tier.up_to,
            flat_price=None if tier.flat is None else TierFlatPriceWire(type="flat", amount=tier.flat),
            unit_price=None if tier.unit is None else TierUnitPriceWire(type="unit", amount=tier.unit),
        )
        for tier in tiers
    ]
