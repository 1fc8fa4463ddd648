"""A graduated price charges each unit by the tier it falls in, and each tier's flat price when it is entered."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from backend.engine.exact import ONE, ZERO, exact
from backend.engine.rate.prices import Charge, Graduated, Portion, Tier
from backend.engine.rate.tiers import in_order, limit


@dataclass(frozen=True, slots=True)
class TierRange:
    """The part of some usage that falls in one tier; `entered` when it starts at the tier's lower limit."""

    number: int
    tier: Tier
    quantity: Decimal
    entered: bool


@exact()
def tier_ranges(tiers: tuple[Tier, ...], before: Decimal, until: Decimal) -> list[TierRange]:
    """Cut the usage (before, until] along the tiers, leaving out those it does not touch.

    At no usage at all the first tier is touched with quantity 0; usage below zero counts as none.
    """
    before, until = max(before, ZERO), max(until, ZERO)
    ranges = []
    for number, lower, tier in in_order(tiers):
        start, end = max(lower, before), min(limit(tier), until)
        if start < end or (number == 1 and before == until == 0):
            ranges.append(TierRange(number, tier, end - start, entered=start == lower))
    return ranges


@exact()
def rate_graduated(price: Graduated, portion: Portion) -> list[Charge]:
    """Per touched tier its units, then its flat price if this part of the period enters it (billing spec 4.3).

    The first tier is entered even without usage, by the first part of the period.
    """
    ranges = tier_ranges(price.tiers, portion.before, portion.before + portion.quantity)
    return [charge for touched in ranges for charge in _charges(touched, portion)]


def _charges(touched: TierRange, portion: Portion) -> Iterator[Charge]:
    number, tier = touched.number, touched.tier
    if tier.unit is not None:
        reference = f"graduated-tiered-{number}-price-usage"
        yield Charge(reference, f"usage price for tier {number}", touched.quantity, tier.unit)
    if tier.flat is not None and touched.entered and (number > 1 or portion.is_first):
        yield Charge(f"graduated-tiered-{number}-flat-price", f"flat price for tier {number}", ONE, tier.flat)
