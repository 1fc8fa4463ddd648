"""Reads the prices of the test vectors, which have the shape of the v1 wire."""

from decimal import Decimal

from backend.engine.convert import Operation, Rounding, UnitConfig
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
from tests.engine.vectors import Case, number


def price(wire: Case) -> Price:
    match wire["type"]:
        case "flat":
            return Flat(Decimal(wire["amount"]), PaymentTerm(wire["paymentTerm"]))
        case "unit":
            return Unit(Decimal(wire["amount"]))
        case "dynamic":
            return Dynamic(Decimal(wire["multiplier"]))
        case "package":
            return Package(Decimal(wire["amount"]), Decimal(wire["quantityPerPackage"]))
        case _:
            model = Graduated if wire["mode"] == "graduated" else Volume
            return model(tuple(map(tier, wire["tiers"])))


def tier(wire: Case) -> Tier:
    flat, unit = wire["flatPrice"] or {}, wire["unitPrice"] or {}
    return Tier(number(wire["upToAmount"]), number(flat.get("amount")), number(unit.get("amount")))


def commitment(wire: Case) -> Commitment:
    return Commitment(number(wire.get("minimumAmount")), number(wire.get("maximumAmount")))


def discounts(wire: Case | None) -> Discounts:
    percentage, usage = (wire or {}).get("percentage"), (wire or {}).get("usage")
    return Discounts(
        percentage and PercentageDiscount(Decimal(percentage["percentage"]), percentage["correlationId"]),
        usage and UsageDiscount(Decimal(usage["quantity"]), usage.get("correlationId", "")),
    )


def unit_config(wire: Case | None) -> UnitConfig | None:
    if wire is None:
        return None
    operation, rounding = Operation(wire["operation"]), Rounding(wire["rounding"])
    return UnitConfig(operation, Decimal(wire["conversionFactor"]), rounding, wire["precision"])
