"""A part of a meter's usage: what its dimensions must be, as a feature keeps it."""

from collections.abc import Mapping
from typing import Any

from backend.engine.filter import Filter, Operator, text_filter

Wanted = str | Mapping[str, Any]
"""A text that a dimension must be, or a filter on it, such as `{"$in": ["gpt-4", "gpt-4o"]}`."""

MOST_LEVELS = 2
"""Levels of and/or in a filter of a dimension (metering spec 3.3)."""


def narrowing(wanted: Mapping[str, Wanted], place: str = "filters") -> dict[str, Filter]:
    """Dimension → its filter; what filters nothing is left out. Invalid names the place of what is no filter."""
    return {
        name: found
        for name, one in wanted.items()
        if (found := text_filter(_node(one), f"{place}.{name}", MOST_LEVELS)) is not None
    }


def both(one: Mapping[str, Filter], other: Mapping[str, Filter]) -> dict[str, Filter]:
    """What passes the filters of both."""
    joined = {name: Filter(Operator.AND, (one[name], other[name])) for name in one.keys() & other.keys()}
    return dict(one) | dict(other) | joined


def kept(filters: Mapping[str, Filter]) -> dict[str, Wanted]:
    """The same as it is kept: one text as itself, all else with the operators' names."""
    return {
        name: str(found.operand) if found.operator is Operator.EQ else written(found) for name, found in filters.items()
    }


def written(found: Filter, sign: str = "$") -> dict[str, Any]:
    """A filter as versions 1 and 2 of the wire write it; without the sign as version 3 does."""
    name = "neq" if found.operator is Operator.NE and not sign else f"{sign}{found.operator}"
    if found.parts:
        return {name: [written(part, sign) for part in found.parts]}
    return {name: list(found.operand) if isinstance(found.operand, tuple) else found.operand}


def _node(wanted: Wanted) -> Mapping[str, Any]:
    return {"$eq": wanted} if isinstance(wanted, str) else wanted
