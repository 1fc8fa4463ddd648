"""Features: what a customer may use, measured by a meter or not."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.wire.features import FeatureCreateWire, FeatureOut, feature_to_wire
from backend.api.wire import Page, PageQuery, WireRoute
from backend.catalog.filters import FeatureFilter
from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.costs import service as costs
from backend.infra.context import Context

router = APIRouter(prefix="/api/v1/features", tags=["Features"], route_class=WireRoute)

FeatureId = Annotated[str, Path(alias="featureId")]


class FeatureOrder(StrEnum):
    """By what features can be sorted."""

    ID = "id"
    KEY = "key"
    NAME = "name"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"


COLUMNS = {FeatureOrder.CREATED_AT: "created_at", FeatureOrder.UPDATED_AT: "updated_at"}


class FeatureQuery(BaseModel):
    """Which features; with `page` the answer is a page, without it a plain list."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    meter_slug: Annotated[list[str], Field(default_factory=list)]
    include_archived: bool = False
    page: Annotated[int, Query(ge=1, le=1_000_000)] | None = None
    page_size: Annotated[int, Query(ge=1, le=1000)] = 100
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0
    limit: Annotated[int, Query(ge=1, le=1000)] = 100
    order: Annotated[str, Query(pattern="^(ASC|DESC)$")] = "ASC"
    order_by: FeatureOrder = FeatureOrder.CREATED_AT

    def wanted(self) -> FeatureFilter:
        """The list that is asked for."""
        paged = self.page is not None
        return FeatureFilter(
            meter_slugs=tuple(self.meter_slug),
            include_archived=self.include_archived,
            order_by=COLUMNS.get(self.order_by, self.order_by),
            descending=self.order == "DESC",
            offset=((self.page or 1) - 1) * self.page_size if paged else self.offset,
            limit=self.page_size if paged else self.limit,
        )


@router.get("", operation_id="listFeatures")
def list_features(ctx: Reading, query: Annotated[FeatureQuery, Query()]) -> list[FeatureOut] | Page[FeatureOut]:
    """Features in use, or with includeArchived all."""
    found, total = features.list_features(ctx, query.wanted())
    written = _out(ctx, found)
    if query.page is None:
        return written
    return PageQuery(page=query.page, page_size=query.page_size).of(written, total)


@router.post("", operation_id="createFeature", status_code=201)
@checked_by(lambda ctx, body, _: features.check(ctx, body.from_wire()))
def create_feature(ctx: Writing, body: FeatureCreateWire) -> FeatureOut:
    """Create a feature."""
    return _out(ctx, [features.create(ctx, body.from_wire())])[0]


@router.get("/{featureId}", operation_id="getFeature")
def get_feature(ctx: Reading, feature_id: FeatureId) -> FeatureOut:
    """A feature by id or key."""
    return _out(ctx, [features.get(ctx, feature_id)])[0]


@router.delete("/{featureId}", operation_id="deleteFeature", status_code=204)
def delete_feature(ctx: Writing, feature_id: FeatureId) -> None:
    """Archive a feature."""
    features.archive(ctx, feature_id)


def _out(ctx: Context, found: Sequence[Feature]) -> list[FeatureOut]:
    pricings = costs.pricings(ctx, found)
    return [feature_to_wire(feature, pricings.get(feature.id)) for feature in found]
