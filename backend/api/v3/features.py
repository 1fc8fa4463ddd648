"""Features of version 3, and what their usage costs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.meter_query import MeterQuery, dimensions_of
from backend.api.v3.unit_costs import UnitCostWire, unit_cost_to_wire
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
from backend.api.wire import Instant, Key, Text, WireRoute
from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.catalog.terms import FeatureInput
from backend.catalog.unit_cost import from_document
from backend.costs import service as costs
from backend.costs.service import CostRow
from backend.engine.cost.price import TokenPricing
from backend.engine.cost.unit_cost import CURRENCY
from backend.engine.meter.narrowing import narrowing, written
from backend.infra.context import Context

router = APIRouter(prefix=f"{PREFIX}/features", tags=["OpenMeter Features"], route_class=WireRoute)
ORDERS = ("key", "name", "created_at", "updated_at")
FIELDS = {"meter_id": Kind.ULID, "key": Kind.TEXT, "name": Kind.TEXT}


class FeatureMeter(SnakeInput):
    """What measures a feature, and what its dimensions must be."""

    id: str
    filters: Annotated[dict[str, dict[str, Any]], Field(default_factory=dict, max_length=10)]


class FeatureCreate(SnakeInput):
    """A feature to be made."""

    key: Key
    name: Name
    description: Description | None = None
    labels: LabelMap | None = None
    meter: FeatureMeter | None = None
    unit_cost: UnitCostWire | None = None

    def from_wire(self) -> FeatureInput:
        """As the catalog takes it."""
        return FeatureInput(
            key=self.key,
            name=self.name,
            meter=self.meter.id if self.meter else None,
            meter_filters=self.meter.filters if self.meter else {},
            labels=self.labels or {},
            description=self.description,
            unit_cost=self.unit_cost.from_wire() if self.unit_cost else None,
        )


class FeatureUpdate(SnakeInput):
    """What changes about a feature: its unit cost. Null takes it back, nothing leaves it."""

    unit_cost: UnitCostWire | None = None


class FeatureOut(Snake):
    """A feature; an archived one counts as deleted."""

    id: str
    key: str
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    meter: FeatureMeter | None = None
    unit_cost: UnitCostWire | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


class FeatureCostRow(Snake):
    """The usage of one window by one group and its cost; without a price the cost is null and the detail says why."""

    usage: Text
    cost: Text | None
    currency: str
    detail: str | None = None
    from_: datetime = Field(alias="from")
    to: datetime
    dimensions: dict[str, str]


class FeatureCostResult(Snake):
    """What a feature's usage costs, with the question it belongs to."""

    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    data: list[FeatureCostRow]


@router.post("", operation_id="create-feature", status_code=201)
@checked_by(lambda ctx, body, _: features.check(ctx, body.from_wire()))
def create_feature(ctx: Writing, body: FeatureCreate) -> FeatureOut:
    """Create a feature."""
    return _out(ctx, [features.create(ctx, body.from_wire())])[0]


@router.get("", operation_id="list-features")
def list_features(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[FeatureOut]:
    """The features in use that pass the filters, one page of them."""
    by = read_sort(sort, ORDERS, Sort("created_at", descending=False))
    wanted = FeatureFilter(
        columns=read_filters(request, FIELDS),
        order_by=by.field,
        descending=by.descending,
        offset=page.offset,
        limit=page.size,
    )
    rows, total = features.list_features(ctx, wanted)
    return page.of(_out(ctx, rows), total)


@router.get("/{featureId}", operation_id="get-feature")
def get_feature(ctx: Reading, featureId: str) -> FeatureOut:  # noqa: N803 - the contract's name
    """A feature by id or key, also an archived one."""
    return _out(ctx, [features.get(ctx, featureId)])[0]


@router.patch("/{featureId}", operation_id="update-feature")
def update_feature(ctx: Writing, featureId: str, body: FeatureUpdate) -> FeatureOut:  # noqa: N803 - as above
    """Change what one unit costs; nothing else about a feature changes."""
    if "unit_cost" not in body.model_fields_set:
        return _out(ctx, [features.get(ctx, featureId)])[0]
    cost = body.unit_cost.from_wire() if body.unit_cost else None
    return _out(ctx, [features.update_unit_cost(ctx, featureId, cost)])[0]


@router.delete("/{featureId}", operation_id="delete-feature", status_code=204)
def delete_feature(ctx: Writing, featureId: str) -> None:  # noqa: N803 - the contract's name
    """Archive a feature."""
    features.archive(ctx, featureId)


@router.post("/{featureId}/cost/query", operation_id="query-feature-cost")
def query_feature_cost(
    ctx: Reading,
    featureId: str,  # noqa: N803 - the contract's name
    body: MeterQuery | None = None,
) -> FeatureCostResult:
    """What the usage of a feature costs the seller, the dearest row first."""
    asked = body or MeterQuery()
    rows = costs.query(ctx, featureId, asked.from_wire())
    return FeatureCostResult(from_=asked.from_, to=asked.to, data=[_cost_to_wire(row) for row in rows])


def _out(ctx: Context, found: Sequence[Feature]) -> list[FeatureOut]:
    pricings = costs.pricings(ctx, found)
    return [_to_wire(feature, pricings.get(feature.id)) for feature in found]


def _to_wire(feature: Feature, pricing: TokenPricing | None) -> FeatureOut:
    assert feature.created_at is not None
    assert feature.updated_at is not None
    filters = {name: written(found, sign="") for name, found in narrowing(feature.meter_filters).items()}
    return FeatureOut.model_construct(
        id=feature.id,
        key=feature.key,
        name=feature.name,
        description=feature.description,
        labels=labels_to_wire(feature.labels),
        meter=FeatureMeter(id=feature.meter_id, filters=filters) if feature.meter_id else None,
        unit_cost=unit_cost_to_wire(from_document(feature.unit_cost), pricing),
        created_at=feature.created_at,
        updated_at=feature.updated_at,
        deleted_at=feature.archived_at,
    )


def _cost_to_wire(row: CostRow) -> FeatureCostRow:
    return FeatureCostRow(
        usage=row.usage.value,
        cost=row.cost,
        currency=CURRENCY,
        detail=row.detail,
        from_=row.usage.window.start,
        to=row.usage.window.end,
        dimensions=dimensions_of(row.usage),
    )
