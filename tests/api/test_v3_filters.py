"""Filters in an address of version 3 are read as OpenMeter's own tests say."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.api.v3.filters import LONGEST_VALUE, MOST_LISTED, Kind, parse
from backend.api.wire import rfc3339
from backend.engine.filter import Filter, Operator
from backend.errors import Invalid
from tests.engine.vectors import Case, cases

FIELDS = {
    "field": Kind.TEXT,
    "name": Kind.TEXT,
    "status": Kind.EXACT,
    "count": Kind.NUMBER,
    "created_at": Kind.TIME,
    "enabled": Kind.TRUTH,
    "str_ptr": Kind.PLAIN,
    "time_ptr": Kind.PLAIN,
    "tx_type": Kind.PLAIN,
    "labels": Kind.LABELS,
}
"""The fields of the source's test, by what they hold."""

SAID = {"ErrInvalidDateTime": "not a time", "ErrUnsupportedOperator": "unsupported operator"}
NAMES = {Operator.NE: "Neq", Operator.IN: "Oeq", Operator.OR: "Ocontains"}


@pytest.mark.parametrize(("given", "expect"), cases("filters", "query.parse"))
def test_an_address_is_read(given: Case, expect: Case) -> None:
    query = [(key, value) for key, values in given["query"].items() for value in values]
    if "error" not in expect:
        wanted = {key: value for key, value in expect.items() if value is not None}
        assert wanted.items() <= read(parse(query, FIELDS)).items()
        return
    with pytest.raises(Invalid) as refused:
        parse(query, FIELDS)
    error = expect["error"]
    for part in [*error["contains"], *([SAID[error["sentinel"]]] if error["sentinel"] else [])]:
        assert part in str(refused.value)


@pytest.mark.parametrize(("given", "expect"), cases("filters", "query.limit"))
def test_what_is_too_much_is_refused(given: Case, expect: Case) -> None:
    limit, extra = given.get("items") or given["length"], 0
    if limit.endswith("+1"):
        extra = 1
    items, length = ",".join(["a"] * (MOST_LISTED + extra)), "a" * (LONGEST_VALUE + extra)
    query = [(f"filter[field][{given['op']}]", items if "items" in given else length)]
    if "error" not in expect:
        assert parse(query, FIELDS)
        return
    with pytest.raises(Invalid, match=expect["error"]):
        parse(query, FIELDS)


def read(found: dict[str, Filter]) -> dict[str, Any]:
    """What was read as the source writes it: `{"Field.Eq": "my-value"}`."""
    written: dict[str, Any] = {}
    for field, wanted in found.items():
        base, _, label = field.partition(".")
        name = "".join(part.title() for part in base.split("_")) + (f'["{label}"]' if label else "")
        for part in wanted.parts if wanted.operator is Operator.AND else (wanted,):
            key = name if FIELDS[base] is Kind.PLAIN else f"{name}.{NAMES.get(part.operator, part.operator.title())}"
            written[key] = [_plain(one.operand) for one in part.parts] if part.parts else _plain(part.operand)
    return written


def _plain(operand: object) -> object:
    if isinstance(operand, tuple):
        return [_plain(part) for part in operand]
    if isinstance(operand, datetime):
        return rfc3339(operand)
    return float(operand) if isinstance(operand, Decimal) else operand
