"""What can be done with costs."""

from backend.costs.repository import PriceFilter, PriceOrder
from backend.costs.service.prices import (
    PriceInput,
    delete_override,
    get_price,
    list_overrides,
    list_prices,
    pricings,
    set_override,
)
from backend.costs.service.query import CostRow, query

__all__ = [
    "CostRow",
    "PriceFilter",
    "PriceInput",
    "PriceOrder",
    "delete_override",
    "get_price",
    "list_overrides",
    "list_prices",
    "pricings",
    "query",
    "set_override",
]
