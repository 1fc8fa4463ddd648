"""The filters of version 3 in an address: `filter[name][contains]=acme`, several of them joined by and."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NoReturn

from fastapi import Request

from backend.engine.filter import Filter, Operator, equal_to_one_of, text_filter, time_filter
from backend.errors import Invalid, Issue

MOST_LISTED = 50
LONGEST_VALUE = 1024
_KEY = re.compile(r"filter\[(?P<field>[^\[\]]*)\](?:\[(?P<operator>[^\[\]]*)\])?")


class Kind(StrEnum):
    """What a field holds; each kind has its own operators."""

    TEXT = "text"
    ID = "id"
    TIME = "time"


_COMPARISONS = frozenset({"eq", "gt", "gte", "lt", "lte"})
OPERATORS = {
    Kind.TEXT: _COMPARISONS | {"neq", "contains", "oeq", "ocontains", "exists", "nexists"},
    Kind.ID: frozenset({"eq", "neq", "oeq"}),
    Kind.TIME: _COMPARISONS,
}


def read_filters(request: Request, fields: Mapping[str, Kind]) -> dict[str, Filter]:
    """The filters of a request by field; Invalid names the parameter that is wrong (metering spec 3.3)."""
    return parse(request.query_params.multi_items(), fields)


def parse(query: Sequence[tuple[str, str]], fields: Mapping[str, Kind]) -> dict[str, Filter]:
    """The filters among the parameters of an address, by field."""
    given: dict[str, tuple[str, str | None, str]] = {}
    for key, value in query:
        match = _KEY.fullmatch(key)
        if match is None:
            continue
        if key in given:
            _refuse(key, "repeated query parameter")
        given[key] = (match["field"], match["operator"], value)
    unknown = sorted({field for field, _, _ in given.values()} - fields.keys())
    if unknown:
        _refuse(f"filter[{unknown[0]}]", f"unknown filter field: {', '.join(unknown)}")
    found: dict[str, list[Filter]] = {}
    for key, (field, operator, value) in given.items():
        found.setdefault(field, []).append(_condition(key, fields[field], operator, value))
    return {
        field: parts[0] if len(parts) == 1 else Filter(Operator.AND, tuple(parts)) for field, parts in found.items()
    }


def _condition(key: str, kind: Kind, operator: str | None, value: str) -> Filter:
    if operator == "":
        _refuse(key, "empty operator")
    if operator is None and not value and kind is Kind.TEXT:
        return Filter(Operator.EXISTS, True)
    operator = operator or "eq"
    if operator not in OPERATORS[kind]:
        _refuse(key, f"unsupported operator {operator}")
    if operator in ("exists", "nexists"):
        return Filter(Operator.EXISTS, _truth(key, value) is (operator == "exists"))
    if operator in ("oeq", "ocontains"):
        texts = _listed(key, value)
        parts = tuple(Filter(Operator.CONTAINS, text) for text in texts)
        return equal_to_one_of(texts) if operator == "oeq" else Filter(Operator.OR, parts)
    if len(value) > LONGEST_VALUE:
        _refuse(key, f"value too long: at most {LONGEST_VALUE} characters")
    if kind is not Kind.TIME:
        found = text_filter({operator: value}, key)
    elif operator == "eq":
        found = time_filter({"gte": value}, key)
        found = found and Filter(Operator.EQ, found.operand)
    else:
        found = time_filter({operator: value}, key)
    assert found is not None
    return found


def _listed(key: str, value: str) -> list[str]:
    texts = [text for part in value.split(",") if (text := part.strip())]
    if not texts:
        _refuse(key, "empty list")
    if len(texts) > MOST_LISTED:
        _refuse(key, f"too many comma-separated items: at most {MOST_LISTED}")
    if any(len(text) > LONGEST_VALUE for text in texts):
        _refuse(key, f"value too long: at most {LONGEST_VALUE} characters")
    return texts


def _truth(key: str, value: str) -> bool:
    if value not in ("", "true", "false"):
        _refuse(key, f'invalid boolean "{value}"')
    return value != "false"


def _refuse(key: str, message: str) -> NoReturn:
    raise Invalid(f"{key}: {message}", issues=[Issue(key, "invalid", message)])
