"""What is wrong with a price: amounts below zero, tiers with gaps, commitments that contradict each other.

And with the conversion of what is metered to the units that the price is for.
"""

from collections.abc import Iterator
from decimal import Decimal

from backend.catalog.terms import RateCardTerms
from backend.engine.convert import UnitConfig
from backend.engine.rate.prices import Commitment, Dynamic, Flat, Graduated, Package, Tier, Unit, Volume
from backend.errors import Issue


def price_issues(card: RateCardTerms, card_place: str) -> Iterator[Issue]:
    """All rules for the price of one rate card and for its unit conversion (billing spec 1.3)."""
    place = f"{card_place}.price"
    match card.price:
        case Flat() | Unit():
            yield from _not_negative(card.price.amount, f"{place}.amount")
        case Graduated() | Volume():
            yield from _tiers(card.price.tiers, f"{place}.tiers")
        case Package():
            yield from _not_negative(card.price.amount, f"{place}.amount")
            if card.price.size <= 0:
                field = f"{place}.quantityPerPackage"
                yield Issue(field, "price_package_size_invalid", "A package must hold more than nothing.")
        case Dynamic():
            yield from _not_negative(card.price.multiplier, f"{place}.multiplier")
        case None:
            pass
    yield from _commitment(card.commitment, place)
    if card.unit_config is not None:
        yield from _unit_config(card.unit_config, card, f"{card_place}.unitConfig")


def _not_negative(amount: Decimal | None, field: str) -> Iterator[Issue]:
    if amount is not None and amount < 0:
        yield Issue(field, "price_amount_negative", "An amount must not be negative.")


def _unit_config(config: UnitConfig, card: RateCardTerms, place: str) -> Iterator[Issue]:
    if not isinstance(card.price, Unit | Graduated | Volume):
        code = "unit_config_requires_usage_based_price"
        yield Issue(place, code, "Units are converted for a unit price or a price in tiers only.")
    if config.factor <= 0:
        message = "Usage is divided or multiplied by more than nothing."
        yield Issue(f"{place}.conversionFactor", "unit_config_invalid_conversion_factor", message)
    if config.precision < 0:
        message = "The number of decimal places must not be negative."
        yield Issue(f"{place}.precision", "unit_config_invalid_precision", message)


def _tiers(tiers: tuple[Tier, ...], place: str) -> Iterator[Issue]:
    seen: set[Decimal | None] = set()
    if all(tier.up_to is not None for tier in tiers):
        yield Issue(place, "price_tiers_without_open_end", "One tier must be open-ended: leave its upToAmount out.")
    for index, tier in enumerate(tiers):
        field = f"{place}[{index}]"
        if tier.up_to in seen:
            yield Issue(f"{field}.upToAmount", "price_tiers_duplicated", "Another tier ends at the same quantity.")
        seen.add(tier.up_to)
        if tier.flat is None and tier.unit is None:
            yield Issue(field, "price_tier_without_price", "A tier needs a flat price, a unit price, or both.")
        yield from _not_negative(tier.up_to, f"{field}.upToAmount")
        yield from _not_negative(tier.flat, f"{field}.flatPrice.amount")
        yield from _not_negative(tier.unit, f"{field}.unitPrice.amount")


def _commitment(commitment: Commitment, place: str) -> Iterator[Issue]:
    yield from _not_negative(commitment.minimum, f"{place}.minimumAmount")
    yield from _not_negative(commitment.maximum, f"{place}.maximumAmount")
    if commitment.minimum and commitment.maximum and commitment.minimum > commitment.maximum:
        message = "The minimum spend must not be more than the maximum spend."
        yield Issue(f"{place}.minimumAmount", "price_minimum_over_maximum", message)
