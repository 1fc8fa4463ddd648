"""What a dimension must be, in words: `model is gpt-4 or gpt-4o`."""

from collections.abc import Mapping

from backend.engine.filter import Filter, Operator
from backend.engine.meter.narrowing import Wanted, narrowing

COMPARED = {
    Operator.EQ: "is",
    Operator.NE: "is not",
    Operator.LIKE: "is like",
    Operator.NLIKE: "is not like",
    Operator.ILIKE: "is like",
    Operator.NILIKE: "is not like",
    Operator.GT: "is after",
    Operator.GTE: "is at least",
    Operator.LT: "is before",
    Operator.LTE: "is at most",
    Operator.CONTAINS: "contains",
    Operator.NCONTAINS: "does not contain",
}
LISTED = {Operator.IN: "is", Operator.NIN: "is not"}


def narrowed_words(wanted: Mapping[str, Wanted]) -> str:
    """What all dimensions must be; empty when they may be anything."""
    return ", ".join(filter_words(name, found) for name, found in narrowing(wanted).items())


def filter_words(name: str, found: Filter) -> str:
    """One filter on one dimension."""
    if found.parts:
        joined = f" {found.operator.value} ".join(filter_words(name, part) for part in found.parts)
        return f"({joined})"
    if found.operator is Operator.EXISTS:
        return f"{name} {'has a value' if found.operand else 'has no value'}"
    if found.operator in LISTED and isinstance(found.operand, tuple):
        return f"{name} {LISTED[found.operator]} {' or '.join(map(str, found.operand))}"
    return f"{name} {COMPARED[found.operator]} {found.operand}"
