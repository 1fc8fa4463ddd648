"""A dynamic price passes on a metered cost, with a mark-up or mark-down."""

from backend.engine.exact import EXACT, ONE
from backend.engine.money import round_amount
from backend.engine.rate.prices import Charge, Dynamic, Portion


def rate_dynamic(price: Dynamic, portion: Portion) -> list[Charge]:
    """One charge of the metered value times the multiplier, rounded to the currency (billing spec 4.3)."""
    if portion.quantity <= 0:
        return []
    amount = EXACT.multiply(portion.quantity, price.multiplier)
    return [Charge("usage", "usage in period", ONE, round_amount(amount, portion.currency))]
