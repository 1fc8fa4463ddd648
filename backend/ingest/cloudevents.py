"""Reads the CloudEvents of a request; what is wrong is named by its place, such as `events[3].subject`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn

import msgspec

from backend.engine.period import truncate
from backend.errors import Invalid, Issue, TooLarge

MOST_EVENTS = 10_000
MOST_BYTES = 16 * 1024 * 1024
LONGEST_TEXT = 1024
"""In bytes: what fits twice into one entry of an index on every database."""

DEEPEST = 64
LARGEST_EXPONENT = 400
"""JSON within these bounds can be read, measured and written again without running out of stack or memory."""

EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)
"""Calendar windows in any zone can still be drawn around these."""

JSON = "application/json"
Data = Mapping[str, Any]
"""The JSON object of an event, its numbers exact: int or Decimal."""

SPEC_VERSION = "1.0"
_PLACE = re.compile(r"^(?P<message>.*?)(?: - at `\$(?P<index>\[\d+\])?\.?(?P<field>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<field>\w+)`$")


class Shape(StrEnum):
    """How many events a request carries."""

    ONE = "one"
    MANY = "many"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class CloudEvent:
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
    data: msgspec.Raw = msgspec.Raw(b"null")
    data_base64: msgspec.Raw = msgspec.Raw(b"null")


_one = msgspec.json.Decoder(_Wire)
_many = msgspec.json.Decoder(list[_Wire])
_data = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def _bounded(number: str) -> Decimal:
    value = Decimal(number)
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("a number is out of range")
    return value


_bounded_data = msgspec.json.Decoder(dict[str, Any], float_hook=_bounded)


def parse_data(text: str) -> Data:
    """The data of an event that was checked when it came in."""
    data: Data = _data.decode(text)
    return data


def read(body: bytes, shape: Shape) -> list[CloudEvent]:
    """The events of a request, still to be checked; Invalid when one cannot be read, TooLarge beyond 10,000 events.

    Source: metering spec 2.
    """
    many = shape is Shape.MANY or (shape is Shape.EITHER and body.lstrip()[:1] == b"[")
    try:
        body.decode()
        wires = _many.decode(body) if many else [_one.decode(body)]
    except msgspec.ValidationError as error:
        _refuse(*_place_of(str(error)))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The body is not valid JSON: {error}.") from error
    if len(wires) > MOST_EVENTS:
        raise TooLarge(f"A request may carry at most {MOST_EVENTS} events.")
    return [_read_one(wire, _place(index, wires)) for index, wire in enumerate(wires)]


def check(events: Sequence[CloudEvent]) -> list[Data | None]:
    """Refuse events whose names are empty or too long, whose time no calendar can show, whose data is no object.

    Returns the data of each, read as `parse_data` reads it.
    """
    return [_check_one(event, _place(index, events)) for index, event in enumerate(events)]


def _read_one(wire: _Wire, place: str) -> CloudEvent:
    if wire.specversion != SPEC_VERSION:
        _refuse(f"{place}specversion", f'must be "{SPEC_VERSION}"')
    if wire.datacontenttype is not None and wire.datacontenttype.split(";")[0].strip().lower() != JSON:
        _refuse(f"{place}datacontenttype", f"must be {JSON}")
    if bytes(wire.data_base64) != b"null":
        _refuse(f"{place}data_base64", "is not supported; send a JSON object as data")
    if wire.time is not None and wire.time.tzinfo is None:
        _refuse(f"{place}time", "needs a zone, such as 2026-01-31T12:00:00Z")
    data = bytes(wire.data).decode()
    return CloudEvent(wire.id, wire.source, wire.type, wire.subject, wire.time, None if data == "null" else data)


def _check_data(text: str, place: str) -> Data:
    """Make sure that metering will be able to read it, and read it."""
    if not text.startswith("{"):
        _refuse(f"{place}data", "must be a JSON object")
    try:
        data = _bounded_data.decode(text)
    except (ValueError, RecursionError):
        _refuse(f"{place}data", "must be JSON with numbers below 10^400 and valid escapes")
    if text.count("{") + text.count("[") > DEEPEST and _depth(data) > DEEPEST:
        _refuse(f"{place}data", f"must not nest deeper than {DEEPEST} levels")
    return data


def _depth(data: object) -> int:
    depth, level = 0, [data]
    while level := [part for part in level if isinstance(part, dict | list)]:
        depth += 1
        level = [part for node in level for part in (node.values() if isinstance(node, dict) else node)]
    return depth


def _check_one(event: CloudEvent, place: str) -> Data | None:
    for field in ("id", "source", "type", "subject"):
        value: str = getattr(event, field)
        if not value:
            _refuse(f"{place}{field}", "must not be empty")
        if "\0" in value or len(value.encode()) > LONGEST_TEXT:
            _refuse(f"{place}{field}", f"must be text of at most {LONGEST_TEXT} bytes, without null characters")
    if event.time is not None and not EARLIEST <= event.time < LATEST:
        _refuse(f"{place}time", f"must lie between the years {EARLIEST.year} and {LATEST.year}")
    return None if event.data is None else _check_data(event.data, place)


def on_the_second(time: datetime) -> datetime:
    """A time as it is kept: whole seconds of UTC, what is smaller is dropped."""
    return truncate(time.astimezone(UTC))


def _place(index: int, events: Sequence[object]) -> str:
    return f"events[{index}]." if len(events) > 1 else ""


def _place_of(error: str) -> tuple[str, str]:
    """The place and the words of what msgspec found: `events[3].subject` and `Expected str, got int`."""
    match = _PLACE.match(error)
    assert match is not None
    message, field = match["message"].replace("`", ""), match["field"] or ""
    missing = _MISSING.match(match["message"])
    if missing:
        message, field = "is required", missing["field"]
    return ".".join(part for part in (f"events{match['index']}" if match["index"] else "", field) if part), message


def _refuse(field: str, message: str) -> NoReturn:
    said = f"{field}: {message}" if field else message
    raise Invalid(said, issues=[Issue(field, "invalid_event", message)])
