"""How meters and their usage travel in version 1."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Response
from pydantic import Field, PlainSerializer, WithJsonSchema, model_validator

from backend.api.table import csv_file
from backend.api.v1.wire.customers import SortOrder
from backend.api.wire import Instant, Key, Labels, PageQuery, Wire, WireInput, plain, read_json, rfc3339
from backend.engine.filter import Filter
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.narrowing import narrowing
from backend.engine.meter.window import WindowSize
from backend.engine.period import RESOLUTION, Period
from backend.errors import Invalid, Issue
from backend.metering.models import Meter
from backend.metering.service import (
    RESERVED_DIMENSIONS,
    MeterChange,
    MeterInput,
    MeterOrder,
    UsageQuery,
    UsageRow,
)

Name = Annotated[str, Field(min_length=1, max_length=256)]
Description = Annotated[str, Field(max_length=1024)]
Usage = Annotated[
    Decimal,
    PlainSerializer(lambda value: Decimal(plain(value))),
    WithJsonSchema({"type": "number", "format": "double"}),
]
FARTHEST_LOOK, LONGEST_LOOK = timedelta(days=90), timedelta(days=30)
_FILTER = re.compile(r"filterGroupBy\[(?P<name>[^\]]*)\]")
ADVANCED = "advancedMeterGroupByFilters"


class MeterCreate(WireInput):
    """A meter to be made."""

    slug: Key
    aggregation: Aggregation
    event_type: Annotated[str, Field(min_length=1, max_length=1024)]
    name: Name | None = None
    description: Description | None = None
    metadata: Labels | None = None
    event_from: Instant | None = None
    value_property: Annotated[str, Field(min_length=1)] | None = None
    group_by: dict[str, str] = Field(default_factory=dict)

    def from_wire(self) -> MeterInput:
        """As the service takes it."""
        return MeterInput(
            slug=self.slug,
            aggregation=self.aggregation,
            event_type=self.event_type,
            value_property=self.value_property,
            group_by=self.group_by,
            name=self.name,
            description=self.description,
            labels=self.metadata,
            event_from=self.event_from,
        )


class MeterUpdate(WireInput):
    """What is to be known about a meter from now on; what is left out is cleared."""

    name: Name | None = None
    description: Description | None = None
    metadata: Labels | None = None
    group_by: dict[str, str] = Field(default_factory=dict)

    def from_wire(self) -> MeterChange:
        """As the service takes it."""
        return MeterChange(name=self.name, description=self.description, labels=self.metadata, group_by=self.group_by)


class MeterOut(Wire):
    """A meter."""

    id: str
    slug: str
    name: str
    description: str | None = None
    metadata: Labels | None = None
    aggregation: Aggregation
    event_type: str
    event_from: datetime | None = None
    value_property: str | None = None
    group_by: dict[str, str]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


class MeterListQuery(PageQuery):
    """Which meters are asked for."""

    order: SortOrder = SortOrder.ASC
    order_by: MeterOrder = MeterOrder.KEY
    include_deleted: bool = False


class MeterQuery(WireInput):
    """What is asked of a meter: events in [from, to), by window and group."""

    client_id: Annotated[str, Field(min_length=1, max_length=36)] | None = None
    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    window_size: WindowSize | None = None
    window_time_zone: str = "UTC"
    subject: Annotated[list[str], Field(default_factory=list, max_length=100)]
    filter_customer_id: Annotated[list[str], Field(default_factory=list, max_length=100)]
    filter_group_by: dict[str, list[str]] = Field(default_factory=dict)
    advanced_meter_group_by_filters: dict[str, dict[str, Any]] | None = None
    group_by: Annotated[list[str], Field(default_factory=list, max_length=100)]

    def from_wire(self) -> UsageQuery:
        """As the service takes it; Invalid for a zone that does not exist or a filter that is none."""
        return UsageQuery(
            start=self.from_,
            end=self.to,
            window=self.window_size,
            zone=read_zone(self.window_time_zone, "windowTimeZone"),
            subjects=self.subject,
            customer_ids=self.filter_customer_id,
            group_by=self.group_by,
            group_filters=self.filter_group_by,
            advanced_filters=self._advanced_filters(),
        )

    def _advanced_filters(self) -> dict[str, Filter]:
        if self.advanced_meter_group_by_filters and self.filter_group_by:
            message = f"{ADVANCED} cannot be combined with filterGroupBy"
            raise Invalid(message, issues=[Issue(ADVANCED, "invalid_query", message)])
        return narrowing(self.advanced_meter_group_by_filters or {}, ADVANCED)


class MeterQueryParameters(MeterQuery):
    """The same in the address, where a filter is written `filterGroupBy[model]=gpt-4`."""

    @model_validator(mode="before")
    @classmethod
    def _read_deep_objects(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if "filterGroupBy" in given:
            raise ValueError("write a filter as filterGroupBy[name]=value")
        filters = {match["name"]: name for name in given if (match := _FILTER.fullmatch(name))}
        advanced = given.get(ADVANCED)
        if isinstance(advanced, str):
            given = given | {ADVANCED: _json(advanced)}
        rest = {name: value for name, value in given.items() if name not in filters.values()}
        found = {name: given[parameter] for name, parameter in filters.items()}
        return rest | {
            "filterGroupBy": {name: [value] if isinstance(value, str) else value for name, value in found.items()}
        }


class GroupValuesQuery(Wire):
    """When, in [from, to), and with which part the texts of a dimension are asked for."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    search: str = ""

    def period(self, now: datetime) -> Period:
        """The last 24 hours unless said otherwise; Invalid before 90 days ago or for more than 30 days."""
        start = self.from_ or now - timedelta(days=1)
        end = self.to or (now + RESOLUTION if now - start < LONGEST_LOOK else start + LONGEST_LOOK)
        if start < now - FARTHEST_LOOK or end - start > LONGEST_LOOK or end <= start:
            message = f"look at most {LONGEST_LOOK.days} days, not before {FARTHEST_LOOK.days} days ago, from before to"
            raise Invalid(message, issues=[Issue("from", "invalid_period", message)])
        return Period(start, end)


class SubjectQuery(Wire):
    """When subjects are to have been active, in [from, to)."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None


class MeterQueryRow(Wire):
    """The usage of one window by one group."""

    value: Usage
    window_start: datetime
    window_end: datetime
    subject: str | None
    customer_id: str | None = None
    group_by: dict[str, str | None]


class MeterQueryResult(Wire):
    """The answer of a meter, with the question it belongs to."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    window_size: WindowSize | None = None
    data: list[MeterQueryRow]


def to_wire(meter: Meter) -> MeterOut:
    """A meter as it travels."""
    assert meter.created_at is not None
    assert meter.updated_at is not None
    return MeterOut(
        id=meter.id,
        slug=meter.slug,
        name=meter.name,
        description=meter.description,
        metadata=meter.labels,
        aggregation=Aggregation(meter.aggregation),
        event_type=meter.event_type,
        event_from=meter.event_from,
        value_property=meter.value_property,
        group_by=meter.group_by,
        created_at=meter.created_at,
        updated_at=meter.updated_at,
        deleted_at=meter.deleted_at,
    )


def result_to_wire(asked: MeterQuery, rows: Sequence[UsageRow]) -> MeterQueryResult:
    """Usage as JSON carries it."""
    data = [
        MeterQueryRow(
            value=row.value,
            window_start=row.window.start,
            window_end=row.window.end,
            subject=row.subject,
            customer_id=row.customer_id,
            group_by=dict(row.groups),
        )
        for row in rows
    ]
    return MeterQueryResult(from_=asked.from_, to=asked.to, window_size=asked.window_size, data=data)


def result_to_csv(name: str, asked: MeterQuery, rows: Sequence[UsageRow], display_names: Mapping[str, str]) -> Response:
    """Usage as a table; values have six decimals, or more when they need them (metering spec 3.2).

    Display names of subjects, by their key, have a column of their own when there are any.
    """
    dimensions = [dimension for dimension in dict.fromkeys(asked.group_by) if dimension not in RESERVED_DIMENSIONS]
    by_subject = ["subject"] * (bool(asked.subject) or "subject" in asked.group_by)
    by_name = ["subject_display_name"] * bool(by_subject and display_names)
    by_customer = ["customer_id"] * bool(asked.filter_customer_id)

    def written(row: UsageRow) -> list[str | None]:
        return [
            rfc3339(row.window.start),
            rfc3339(row.window.end),
            *(row.subject for _ in by_subject),
            *(display_names.get(row.subject or "") for _ in by_name),
            *(row.groups[dimension] for dimension in dimensions),
            *(row.customer_id for _ in by_customer),
            _six_decimals(row.value),
        ]

    header = ["window_start", "window_end", *by_subject, *by_name, *dimensions, *by_customer, "value"]
    return csv_file(name, header, map(written, rows))


def _json(text: str) -> Any:
    """A parameter that carries JSON; what cannot be read is left to be refused with its name."""
    try:
        return read_json(text.encode())
    except (ValueError, RecursionError):
        return text


def _six_decimals(value: Decimal) -> str:
    whole, _, decimals = plain(value).partition(".")
    return f"{whole}.{decimals:0<6}"


@lru_cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory"}  # the machine's own zone, and none


def read_zone(name: str, place: str) -> tzinfo:
    """A time zone by its IANA name; Invalid names the place when there is none."""
    if name == "UTC":
        return UTC
    if name not in _zones():
        message = f"{name} is not a time zone; use a name such as Europe/Berlin"
        raise Invalid(message, issues=[Issue(place, "unknown_zone", message)])
    return ZoneInfo(name)
