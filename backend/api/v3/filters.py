"""The filters of version 3 in an address: `filter[name][contains]=acme`, several of them joined by and."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NoReturn

from fastapi import Request
from ulid import ULID

from backend.engine.filter import Filter, Operand, Operator, text_filter, time_filter
from backend.errors import Invalid, Issue

MOST_LISTED = 50
LONGEST_VALUE = 1024
_KEY = re.compile(r"filter\[(?P<field>[^\[\]]*)\](?P<rest>.*)", re.DOTALL)
_OPERATOR = re.compile(r"\[(?P<operator>[^\[\]]*)\]")


class Kind(StrEnum):
    """What a field holds; each kind has its own operators."""

    TEXT = "text"
    EXACT = "exact"
    ULID = "ulid"
    TIME = "time"
    NUMBER = "number"
    TRUTH = "truth"
    PLAIN = "plain"
    LABELS = "labels"


_COMPARISONS = frozenset({"eq", "gt", "gte", "lt", "lte"})
_TEXTS = _COMPARISONS | {"neq", "contains", "oeq", "ocontains", "exists", "nexists"}
OPERATORS = {
    Kind.TEXT: _TEXTS,
    Kind.LABELS: _TEXTS,
    Kind.EXACT: frozenset({"eq", "neq", "oeq"}),
    Kind.ULID: frozenset({"eq", "neq", "oeq"}),
    Kind.TIME: _COMPARISONS,
    Kind.NUMBER: _COMPARISONS | {"neq", "oeq"},
    Kind.TRUTH: frozenset({"eq"}),
    Kind.PLAIN: frozenset({"eq"}),
}
"""A plain field is compared without naming an operator; labels are texts, each under its own name."""


def read_filters(request: Request, fields: Mapping[str, Kind]) -> dict[str, Filter]:
    """The filters of a request by field; Invalid names the parameter that is wrong (metering spec 3.3)."""
    return parse(request.query_params.multi_items(), fields)


def parse(query: Sequence[tuple[str, str]], fields: Mapping[str, Kind]) -> dict[str, Filter]:
    """The filters among the parameters of an address, by field; that of a label by `labels.` and its name."""
    given: dict[str, tuple[str, str | None, str]] = {}
    for key, value in query:
        match = _KEY.fullmatch(key)
        if match is None:
            continue
        if key in given:
            _refuse(key, "repeated query parameter")
        given[key] = (match["field"], _operator_text(key, match["rest"]), value)
    kinds = {field: _kind(field, fields) for field, _, _ in given.values()}
    unknown = sorted(field for field, kind in kinds.items() if kind is None)
    if unknown:
        _refuse(f"filter[{unknown[0]}]", f"unknown filter field: {', '.join(unknown)}")
    found: dict[str, list[Filter]] = {}
    for key, (field, operator, value) in given.items():
        kind = kinds[field]
        assert kind is not None
        found.setdefault(field, []).append(_condition(key, kind, operator, value))
    return {
        field: parts[0] if len(parts) == 1 else Filter(Operator.AND, tuple(parts)) for field, parts in found.items()
    }


def _operator_text(key: str, rest: str) -> str | None:
    """What stands in brackets behind the field; None when nothing does."""
    if not rest:
        return None
    match = _OPERATOR.fullmatch(rest)
    if match is None:
        _refuse(key, "malformed operator segment")
    return match["operator"]


def _kind(field: str, fields: Mapping[str, Kind]) -> Kind | None:
    base, _, name = field.partition(".")
    if name and fields.get(base) is Kind.LABELS:
        return Kind.LABELS
    kind = fields.get(field)
    return None if kind is Kind.LABELS else kind


def _condition(key: str, kind: Kind, given: str | None, value: str) -> Filter:
    if given is None and not value and kind in (Kind.TEXT, Kind.LABELS):
        return Filter(Operator.EXISTS, True)
    operator = _operator(key, kind, given, value)
    if operator in ("exists", "nexists"):
        return Filter(Operator.EXISTS, _truth(key, value or "true") is (operator == "exists"))
    if operator in ("oeq", "ocontains"):
        texts = _listed(key, value)
        if operator == "ocontains":
            return Filter(Operator.OR, tuple(Filter(Operator.CONTAINS, text) for text in texts))
        return Filter(Operator.IN, _either(key, kind, texts))
    if len(value) > LONGEST_VALUE:
        _refuse(key, f"value too long: at most {LONGEST_VALUE} characters")
    if kind in _READ:
        return Filter(Operator(operator), _READ[kind](key, value))
    found = text_filter({operator: value}, key)
    assert found is not None
    return found


def _operator(key: str, kind: Kind, given: str | None, value: str) -> str:
    """What is compared; a field without an operator is to be equal."""
    if given == "":
        _refuse(key, "empty operator")
    if given is None and not value:
        _refuse(key, "empty value")
    if given is not None and kind is Kind.PLAIN:
        _refuse(key, "operator-style keys are not supported for this field")
    operator = given or "eq"
    if operator not in OPERATORS[kind]:
        _refuse(key, f"unsupported operator {operator}")
    return operator


def _instant(key: str, value: str) -> Operand:
    found = time_filter({"gte": value}, key)
    assert found is not None
    return found.operand


def _number(key: str, value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        _refuse(key, f'invalid number "{value}"')
    if not number.is_finite():
        _refuse(key, f'invalid number "{value}"')
    return number


def _truth(key: str, value: str) -> bool:
    if value not in ("true", "false"):
        _refuse(key, f'invalid boolean "{value}"')
    return value == "true"


def _ulid(key: str, value: str) -> str:
    try:
        return str(ULID.from_str(value.upper()))
    except ValueError:
        _refuse(key, f'invalid ULID "{value}"')


def _either(key: str, kind: Kind, texts: Sequence[str]) -> Operand:
    if kind is Kind.NUMBER:
        return tuple(_number(key, text) for text in texts)
    return tuple(_ulid(key, text) if kind is Kind.ULID else text for text in texts)


_READ: dict[Kind, Callable[[str, str], Operand]] = {
    Kind.TIME: _instant,
    Kind.NUMBER: _number,
    Kind.TRUTH: _truth,
    Kind.ULID: _ulid,
}
"""How the value of a kind is read that is not a text."""


def _listed(key: str, value: str) -> list[str]:
    texts = [text for part in value.split(",") if (text := part.strip())]
    if not texts:
        _refuse(key, "empty list")
    if len(texts) > MOST_LISTED:
        _refuse(key, f"too many comma-separated items: at most {MOST_LISTED}")
    if any(len(text) > LONGEST_VALUE for text in texts):
        _refuse(key, f"value too long: at most {LONGEST_VALUE} characters")
    return texts


def _refuse(key: str, message: str) -> NoReturn:
    raise Invalid(f"{key}: {message}", issues=[Issue(key, "invalid", message)])
