"""Meters of version 3, and how much they measured."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.meters import read_zone
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.wire import PREFIX, LabelMap, Name, Paged, PagedQuery, Snake, SnakeInput, Sort, read_sort
from backend.api.wire import Instant, Key, Text, WireRoute
from backend.catalog import service as catalog
from backend.engine.filter import Filter, text_filter
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.errors import Invalid, Issue
from backend.metering import service
from backend.metering.models import Meter
from backend.metering.service import MeterChange, MeterInput, MeterOrder, UsageQuery, UsageRow

router = APIRouter(prefix=f"{PREFIX}/meters", tags=["Meters"], route_class=WireRoute)

ORDERS = {
    "key": MeterOrder.KEY,
    "name": MeterOrder.NAME,
    "aggregation": MeterOrder.AGGREGATION,
    "created_at": MeterOrder.CREATED_AT,
    "updated_at": MeterOrder.UPDATED_AT,
}
MOST_LEVELS = 2
OWNERS = ("subject", "customer_id")


class Granularity(StrEnum):
    """How wide a window is, as a duration."""

    MINUTE = "PT1M"
    HOUR = "PT1H"
    DAY = "P1D"
    MONTH = "P1M"


class MeterCreate(SnakeInput):
    """A meter to be made."""

    key: Key
    name: Name
    aggregation: str = Field(pattern="^(sum|count|unique_count|avg|min|max|latest)$")
    event_type: Annotated[str, Field(min_length=1, max_length=1024)]
    labels: LabelMap | None = None
    events_from: Instant | None = None
    value_property: Annotated[str, Field(min_length=1)] | None = None
    dimensions: dict[str, str] = Field(default_factory=dict)


class MeterUpdate(SnakeInput):
    """What changes about a meter; what is left out stays."""

    name: Name | None = None
    labels: LabelMap | None = None
    dimensions: dict[str, str] | None = None


class MeterOut(Snake):
    """A meter."""

    id: str
    key: str
    name: str
    aggregation: str
    event_type: str
    events_from: datetime | None = None
    value_property: str | None = None
    dimensions: dict[str, str]
    labels: dict[str, str] | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


class QueryFilters(SnakeInput):
    """Which subjects, customers and dimensions count."""

    dimensions: Annotated[dict[str, dict[str, Any]], Field(default_factory=dict, max_length=10)]


class MeterQuery(SnakeInput):
    """What is asked of a meter: events in [from, to), by window and dimension."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    granularity: Granularity | None = None
    time_zone: str = "UTC"
    group_by_dimensions: Annotated[list[str], Field(default_factory=list, max_length=100)]
    filters: QueryFilters | None = None

    def from_wire(self) -> UsageQuery:
        """As the service takes it; Invalid for a zone that does not exist or a filter that is none."""
        dimensions = self.filters.dimensions if self.filters else {}
        read = {name: text_filter(node, f"filters.dimensions.{name}", MOST_LEVELS) for name, node in dimensions.items()}
        return UsageQuery(
            start=self.from_,
            end=self.to,
            window=None if self.granularity is None else WindowSize[self.granularity.name],
            zone=read_zone(self.time_zone, "time_zone"),
            subjects=exact_texts(read.get("subject"), "filters.dimensions.subject"),
            customer_ids=exact_texts(read.get("customer_id"), "filters.dimensions.customer_id"),
            group_by=self.group_by_dimensions,
            advanced_filters={name: wanted for name, wanted in read.items() if wanted and name not in OWNERS},
        )


class MeterQueryRow(Snake):
    """The usage of one window by one group."""

    value: Text
    from_: datetime = Field(alias="from")
    to: datetime
    dimensions: Mapping[str, str]


class MeterQueryResult(Snake):
    """The answer of a meter, with the question it belongs to."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    data: list[MeterQueryRow]


def exact_texts(wanted: Filter | None, place: str) -> tuple[str, ...]:
    """The texts of a filter that can only be eq or in; Invalid for another operator."""
    if wanted is None:
        return ()
    texts = wanted.exact_texts
    if texts is None:
        message = f"{place} can only be eq or in"
        raise Invalid(message, issues=[Issue(place, "invalid", message)])
    return texts


@router.post("", operation_id="create-meter", status_code=201)
def create_meter(ctx: Writing, body: MeterCreate) -> MeterOut:
    """Create a meter; it counts events of the past as well."""
    wanted = MeterInput(
        slug=body.key,
        name=body.name,
        aggregation=Aggregation(body.aggregation.upper()),
        event_type=body.event_type,
        value_property=body.value_property,
        group_by=body.dimensions,
        labels=body.labels,
        event_from=body.events_from,
    )
    return to_wire(service.create_meter(ctx, wanted))


@router.get("", operation_id="list-meters")
def list_meters(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[MeterOut]:
    """The meters that pass the filters, one page of them."""
    by = read_sort(sort, ORDERS, Sort("key", descending=False))
    wanted = read_filters(request, {"key": Kind.TEXT, "name": Kind.TEXT})
    rows, total = service.list_meters(
        ctx, order=ORDERS[by.field], descending=by.descending, offset=page.offset, limit=page.size, filters=wanted
    )
    return page.of([to_wire(row) for row in rows], total)


@router.get("/{meterId}", operation_id="get-meter")
def get_meter(ctx: Reading, meterId: str) -> MeterOut:  # noqa: N803 - the contract's name
    """One meter."""
    return to_wire(service.get_meter(ctx, meterId))


@router.put("/{meterId}", operation_id="update-meter")
def update_meter(ctx: Writing, meterId: str, body: MeterUpdate) -> MeterOut:  # noqa: N803 - the contract's name
    """Change name, labels or dimensions; what is measured cannot change."""
    meter = service.get_meter(ctx, meterId)
    given = body.model_fields_set
    change = MeterChange(
        name=body.name if "name" in given else meter.name,
        description=meter.description,
        labels=body.labels if "labels" in given else meter.labels,
        group_by=body.dimensions if body.dimensions is not None else meter.group_by,
    )
    return to_wire(catalog.update_meter(ctx, meter.id, change))


@router.delete("/{meterId}", operation_id="delete-meter", status_code=204)
def delete_meter(ctx: Writing, meterId: str) -> None:  # noqa: N803 - the contract's name
    """Delete a meter that no feature uses; its events are kept."""
    catalog.delete_meter(ctx, meterId)


@router.post("/{meterId}/query", operation_id="query-meter")
def query_meter(ctx: Reading, meterId: str, body: MeterQuery) -> MeterQueryResult:  # noqa: N803 - the contract's name
    """Usage by window and dimension."""
    rows = service.query(ctx, service.get_meter(ctx, meterId), body.from_wire())
    return MeterQueryResult(from_=body.from_, to=body.to, data=[_row_to_wire(row) for row in rows])


def to_wire(meter: Meter) -> MeterOut:
    """A meter as it travels."""
    assert meter.created_at is not None
    assert meter.updated_at is not None
    return MeterOut(
        id=meter.id,
        key=meter.slug,
        name=meter.name,
        aggregation=meter.aggregation.lower(),
        event_type=meter.event_type,
        events_from=meter.event_from,
        value_property=meter.value_property,
        dimensions=meter.group_by,
        labels=meter.labels,
        created_at=meter.created_at,
        updated_at=meter.updated_at,
        deleted_at=meter.deleted_at,
    )


def _row_to_wire(row: UsageRow) -> MeterQueryRow:
    owners = {"subject": row.subject, "customer_id": row.customer_id}
    named = {name: text for name, text in owners.items() if text is not None}
    return MeterQueryRow(
        value=row.value, from_=row.window.start, to=row.window.end, dimensions=named | dict(row.groups)
    )
