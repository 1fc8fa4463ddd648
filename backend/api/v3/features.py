"""Features of version 3."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.v3.filters import read_filters
from backend.api.v3.wire import PREFIX, LabelMap, Name, Paged, PagedQuery, Snake, SnakeInput, Sort, read_sort
from backend.api.wire import Key, WireRoute
from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.catalog.terms import FeatureInput

router = APIRouter(prefix=f"{PREFIX}/features", tags=["OpenMeter Features"], route_class=WireRoute)
ORDERS = ("id", "key", "name", "created_at", "updated_at")


class Equals(SnakeInput):
    """The text that a dimension must have."""

    eq: Annotated[str, Field(min_length=1)]


class FeatureMeter(SnakeInput):
    """What measures a feature, and which of its dimensions count."""

    id: str
    filters: Annotated[dict[str, Equals], Field(default_factory=dict, max_length=10)]


class FeatureCreate(SnakeInput):
    """A feature to be made."""

    key: Key
    name: Name
    labels: LabelMap | None = None
    meter: FeatureMeter | None = None


class FeatureOut(Snake):
    """A feature; an archived one counts as deleted."""

    id: str
    key: str
    name: str
    labels: dict[str, str] | None = None
    meter: FeatureMeter | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


@router.post("", operation_id="create-feature", status_code=201)
def create_feature(ctx: Writing, body: FeatureCreate) -> FeatureOut:
    """Create a feature."""
    filters = {name: wanted.eq for name, wanted in body.meter.filters.items()} if body.meter else {}
    meter = body.meter.id if body.meter else None
    return _to_wire(features.create(ctx, FeatureInput(body.key, body.name, meter, filters, body.labels or {})))


@router.get("", operation_id="list-features")
def list_features(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[FeatureOut]:
    """Features in use, one page of them."""
    read_filters(request, {})
    by = read_sort(sort, ORDERS, Sort("created_at", descending=False))
    wanted = FeatureFilter(order_by=by.field, descending=by.descending, offset=page.offset, limit=page.size)
    rows, total = features.list_features(ctx, wanted)
    return page.of([_to_wire(row) for row in rows], total)


@router.get("/{featureId}", operation_id="get-feature")
def get_feature(ctx: Reading, featureId: str) -> FeatureOut:  # noqa: N803 - the contract's name
    """A feature by id or key."""
    return _to_wire(features.get(ctx, featureId))


@router.delete("/{featureId}", operation_id="delete-feature", status_code=204)
def delete_feature(ctx: Writing, featureId: str) -> None:  # noqa: N803 - the contract's name
    """Archive a feature."""
    features.archive(ctx, featureId)


def _to_wire(feature: Feature) -> FeatureOut:
    assert feature.created_at is not None
    assert feature.updated_at is not None
    filters = {name: Equals(eq=text) for name, text in feature.meter_filters.items()}
    return FeatureOut(
        id=feature.id,
        key=feature.key,
        name=feature.name,
        labels=dict(feature.labels) or None,
        meter=FeatureMeter(id=feature.meter_id, filters=filters) if feature.meter_id else None,
        created_at=feature.created_at,
        updated_at=feature.updated_at,
        deleted_at=feature.archived_at,
    )
