"""Reads the CloudEvents of a request; what is wrong is named by its place, such as `events[3].subject`."""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Clamped, Context, Decimal, Overflow, Rounded, Subnormal
from enum import StrEnum
from operator import itemgetter
from typing import Any, NoReturn, TypeVar

import msgspec

from backend.engine.period import truncate
from backend.errors import Invalid, Issue, TooLarge

MOST_EVENTS = 10_000
MOST_BYTES = 16 * 1024 * 1024
MOST_ISSUES = 1_000
"""So many mistakes of a request are named; one answer need not be larger."""

MOST_SHOWN = 5
"""So many are written out in the sentence that people read."""

LONGEST_TEXT = 1024
"""In bytes: what fits twice into one entry of an index on every database."""

SURELY_SHORT = LONGEST_TEXT // 4
"""In characters: none takes more than four bytes."""

DEEPEST = 64
SURELY_SHALLOW = 2 * DEEPEST
"""In characters: each level opens and closes."""

LARGEST_EXPONENT = 400
"""JSON within these bounds can be read, measured and written again without running out of stack or memory."""

EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)
"""Calendar windows in any zone can still be drawn around these."""

JSON = "application/json"
T = TypeVar("T")
Data = Mapping[str, Any]
"""The JSON object of an event, its numbers exact: int or Decimal."""

SPEC_VERSION = "1.0"
NULL = msgspec.Raw(b"null")


class Shape(StrEnum):
    """How many events a request carries."""

    ONE = "one"
    MANY = "many"
    EITHER = "either"


class CloudEvent(msgspec.Struct, frozen=True, gc=False):
    """One usage event before it is stored. `data` is the text of a JSON object; no time means now."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime | None = None
    data: str | None = None


class _Wire(msgspec.Struct, gc=False):
    id: str
    source: str
    specversion: str
    type: str
    subject: str
    time: datetime | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    data: msgspec.Raw = NULL
    data_base64: msgspec.Raw = NULL


Issues = list[tuple[int, Issue]]
"""What is wrong, each with the number of its event in the request."""

_one = msgspec.json.Decoder(_Wire)
_many = msgspec.json.Decoder(list[_Wire])
_each = msgspec.json.Decoder(list[msgspec.Raw])
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_data = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


_WITHIN_BOUNDS = Context(prec=200, Emin=-201, Emax=LARGEST_EXPONENT, traps=[Overflow, Subnormal, Clamped, Rounded])
"""Makes a number exactly, or raises ArithmeticError for one that may lie beyond the bounds. No call of Python."""


def _bounded(number: str) -> Decimal:
    value = Decimal(number)
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("a number is out of range")
    return value


_usual_data = msgspec.json.Decoder(dict[str, Any], float_hook=_WITHIN_BOUNDS.create_decimal)
_bounded_data = msgspec.json.Decoder(dict[str, Any], float_hook=_bounded)


def parse_data(text: str) -> Data:
    """The data of an event that was checked when it came in."""
    data: Data = _data.decode(text)
    return data


def read(body: bytes, shape: Shape) -> list[CloudEvent]:
    """The events of a request, still to be checked; TooLarge beyond 10,000 events.

    Invalid when one cannot be read: then it names everything that is wrong with all of them. Source: metering spec 2.
    """
    body = body.removeprefix(BOM_UTF8)
    many = shape is Shape.MANY or (shape is Shape.EITHER and body.lstrip()[:1] == b"[")
    issues: Issues = []
    try:
        body.decode()
        try:
            wires = _many.decode(body) if many else [_one.decode(body)]
        except msgspec.ValidationError:
            wires = _mended(_few(_each.decode(body)) if many else [msgspec.Raw(body)], issues)
    except msgspec.ValidationError as error:
        raise Invalid(f"The body is no list of events: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The body is not valid JSON: {error}.") from error
    events = [_read_one(wire, index, issues) for index, wire in enumerate(_few(wires))]
    if issues:
        _refuse([*issues, *_checked(events)[1]], numbered=many)
    return events


def check(events: Sequence[CloudEvent]) -> list[Data | None]:
    """Refuse events whose names are empty or too long, whose time no calendar can show, whose data is no object.

    Returns the data of each, read as `parse_data` reads it. Invalid names everything that is wrong.
    """
    read_data, issues = _checked(events)
    if issues:
        _refuse(issues, numbered=len(events) > 1)
    return read_data


def _few(events: Sequence[T]) -> Sequence[T]:
    if len(events) > MOST_EVENTS:
        raise TooLarge(f"A request may carry at most {MOST_EVENTS} events.")
    return events


def _mended(raws: Sequence[msgspec.Raw], issues: Issues) -> list[_Wire]:
    """Events of which some have fields that cannot be read: these are noted, and filled so that the rest can be."""
    wires = []
    for index, raw in enumerate(raws):
        try:
            wires.append(_one.decode(raw))
        except msgspec.ValidationError as error:
            wires.append(_mend(raw, index, str(error), issues))
    return wires


def _mend(raw: msgspec.Raw, index: int, error: str, issues: Issues) -> _Wire:
    wire = _Wire("-", "-", SPEC_VERSION, "-", "-")
    try:
        given = _fields.decode(raw)
    except msgspec.ValidationError:
        issues.append((index, _issue("", error.replace("`", ""))))
        return wire
    for field in msgspec.structs.fields(_Wire):
        if field.name in given:
            try:
                setattr(wire, field.name, msgspec.json.decode(given[field.name], type=field.type))
            except msgspec.ValidationError as found:
                issues.append((index, _issue(field.name, str(found).replace("`", ""))))
        elif field.required:
            issues.append((index, _issue(field.name, "is required")))
    return wire


def _read_one(wire: _Wire, index: int, issues: Issues) -> CloudEvent:
    if wire.specversion != SPEC_VERSION:
        issues.append((index, _issue("specversion", f'must be "{SPEC_VERSION}"')))
    if wire.datacontenttype is not None and wire.datacontenttype.split(";")[0].strip().lower() != JSON:
        issues.append((index, _issue("datacontenttype", f"must be {JSON}")))
    if wire.data_base64 != NULL:
        issues.append((index, _issue("data_base64", "is not supported; send a JSON object as data")))
    time = wire.time
    if time is not None and time.tzinfo is None:
        issues.append((index, _issue("time", "needs a zone, such as 2026-01-31T12:00:00Z")))
        time = None
    data = None if wire.data == NULL else str(wire.data, "utf-8")
    return CloudEvent(wire.id, wire.source, wire.type, wire.subject, time, data)


def _checked(events: Sequence[CloudEvent]) -> tuple[list[Data | None], Issues]:
    issues: Issues = []
    return [_check_one(event, index, issues) for index, event in enumerate(events)], issues


def _check_one(event: CloudEvent, index: int, issues: Issues) -> Data | None:
    names = f"{event.id}{event.source}{event.type}{event.subject}"
    all_there = event.id and event.source and event.type and event.subject
    if not all_there or len(names) > SURELY_SHORT or "\0" in names:
        _check_names(event, index, issues)
    if event.time is not None and not EARLIEST <= event.time < LATEST:
        message = f"must lie between the years {EARLIEST.year} and {LATEST.year}"
        issues.append((index, _issue("time", message)))
    text = event.data
    if text is None:
        return None
    try:
        data: Data = _usual_data.decode(text)
    except (ArithmeticError, ValueError, RecursionError):
        return _read_unusual(text, index, issues)
    is_shallow = len(text) <= SURELY_SHALLOW or text.count("{") + text.count("[") <= DEEPEST or _depth(data) <= DEEPEST
    return data if is_shallow and text.startswith("{") else _read_unusual(text, index, issues)


def _check_names(event: CloudEvent, index: int, issues: Issues) -> None:
    """The whole rule; to see that all of them are short and nothing special takes less time."""
    for field in ("id", "source", "type", "subject"):
        value: str = getattr(event, field)
        if not value:
            issues.append((index, _issue(field, "must not be empty")))
        elif "\0" in value or len(value.encode()) > LONGEST_TEXT:
            message = f"must be text of at most {LONGEST_TEXT} bytes, without null characters"
            issues.append((index, _issue(field, message)))


def _read_unusual(text: str, index: int, issues: Issues) -> Data | None:
    """The whole rule: make sure that metering will be able to read it, and read it; or say what is wrong with it."""
    if text.startswith("{"):
        try:
            data: Data = _bounded_data.decode(text)
        except (ValueError, RecursionError):
            message = "must be JSON with numbers below 10^400 and valid escapes"
        else:
            if _depth(data) <= DEEPEST:
                return data
            message = f"must not nest deeper than {DEEPEST} levels"
    else:
        message = "must be a JSON object"
    issues.append((index, _issue("data", message)))
    return None


def _depth(data: object) -> int:
    depth, level = 0, [data]
    while level := [part for part in level if isinstance(part, dict | list)]:
        depth += 1
        level = [part for node in level for part in (node.values() if isinstance(node, dict) else node)]
    return depth


def on_the_second(time: datetime) -> datetime:
    """A time as it is kept: whole seconds of UTC, what is smaller is dropped."""
    return time if time.tzinfo is UTC and not time.microsecond else truncate(time.astimezone(UTC))


def _issue(field: str, message: str) -> Issue:
    return Issue(field, "invalid_event", message)


def _refuse(issues: Issues, *, numbered: bool) -> NoReturn:
    """Name what is wrong in the order of the events; in a list also which event it is."""
    named = [
        _placed(issue, index) if numbered else issue for index, issue in sorted(issues, key=itemgetter(0))[:MOST_ISSUES]
    ]
    shown = [f"{issue.field}: {issue.message}" if issue.field else issue.message for issue in named[:MOST_SHOWN]]
    if len(issues) > MOST_SHOWN:
        shown.append(f"{len(issues)} mistakes in all")
    raise Invalid("; ".join(shown), issues=named)


def _placed(issue: Issue, index: int) -> Issue:
    return replace(issue, field=f"events[{index}].{issue.field}".removesuffix("."))
