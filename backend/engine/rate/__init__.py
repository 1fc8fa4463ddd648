"""Step 3, units become charges: one function per price model. To add a model: one file, and one line in the table."""

from collections.abc import Callable
from typing import Any

from backend.engine.rate.dynamic import rate_dynamic
from backend.engine.rate.flat import rate_flat
from backend.engine.rate.graduated import rate_graduated
from backend.engine.rate.package import rate_package
from backend.engine.rate.prices import Charge, Dynamic, Flat, Graduated, Package, Portion, Price, Unit, Volume
from backend.engine.rate.unit import rate_unit
from backend.engine.rate.volume import rate_volume

PRICE_MODELS: dict[type[Price], Callable[[Any, Portion], list[Charge]]] = {
    Flat: rate_flat,
    Unit: rate_unit,
    Graduated: rate_graduated,
    Volume: rate_volume,
    Package: rate_package,
    Dynamic: rate_dynamic,
}


def rate(price: Price, portion: Portion) -> list[Charge]:
    """What a price charges for one portion of usage, before discounts and commitments."""
    return PRICE_MODELS[type(price)](price, portion)
