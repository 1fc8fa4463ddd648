"""How a price with its unit conversion and commitment, and discounts are kept: JSON, with every decimal as text."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.exact import plain
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

Document = dict[str, Any]


def price_to_document(
    price: Price | None, commitment: Commitment, unit_config: UnitConfig | None = None
) -> Document | None:
    """A price with its minimum and maximum spend and the conversion to the units it is for; None is a free item."""
    if price is None:
        return None
    document = _price(price)
    if unit_config is not None:
        document["unit_config"] = _unit_config(unit_config)
    for bound in ("minimum", "maximum"):
        amount = getattr(commitment, bound)
        if amount is not None:
            document[bound] = plain(amount)
    return document


def price_from_document(document: Mapping[str, Any] | None) -> Price | None:
    """The price that a document holds."""
    return None if document is None else _READERS[document["type"]](document)


def commitment_from_document(document: Mapping[str, Any] | None) -> Commitment:
    """The minimum and maximum spend that a price document holds."""
    kept = document or {}
    return Commitment(_decimal(kept.get("minimum")), _decimal(kept.get("maximum")))


def unit_config_from_document(document: Mapping[str, Any] | None) -> UnitConfig | None:
    """The unit conversion that a price document holds."""
    kept = (document or {}).get("unit_config")
    if kept is None:
        return None
    return UnitConfig(
        Operation(kept["operation"]),
        Decimal(kept["factor"]),
        Rounding(kept["rounding"]),
        kept["precision"],
        kept["display_unit"],
    )


def discounts_to_document(discounts: Discounts) -> Document:
    """What a rate card takes off."""
    document: Document = {}
    if discounts.percentage is not None:
        document["percentage"] = plain(discounts.percentage.percentage)
    if discounts.usage is not None:
        document["usage"] = plain(discounts.usage.quantity)
    return document


def discounts_from_document(document: Mapping[str, Any]) -> Discounts:
    """The discounts that a document holds; whoever makes an invoice line gives them their correlation ids."""
    percentage, usage = _decimal(document.get("percentage")), _decimal(document.get("usage"))
    return Discounts(
        percentage=None if percentage is None else PercentageDiscount(percentage),
        usage=None if usage is None else UsageDiscount(usage),
    )


def _price(price: Price) -> Document:
    match price:
        case Flat():
            return {"type": "flat", "amount": plain(price.amount), "payment_term": price.payment_term.value}
        case Unit():
            return {"type": "unit", "amount": plain(price.amount)}
        case Graduated():
            return {"type": "graduated", "tiers": _tiers(price.tiers)}
        case Volume():
            return {"type": "volume", "tiers": _tiers(price.tiers)}
        case Package():
            return {"type": "package", "amount": plain(price.amount), "size": plain(price.size)}
        case Dynamic():
            return {"type": "dynamic", "multiplier": plain(price.multiplier)}


def _unit_config(config: UnitConfig) -> Document:
    return {
        "operation": config.operation.value,
        "factor": plain(config.factor),
        "rounding": config.rounding.value,
        "precision": config.precision,
        "display_unit": config.display_unit,
    }


def _tiers(tiers: tuple[Tier, ...]) -> list[Document]:
    return [{"up_to": _text(tier.up_to), "flat": _text(tier.flat), "unit": _text(tier.unit)} for tier in tiers]


def _tiers_from(documents: list[Document]) -> tuple[Tier, ...]:
    return tuple(
        Tier(_decimal(tier["up_to"]), flat=_decimal(tier["flat"]), unit=_decimal(tier["unit"])) for tier in documents
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


_READERS: dict[str, Callable[[Mapping[str, Any]], Price]] = {
    "flat": lambda kept: Flat(Decimal(kept["amount"]), PaymentTerm(kept["payment_term"])),
    "unit": lambda kept: Unit(Decimal(kept["amount"])),
    "graduated": lambda kept: Graduated(_tiers_from(kept["tiers"])),
    "volume": lambda kept: Volume(_tiers_from(kept["tiers"])),
    "package": lambda kept: Package(Decimal(kept["amount"]), Decimal(kept["size"])),
    "dynamic": lambda kept: Dynamic(Decimal(kept["multiplier"])),
}
