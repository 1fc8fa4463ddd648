"""The tiers of a price in the order of their limits, as the graduated and volume models walk them."""

from collections.abc import Iterator
from decimal import Decimal

from backend.engine.exact import ZERO
from backend.engine.rate.prices import Tier

UNLIMITED = Decimal("Infinity")


def limit(tier: Tier) -> Decimal:
    """The last quantity inside a tier; infinite for the open-ended one."""
    return UNLIMITED if tier.up_to is None else tier.up_to


def in_order(tiers: tuple[Tier, ...]) -> Iterator[tuple[int, Decimal, Tier]]:
    """Number (from 1), lower limit (not inside) and tier, from the lowest to the open-ended one."""
    lower = ZERO
    for number, tier in enumerate(sorted(tiers, key=limit), start=1):
        yield number, lower, tier
        lower = limit(tier)
