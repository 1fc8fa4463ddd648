"""What one event is worth to one meter: a value and its dimensions, or the reason why it cannot be counted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Clamped, Context, Decimal, InvalidOperation, Overflow, Rounded, Subnormal
from enum import Enum
from typing import Any, NamedTuple

from backend.engine.exact import ONE, plain
from backend.engine.meter.aggregate import Value
from backend.engine.meter.definition import Aggregation, MeterDefinition

_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,6})?|inf(?:inity)?)|nan",
    re.ASCII | re.IGNORECASE,
)
_TOO_LARGE = Decimal("1.797693134862315808E308")
"""No float64 is as large, and senders, programs and screens read numbers as that."""

_MOST_DIGITS = 1000
_SURELY_USABLE = Context(prec=300, Emin=-300, Emax=300, traps=[Overflow, Subnormal, Clamped, Rounded, InvalidOperation])
"""A finite number that it can calculate with is within all bounds; to see that is quick."""

_NUMBERS, _TEXTS = frozenset({Decimal, int}), frozenset({str})


class Absent(Enum):
    """Why a path led to nothing: the event has data without it, or no data at all."""

    MISSING = "missing"
    NO_DATA = "no data"


MISSING = Absent.MISSING
NO_DATA = Absent.NO_DATA

Locate = Callable[[str], object]
"""Finds a JSONPath in one event's data: the JSON value (numbers as int or Decimal), or MISSING, or NO_DATA."""


class Measured(NamedTuple):
    """An event's worth: a number, or for UNIQUE_COUNT the text to tell apart; and the text of each dimension."""

    value: Value
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadValue:
    """The event is kept but not counted, and this is what listings say about it."""

    reason: str
    groups: Mapping[str, str]


def extract(meter: MeterDefinition, locate: Locate) -> Measured | BadValue:
    """Measure one event (metering spec 3.1).

    COUNT counts every event. UNIQUE_COUNT takes the value's text. The others take a JSON number or a text that is one;
    null, missing, NaN, infinity, true, objects and other text have no value. A missing dimension is the empty text.
    """
    groups = {name: text_of(locate(path)) for name, path in meter.group_by.items()} if meter.group_by else {}
    if meter.aggregation is Aggregation.COUNT or meter.value_property is None:
        return Measured(ONE, groups)
    return _measured(meter.aggregation, meter.value_property, locate(meter.value_property), groups)


def values_of(meter: MeterDefinition, locate: Callable[[str], Sequence[object]], events: int) -> Sequence[Value | None]:
    """The value that `extract` would measure in each of so many events, None where it would measure none.

    `locate` finds a path in all of them. Where all values are of the usual kind, nothing is decided event by event.
    """
    if meter.aggregation is Aggregation.COUNT or meter.value_property is None:
        return [ONE] * events
    raws = locate(meter.value_property)
    usual = _texts(raws) if meter.aggregation is Aggregation.UNIQUE_COUNT else _numbers(raws)
    if usual is not None:
        return usual
    each = [_measured(meter.aggregation, meter.value_property, raw, {}) for raw in raws]
    return [measured.value if isinstance(measured, Measured) else None for measured in each]


def texts_of(raws: Sequence[object]) -> Sequence[str]:
    """How many JSON values read as a dimension."""
    return [raw if type(raw) is str else text_of(raw) for raw in raws]


def number_of(raw: object) -> Decimal | str:
    """The number in a JSON value, exactly as written, or the reason why there is none.

    Numbers that no float64 can hold, or of more than 1000 digits, are refused: no usage is that large.
    """
    if isinstance(raw, Decimal):
        return _usable(raw, raw)
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw):
        return f"value cannot be parsed as float64: {raw}"
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return "value property cannot be parsed"
    return _usable(Decimal(raw), raw)


def text_of(raw: object) -> str:
    """How a JSON value reads as a dimension: numbers without trailing zeros, null and nothing as the empty text."""
    if isinstance(raw, str):
        return raw
    if raw is None or isinstance(raw, Absent):
        return ""
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return plain(Decimal(raw))
    return json.dumps(raw, separators=(",", ":"), sort_keys=True, ensure_ascii=False, default=str)


def _measured(aggregation: Aggregation, path: str, raw: object, groups: Mapping[str, str]) -> Measured | BadValue:
    if isinstance(raw, Absent):
        return BadValue(_absence(raw, path), groups)
    if raw is None:
        return BadValue("invalid event: value cannot be null", groups)
    if aggregation is Aggregation.UNIQUE_COUNT:
        return Measured(text_of(raw), groups)
    value = number_of(raw)
    return BadValue(f"invalid event: {value}", groups) if isinstance(value, str) else Measured(value, groups)


def _numbers(raws: Sequence[Any]) -> Sequence[Decimal] | None:
    """The numbers, if all are JSON numbers far within the bounds."""
    if not _NUMBERS.issuperset(map(type, raws)):
        return None
    try:
        numbers = list(map(_SURELY_USABLE.plus, raws))
    except ArithmeticError:
        return None
    return numbers if all(map(Decimal.is_finite, numbers)) else None


def _texts(raws: Sequence[Any]) -> Sequence[str] | None:
    """The values, if all are texts."""
    return raws if _TEXTS.issuperset(map(type, raws)) else None


def _absence(absent: Absent, path: str) -> str:
    if absent is NO_DATA:
        return "invalid event: null and missing value property"
    return f'invalid event: missing value property: "{path}"'


def _usable(number: Decimal, raw: str | int | Decimal) -> Decimal | str:
    try:
        if _SURELY_USABLE.plus(number).is_finite():
            return number
    except ArithmeticError:
        pass
    if number.is_nan():
        return "value cannot be NaN"
    if number.is_infinite():
        return "value cannot be infinity"
    if number.copy_abs() >= _TOO_LARGE:
        return f"value cannot be parsed as float64: {raw}" if isinstance(raw, str) else "value is out of range"
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if len(digits) > _MOST_DIGITS or abs(exponent) > _MOST_DIGITS:
        return "value is out of range"
    return number
