"""What a language model's tokens cost, and which of several prices holds at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from backend.engine.cost.unit_cost import TokenType


class PriceSource(StrEnum):
    """Who says so: somebody of the namespace, or a list that holds for everybody."""

    MANUAL = "manual"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class TokenPricing:
    """The price of one token of each kind, in USD; None is not told."""

    input_per_token: Decimal
    output_per_token: Decimal
    cache_read_per_token: Decimal | None = None
    cache_write_per_token: Decimal | None = None
    reasoning_per_token: Decimal | None = None

    def of(self, kind: TokenType) -> Decimal | None:
        """The price of one kind of token."""
        prices: dict[TokenType, Decimal | None] = {
            TokenType.INPUT: self.input_per_token,
            TokenType.OUTPUT: self.output_per_token,
            TokenType.CACHE_READ: self.cache_read_per_token,
            TokenType.CACHE_WRITE: self.cache_write_per_token,
            TokenType.REASONING: self.reasoning_per_token,
        }
        return prices[kind]


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A model's price in [start, end), by a provider; no end is still in force."""

    provider: str
    model: str
    pricing: TokenPricing
    source: PriceSource
    start: datetime
    end: datetime | None = None


def in_force(prices: Iterable[ListPrice], at: datetime) -> ListPrice | None:
    """Of one model's prices the one that holds: a manual one before the list's, then the one that began last."""
    holding = [price for price in prices if price.start <= at and (price.end is None or at < price.end)]
    return max(holding, key=lambda price: (price.source is PriceSource.MANUAL, price.start), default=None)
