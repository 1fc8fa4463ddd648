"""Meters of version 3, and how much they measured."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.table import CSV, prefers_csv
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.meter_query import MeterQuery, MeterQueryResult, result_to_csv, result_to_wire
from backend.api.v3.wire import (
    PREFIX,
    Description,
    LabelMap,
    Name,
    Paged,
    PagedQuery,
    Snake,
    SnakeInput,
    Sort,
    labels_to_wire,
    read_sort,
)
from backend.api.wire import Instant, Key, WireRoute
from backend.catalog import service as catalog
from backend.engine.meter.definition import Aggregation
from backend.metering import service
from backend.metering.models import Meter
from backend.metering.service import MeterChange, MeterInput, MeterOrder

router = APIRouter(prefix=f"{PREFIX}/meters", tags=["Meters"], route_class=WireRoute)

ORDERS = {
    "key": MeterOrder.KEY,
    "name": MeterOrder.NAME,
    "aggregation": MeterOrder.AGGREGATION,
    "created_at": MeterOrder.CREATED_AT,
    "updated_at": MeterOrder.UPDATED_AT,
}


class MeterCreate(SnakeInput):
    """A meter to be made."""

    key: Key
    name: Name
    description: Description | None = None
    aggregation: str = Field(pattern="^(sum|count|unique_count|avg|min|max|latest)$")
    event_type: Annotated[str, Field(min_length=1, max_length=1024)]
    labels: LabelMap | None = None
    events_from: Instant | None = None
    value_property: Annotated[str, Field(min_length=1)] | None = None
    dimensions: dict[str, str] = Field(default_factory=dict)


class MeterUpdate(SnakeInput):
    """What changes about a meter; what is left out stays."""

    name: Name | None = None
    description: Description | None = None
    labels: LabelMap | None = None
    dimensions: dict[str, str] | None = None


class MeterOut(Snake):
    """A meter."""

    id: str
    key: str
    name: str
    description: str | None = None
    aggregation: str
    event_type: str
    events_from: datetime | None = None
    value_property: str | None = None
    dimensions: dict[str, str]
    labels: dict[str, str] | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


@router.post("", operation_id="create-meter", status_code=201)
def create_meter(ctx: Writing, body: MeterCreate) -> MeterOut:
    """Create a meter; it counts events of the past as well."""
    wanted = MeterInput(
        slug=body.key,
        name=body.name,
        description=body.description,
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
    by = read_sort(sort, ORDERS, Sort("created_at", descending=False))
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
        description=body.description if "description" in given else meter.description,
        labels=body.labels if "labels" in given else meter.labels,
        group_by=body.dimensions if body.dimensions is not None else meter.group_by,
    )
    return to_wire(catalog.update_meter(ctx, meter.id, change))


@router.delete("/{meterId}", operation_id="delete-meter", status_code=204)
def delete_meter(ctx: Writing, meterId: str) -> None:  # noqa: N803 - the contract's name
    """Delete a meter that no feature uses; its events are kept."""
    catalog.delete_meter(ctx, meterId)


@router.post("/{meterId}/query", operation_id="query-meter", responses=CSV, response_model=MeterQueryResult)
def query_meter(
    ctx: Reading,
    request: Request,
    meterId: str,  # noqa: N803 - the contract's name
    body: MeterQuery,
) -> MeterQueryResult | Response:
    """Usage by window and dimension, as JSON or, with `Accept: text/csv`, as a table."""
    meter = service.get_meter(ctx, meterId)
    rows = service.query(ctx, meter, body.from_wire())
    if prefers_csv(request):
        return result_to_csv(ctx, meter.slug, body, rows)
    return result_to_wire(body, rows)


def to_wire(meter: Meter) -> MeterOut:
    """A meter as it travels."""
    assert meter.created_at is not None
    assert meter.updated_at is not None
    return MeterOut(
        id=meter.id,
        key=meter.slug,
        name=meter.name,
        description=meter.description,
        aggregation=meter.aggregation.lower(),
        event_type=meter.event_type,
        events_from=meter.event_from,
        value_property=meter.value_property,
        dimensions=meter.group_by,
        labels=labels_to_wire(meter.labels),
        created_at=meter.created_at,
        updated_at=meter.updated_at,
        deleted_at=meter.deleted_at,
    )
