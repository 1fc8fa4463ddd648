"""A unit price charges every unit the same."""

from backend.engine.rate.prices import Charge, Portion, Unit


def rate_unit(price: Unit, portion: Portion) -> list[Charge]:
    """Quantity times amount; no charge without usage (billing spec 4.3)."""
    if portion.quantity <= 0:
        return []
    return [Charge("unit-price-usage", "usage in period", portion.quantity, price.amount)]
