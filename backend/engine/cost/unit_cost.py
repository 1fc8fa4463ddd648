"""What one unit of a feature costs the seller, and whose list price tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from backend.engine.exact import ZERO
from backend.errors import Issue

CURRENCY = "USD"
"""What unit costs are told in."""


class TokenType(StrEnum):
    """The kinds of tokens that a price list tells apart."""

    @classmethod
    def _missing_(cls, value: object) -> TokenType | None:
        short = str(value).strip().lower()
        short = {"request": "input", "response": "output"}.get(short, short)
        return next((kind for kind in cls if kind == short), None)

    INPUT = "input"
    OUTPUT = "output"
    CACHE_READ = "cache_read"
    CACHE_WRITE = "cache_write"
    REASONING = "reasoning"


@dataclass(frozen=True, slots=True)
class ManualCost:
    """The same amount for every unit."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class TokenCost:
    """The list price of a model's tokens.

    Provider, model and token type are each said once and for all, or read from the dimension that the property names.
    """

    provider: str | None = None
    provider_property: str | None = None
    model: str | None = None
    model_property: str | None = None
    token_type: str | None = None
    token_type_property: str | None = None

    @property
    def properties(self) -> tuple[str, ...]:
        """The dimensions that it reads."""
        named = (self.provider_property, self.model_property, self.token_type_property)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def looked_up(self, dimensions: Mapping[str, str]) -> LookedUp:
        """Whose price tells the cost of usage with these dimensions."""
        return LookedUp(
            self.provider or dimensions.get(self.provider_property or "", ""),
            self.model or dimensions.get(self.model_property or "", ""),
            self.token_type or dimensions.get(self.token_type_property or "", ""),
        )


UnitCost = ManualCost | TokenCost


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A provider, a model and a kind of token, as usage writes them."""

    provider: str
    model: str
    token_type: str


def mistakes(cost: UnitCost, dimensions: Iterable[str], place: str = "unitCost") -> list[Issue]:
    """Everything that is wrong with a unit cost of a feature whose meter has these dimensions (metering spec 6)."""
    if isinstance(cost, ManualCost):
        negative = Issue(f"{place}.amount", "negative", "a cost must not be negative")
        return [negative] if cost.amount < ZERO else []
    known = set(dimensions)
    found: list[Issue] = []
    for name, value, named in (
        ("provider", cost.provider, cost.provider_property),
        ("model", cost.model, cost.model_property),
        ("tokenType", cost.token_type, cost.token_type_property),
    ):
        field = f"{place}.{name}"
        if bool(value and value.strip()) is bool(named):
            found.append(Issue(field, "one_of", "give either a fixed one, or the dimension that tells it"))
        if named and named not in known:
            found.append(Issue(f"{field}Property", "unknown_dimension", f"the meter has no dimension {named}"))
    if cost.token_type and not is_token_type(cost.token_type):
        kinds = ", ".join([*TokenType, "request", "response"])
        found.append(Issue(f"{place}.tokenType", "unknown", f"a token type is one of {kinds}"))
    return found


def is_token_type(text: str) -> bool:
    """Whether a price list may tell what such a token costs."""
    try:
        TokenType(text)
    except ValueError:
        return False
    return True
