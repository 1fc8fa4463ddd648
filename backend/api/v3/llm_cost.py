"""Prices of language models in version 3, and what a namespace says instead."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.unit_costs import Pricing, pricing_to_wire
from backend.api.v3.wire import PREFIX, Paged, PagedQuery, Snake, SnakeInput, Sort, read_sort
from backend.api.wire import Instant, WireRoute
from backend.costs import service
from backend.costs.models import ModelPrice
from backend.costs.service import PriceFilter, PriceInput, PriceOrder

router = APIRouter(prefix=f"{PREFIX}/llm-cost", tags=["OpenMeter LLM Cost"], route_class=WireRoute)

FIELDS = dict.fromkeys(("provider", "model_id", "model_name", "currency", "source"), Kind.TEXT)
ORDERS = {
    "id": PriceOrder.ID,
    "provider.id": PriceOrder.PROVIDER,
    "model.id": PriceOrder.MODEL,
    "effective_from": PriceOrder.EFFECTIVE_FROM,
    "effective_to": PriceOrder.EFFECTIVE_TO,
}
ModelName = Annotated[str, Field(min_length=1, max_length=256)]


class OverrideCreate(SnakeInput):
    """What a model costs in this namespace from a moment on."""

    provider: ModelName
    model_id: ModelName
    model_name: ModelName | None = None
    pricing: Pricing
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    effective_from: Instant
    effective_to: Instant | None = None

    def from_wire(self) -> PriceInput:
        """As the service takes it."""
        return PriceInput(
            provider=self.provider,
            model=self.model_id,
            pricing=self.pricing.from_wire(),
            start=self.effective_from,
            end=self.effective_to,
            model_name=self.model_name,
            currency=self.currency,
        )


class Named(Snake):
    """A provider or a model."""

    id: str
    name: str


class PriceOut(Snake):
    """What one token of a model costs, and since when."""

    id: str
    provider: Named
    model: Named
    pricing: Pricing
    currency: str
    source: str
    effective_from: datetime
    effective_to: datetime | None = None
    created_at: datetime
    updated_at: datetime


@router.get("/prices", operation_id="list-llm-cost-prices")
def list_prices(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[PriceOut]:
    """The prices that pass the filters, one page of them."""
    by = read_sort(sort, ORDERS, Sort("model.id", descending=False))
    wanted = _wanted(request, page, by)
    rows, total = service.list_prices(ctx, wanted)
    return page.of([_to_wire(row) for row in rows], total)


@router.get("/prices/{priceId}", operation_id="get-llm-cost-price")
def get_price(ctx: Reading, priceId: str) -> PriceOut:  # noqa: N803 - the contract's name
    """One price."""
    return _to_wire(service.get_price(ctx, priceId))


@router.get("/overrides", operation_id="list-llm-cost-overrides")
def list_overrides(ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()]) -> Paged[PriceOut]:
    """The prices that the namespace set itself and that pass the filters, one page of them."""
    rows, total = service.list_overrides(ctx, _wanted(request, page, Sort("model.id", descending=False)))
    return page.of([_to_wire(row) for row in rows], total)


@router.post("/overrides", operation_id="create-llm-cost-override", status_code=201)
def create_override(ctx: Writing, body: OverrideCreate) -> PriceOut:
    """Say what a model costs; it comes before every other price of that model."""
    return _to_wire(service.set_override(ctx, body.from_wire()))


@router.delete("/overrides/{priceId}", operation_id="delete-llm-cost-override", status_code=204)
def delete_override(ctx: Writing, priceId: str) -> None:  # noqa: N803 - the contract's name
    """Take back what was said about a model."""
    service.delete_override(ctx, priceId)


def _wanted(request: Request, page: PagedQuery, by: Sort) -> PriceFilter:
    return PriceFilter(
        columns=read_filters(request, FIELDS),
        order=ORDERS[by.field],
        descending=by.descending,
        offset=page.offset,
        limit=page.size,
    )


def _to_wire(price: ModelPrice) -> PriceOut:
    assert price.created_at is not None
    assert price.updated_at is not None
    return PriceOut(
        id=price.id,
        provider=Named(id=price.provider, name=price.provider),
        model=Named(id=price.model_id, name=price.model_name),
        pricing=pricing_to_wire(price.list_price.pricing),
        currency=price.currency,
        source=price.source,
        effective_from=price.effective_from,
        effective_to=price.effective_to,
        created_at=price.created_at,
        updated_at=price.updated_at,
    )
