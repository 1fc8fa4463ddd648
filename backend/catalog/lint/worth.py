"""What a rate card comes to at so many billed units, as the linter asks it of the invoice engine."""

from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

from backend.catalog.service.preview import preview_price
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.exact import EXACT, ONE, ZERO
from backend.engine.rate.prices import Commitment, Dynamic, Graduated, Package, Tier, Unit, Volume
from backend.engine.rate.tiers import in_order

FARTHEST = Decimal(10) ** 12
"""More units than anybody buys: what is not reached by then is never reached."""


def cost(card: RateCardTerms, currency: str, units: Decimal) -> Decimal:
    """What one period costs at this usage in billed units, before free units come off."""
    return preview_price(currency, replace(card, unit_config=None), units).totals.total


def without_commitment(card: RateCardTerms) -> RateCardTerms:
    """The same rate card with neither a minimum nor a maximum spend."""
    return replace(card, commitment=Commitment())


def free_units(card: RateCardTerms) -> Decimal:
    """The units that the usage discount gives away."""
    return card.discounts.usage.quantity if card.discounts.usage else ZERO


def tiers(card: RateCardTerms) -> list[tuple[int, Decimal, Tier]]:
    """Number, lower limit in units before the usage discount, and tier, from the lowest; none without tiers."""
    if not isinstance(card.price, Graduated | Volume):
        return []
    free = free_units(card)
    return [(number, EXACT.add(lower, free), tier) for number, lower, tier in in_order(card.price.tiers)]


def hard_limit(card: RateCardTerms) -> Decimal | None:
    """The units at which usage stops; None when it may go on."""
    quota = card.entitlement
    return quota.issue_after_reset if isinstance(quota, MeteredTemplate) and not quota.is_soft_limit else None


def soft_limit(card: RateCardTerms) -> Decimal | None:
    """The units that a quota includes, when usage may go on beyond it."""
    quota = card.entitlement
    return quota.issue_after_reset if isinstance(quota, MeteredTemplate) and quota.is_soft_limit else None


def next_whole(units: Decimal) -> Decimal:
    """The first whole number of units above."""
    return EXACT.add(units.to_integral_value(ROUND_FLOOR), ONE)


def turning_points(card: RateCardTerms) -> list[Decimal]:
    """The units at which the price changes its course, lowest first."""
    return sorted({ZERO, free_units(card), *(lower for _, lower, _ in tiers(card))})


def first_paid_unit(card: RateCardTerms) -> Decimal | None:
    """The first whole unit that costs something; None when none ever does."""
    free = free_units(card)
    match card.price:
        case Graduated() | Volume():
            paid = (lower for number, lower, tier in tiers(card) if tier.unit or (number > 1 and tier.flat))
            start = next(paid, None)
            return None if start is None else next_whole(start)
        case Unit() | Package() | Dynamic():
            return next_whole(free) if is_unbounded(card) else None
        case _:
            return None


def is_unbounded(card: RateCardTerms) -> bool:
    """Whether the bill grows with usage for ever."""
    match card.price:
        case Unit() | Package():
            return card.price.amount > 0
        case Dynamic():
            return card.price.multiplier > 0
        case Graduated() | Volume():
            return bool(tiers(card)[-1][2].unit)
        case _:
            return False


def most(card: RateCardTerms, currency: str) -> Decimal | None:
    """The most that usage can come to without commitments; None when there is no limit."""
    bare, limit = without_commitment(card), hard_limit(card)
    if limit is None and is_unbounded(bare):
        return None
    edges = turning_points(bare)
    reached = [edge for edge in (*edges, *map(next_whole, edges)) if limit is None or edge <= limit]
    return max(cost(bare, currency, units) for units in (*reached, limit or ZERO))
