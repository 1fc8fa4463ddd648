"""A package price sells units in packages: the first unit of a package pays for all of it."""

from decimal import Decimal

from backend.engine.exact import ZERO, exact
from backend.engine.rate.prices import Charge, Package, Portion


@exact()
def packages_for(quantity: Decimal, size: Decimal) -> Decimal:
    """The number of packages that hold a quantity: 0 for nothing, 2 for 11 units in packages of 10."""
    if quantity <= 0:
        return ZERO
    full, rest = divmod(quantity, size)
    return full + 1 if rest else full


@exact()
def rate_package(price: Package, portion: Portion) -> list[Charge]:
    """The packages opened so far less those opened by earlier parts of the period (billing spec 4.3)."""
    opened = packages_for(portion.before, price.size)
    count = packages_for(portion.before + portion.quantity, price.size) - opened
    return [Charge("usage", "usage in period", count, price.amount)] if count else []
