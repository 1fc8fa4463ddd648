"""Filters on a text or a time: one comparison, or several joined by and/or, as OpenMeter writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NoReturn

from backend.errors import Invalid, Issue

DEEPEST = 32
"""Levels of and/or that a filter may have where no rule says less."""
WIDEST = 100
"""Filters that one and/or may join: a database compares only so many."""


class Operator(StrEnum):
    """How a value is compared; the wire writes it with a dollar sign."""

    @classmethod
    def _missing_(cls, value: object) -> Operator | None:
        return cls.NE if value == "neq" else None  # as version 3 writes it

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NIN = "nin"
    LIKE = "like"
    NLIKE = "nlike"
    ILIKE = "ilike"
    NILIKE = "nilike"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    EXISTS = "exists"
    CONTAINS = "contains"
    NCONTAINS = "ncontains"
    AND = "and"
    OR = "or"


Operand = str | datetime | bool | Decimal | tuple[str, ...] | tuple[Decimal, ...] | tuple["Filter", ...]
LISTS = frozenset({Operator.IN, Operator.NIN})
JOINS = frozenset({Operator.AND, Operator.OR})
TIMES = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE}) | JOINS
TEXTS = frozenset(Operator)


@dataclass(frozen=True, slots=True)
class Filter:
    """One operator and what it compares with: a value, a list of values, or the filters it joins."""

    operator: Operator
    operand: Operand

    @property
    def exact_texts(self) -> tuple[str, ...] | None:
        """The texts that it lets through, if it names them: the one of eq, those of in; None for any other."""
        if self.operator is Operator.EQ:
            return (str(self.operand),)
        if self.operator is Operator.IN and isinstance(self.operand, tuple):
            return tuple(str(text) for text in self.operand)
        return None

    @property
    def levels(self) -> int:
        """How deep and/or are nested in it; 0 for one comparison."""
        return 1 + max(part.levels for part in self.parts) if self.parts else 0

    @property
    def parts(self) -> tuple[Filter, ...]:
        """The filters that it joins."""
        operand = self.operand if isinstance(self.operand, tuple) else ()
        return tuple(part for part in operand if isinstance(part, Filter))


def text_filter(node: object, place: str, most_levels: int = DEEPEST) -> Filter | None:
    """Read a filter on a text; None when it filters nothing. Invalid names the place (metering spec 3.3)."""
    return _limited(_read(node, place, _text_operand, 0), place, most_levels)


def time_filter(node: object, place: str, most_levels: int = DEEPEST) -> Filter | None:
    """Read a filter on a time: only comparisons with an instant, and and/or. Invalid names the place."""
    return _limited(_read(node, place, _time_operand, 0), place, most_levels)


def equal_to_one_of(texts: Sequence[str]) -> Filter:
    """The filter that lets any of these texts pass."""
    return Filter(Operator.IN, tuple(texts))


def matches(wanted: Filter | None, text: str) -> bool:
    """Whether a text passes; texts are compared letter by letter. No filter lets everything pass."""
    return wanted is None or _MATCH[wanted.operator](wanted.operand, text)


def like(pattern: str, text: str) -> bool:
    """SQL's LIKE: `%` is any text, `_` any one character, a backslash takes the next character literally."""
    return _expression(pattern).fullmatch(text) is not None


def ilike(pattern: str, text: str) -> bool:
    """The same, in upper or lower case."""
    return like(pattern.casefold(), text.casefold())


def contains(part: str, text: str) -> bool:
    """Whether a part occurs in a text, in upper or lower case."""
    return part.casefold() in text.casefold()


def escaped(text: str) -> str:
    """A text as a LIKE pattern that matches itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


@lru_cache(maxsize=512)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


_MATCH: dict[Operator, Callable[..., bool]] = {
    Operator.EQ: lambda wanted, text: text == wanted,
    Operator.NE: lambda wanted, text: text != wanted,
    Operator.IN: lambda wanted, text: text in wanted,
    Operator.NIN: lambda wanted, text: text not in wanted,
    Operator.LIKE: like,
    Operator.NLIKE: lambda wanted, text: not like(wanted, text),
    Operator.ILIKE: ilike,
    Operator.NILIKE: lambda wanted, text: not ilike(wanted, text),
    Operator.GT: lambda wanted, text: text > wanted,
    Operator.GTE: lambda wanted, text: text >= wanted,
    Operator.LT: lambda wanted, text: text < wanted,
    Operator.LTE: lambda wanted, text: text <= wanted,
    Operator.EXISTS: lambda wanted, text: bool(text) is wanted,
    Operator.CONTAINS: contains,
    Operator.NCONTAINS: lambda wanted, text: not contains(wanted, text),
    Operator.AND: lambda wanted, text: all(matches(part, text) for part in wanted),
    Operator.OR: lambda wanted, text: any(matches(part, text) for part in wanted),
}


def _read(node: object, place: str, operand: Callable[[Operator, object, str], Operand], level: int) -> Filter | None:
    if not isinstance(node, Mapping):
        _refuse(place, 'a filter is an object such as {"$eq": "value"}')
    given = {name: value for name, value in node.items() if value is not None}
    if not given:
        return None
    if len(given) > 1:
        _refuse(place, "multiple operators are set: a filter has one, several are joined by $and or $or")
    [(name, value)] = given.items()
    try:
        operator = Operator(str(name).removeprefix("$"))
    except ValueError:
        _refuse(place, f"{name} is not an operator")
    if operator not in JOINS:
        return Filter(operator, operand(operator, value, place))
    if not isinstance(value, list) or level >= DEEPEST:
        _refuse(place, f"{name} takes a list of filters, at most {DEEPEST} levels deep")
    if len(value) > WIDEST:
        _refuse(place, f"{name} takes at most {WIDEST} filters")
    parts = [_read(part, place, operand, level + 1) for part in value]
    kept = tuple(part for part in parts if part is not None)
    return Filter(operator, kept) if kept else None


def _text_operand(operator: Operator, value: object, place: str) -> Operand:
    if operator is Operator.EXISTS:
        if not isinstance(value, bool):
            _refuse(place, "$exists takes true or false")
        return value
    if operator in LISTS:
        if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
            _refuse(place, f"format mismatch: ${operator} takes a list of texts that are not empty")
        return tuple(value)
    if not isinstance(value, str) or not value:
        _refuse(place, f"format mismatch: ${operator} takes a text that is not empty")
    return value


def _time_operand(operator: Operator, value: object, place: str) -> Operand:
    if operator not in TIMES:
        _refuse(place, f"${operator} cannot be used with a time")
    try:
        instant = datetime.fromisoformat(str(value))
        if instant.tzinfo is None:
            _refuse(place, "a time needs a zone, such as 2026-01-31T12:00:00Z")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse(place, f"format mismatch: {value} is not a time such as 2026-01-31T12:00:00Z")


def _limited(found: Filter | None, place: str, most_levels: int) -> Filter | None:
    if found is not None and found.levels > most_levels:
        _refuse(place, f"filter complexity exceeded: $and and $or may be {most_levels} levels deep")
    return found


def _refuse(place: str, message: str) -> NoReturn:
    raise Invalid(f"{place}: {message}", issues=[Issue(place, "invalid_filter", message)])
