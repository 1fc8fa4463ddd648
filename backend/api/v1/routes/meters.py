"""Meters of version 1, and how much they measured."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from backend.api.deps import Reading, Writing
from backend.api.table import CSV, prefers_csv
from backend.api.v1.wire.customers import SortOrder
from backend.api.v1.wire.meters import (
    GroupValuesQuery,
    MeterCreate,
    MeterListQuery,
    MeterOut,
    MeterQuery,
    MeterQueryParameters,
    MeterQueryResult,
    MeterUpdate,
    SubjectQuery,
    result_to_csv,
    result_to_wire,
    to_wire,
)
from backend.api.wire import WireRoute
from backend.catalog import service as catalog
from backend.customers import subjects
from backend.infra import progress
from backend.infra.context import Context
from backend.metering import service

router = APIRouter(prefix="/api/v1/meters", tags=["Meters"], route_class=WireRoute)
IdOrSlug = Annotated[str, Path(alias="meterIdOrSlug", min_length=1, max_length=64)]


@router.post("", operation_id="createMeter", status_code=201)
def create_meter(ctx: Writing, body: MeterCreate) -> MeterOut:
    """Create a meter; it counts events of the past as well."""
    return to_wire(service.create_meter(ctx, body.from_wire()))


@router.get("", operation_id="listMeters")
def list_meters(ctx: Reading, query: Annotated[MeterListQuery, Query()]) -> list[MeterOut]:
    """The meters, one page of them."""
    rows, _ = service.list_meters(
        ctx,
        order=query.order_by,
        descending=query.order is SortOrder.DESC,
        include_deleted=query.include_deleted,
        offset=query.offset,
        limit=query.page_size,
    )
    return [to_wire(row) for row in rows]


@router.get("/{meterIdOrSlug}", operation_id="getMeter")
def get_meter(ctx: Reading, id_or_slug: IdOrSlug) -> MeterOut:
    """One meter."""
    return to_wire(service.get_meter(ctx, id_or_slug))


@router.put("/{meterIdOrSlug}", operation_id="updateMeter")
def update_meter(ctx: Writing, id_or_slug: IdOrSlug, body: MeterUpdate) -> MeterOut:
    """Replace name, description, metadata and dimensions; what is measured cannot change."""
    return to_wire(catalog.update_meter(ctx, id_or_slug, body.from_wire()))


@router.delete("/{meterIdOrSlug}", operation_id="deleteMeter", status_code=204)
def delete_meter(ctx: Writing, id_or_slug: IdOrSlug) -> None:
    """Delete a meter that no feature uses; its events are kept."""
    catalog.delete_meter(ctx, id_or_slug)


@router.get("/{meterIdOrSlug}/query", operation_id="queryMeter", responses=CSV, response_model=MeterQueryResult)
def query_meter(
    ctx: Reading, request: Request, id_or_slug: IdOrSlug, query: Annotated[MeterQueryParameters, Query()]
) -> MeterQueryResult | Response:
    """Usage by window and group, as JSON or, with `Accept: text/csv`, as a table."""
    return _answer(ctx, request, id_or_slug, query)


@router.post("/{meterIdOrSlug}/query", operation_id="queryMeterPost", responses=CSV, response_model=MeterQueryResult)
def query_meter_post(
    ctx: Reading, request: Request, id_or_slug: IdOrSlug, body: MeterQuery | None = None
) -> MeterQueryResult | Response:
    """The same question in a body, where a dimension can be filtered by several values."""
    return _answer(ctx, request, id_or_slug, body or MeterQuery())


@router.get("/{meterIdOrSlug}/subjects", operation_id="listMeterSubjects")
def list_meter_subjects(ctx: Reading, id_or_slug: IdOrSlug, query: Annotated[SubjectQuery, Query()]) -> Sequence[str]:
    """The subjects that have events of this meter."""
    return service.subjects_of(ctx, service.get_meter(ctx, id_or_slug), query.from_, query.to)


@router.get("/{meterIdOrSlug}/group-by/{groupByKey}/values", operation_id="listMeterGroupByValues")
def list_group_by_values(
    ctx: Reading,
    id_or_slug: IdOrSlug,
    key: Annotated[str, Path(alias="groupByKey")],
    query: Annotated[GroupValuesQuery, Query()],
) -> list[str]:
    """The texts that a dimension of the meter had."""
    period = query.period(ctx.now)
    return service.group_values(ctx, service.get_meter(ctx, id_or_slug), key, period.start, period.end, query.search)


def _answer(ctx: Context, request: Request, id_or_slug: str, asked: MeterQuery) -> MeterQueryResult | Response:
    with progress.followed(ctx, asked.client_id):
        meter = service.get_meter(ctx, id_or_slug)
        rows = service.query(ctx, meter, asked.from_wire())
    if prefers_csv(request):
        names = subjects.display_names(ctx, {row.subject for row in rows if row.subject is not None})
        return result_to_csv(meter.slug, asked, rows, names)
    return result_to_wire(asked, rows)
