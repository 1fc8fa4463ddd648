"""Which add-ons a plan of version 3 offers, from which phase on, and how many of each."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field, StrictInt

from backend.api.deps import Reading, Writing
from backend.api.v3.plans import PlanId
from backend.api.v3.rate_cards import Reference
from backend.api.v3.versions import CatalogValidationError, issues_to_wire
from backend.api.v3.wire import (
    PREFIX,
    Description,
    LabelMap,
    Name,
    Paged,
    PagedQuery,
    Snake,
    SnakeInput,
    labels_to_wire,
)
from backend.api.wire import Instant, Key, WireRoute
from backend.catalog.addon_rows import Offer
from backend.catalog.filters import OfferFilter
from backend.catalog.service import offers
from backend.catalog.terms import OfferTerms

router = APIRouter(
    prefix=f"{PREFIX}/plans/{{planId}}/addons", tags=["OpenMeter Product Catalog"], route_class=WireRoute
)

PlanAddonId = Annotated[str, Path(alias="planAddonId")]
MOST = 2**31 - 1


class PlanAddonUpsert(SnakeInput):
    """On which terms a plan offers an add-on; without a largest quantity, any number of it."""

    name: Name
    description: Description | None = None
    labels: LabelMap | None = None
    from_plan_phase: Key
    max_quantity: Annotated[StrictInt, Field(ge=1, le=MOST)] | None = None

    def terms(self) -> OfferTerms:
        """The terms of the offer."""
        return OfferTerms(
            from_phase=self.from_plan_phase,
            max_quantity=self.max_quantity,
            name=self.name,
            description=self.description,
            labels=self.labels or {},
        )


class PlanAddonCreate(PlanAddonUpsert):
    """An add-on that a plan is to offer."""

    addon: Reference


class PlanAddonOut(Snake):
    """An add-on that a plan offers; one that was offered without a name is called like the add-on."""

    id: str
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    addon: Reference
    from_plan_phase: str
    max_quantity: int | None = None
    validation_errors: list[CatalogValidationError] | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None


@router.post("", operation_id="create-plan-addon", status_code=201)
def create_plan_addon(ctx: Writing, plan_id: PlanId, body: PlanAddonCreate) -> PlanAddonOut:
    """Offer an add-on with a plan."""
    return _to_wire(offers.create(ctx, plan_id, body.addon.id, body.terms()))


@router.get("", operation_id="list-plan-addons")
def list_plan_addons(ctx: Reading, plan_id: PlanId, page: Annotated[PagedQuery, Query()]) -> Paged[PlanAddonOut]:
    """What a plan offers, oldest first, one page of it."""
    found, total = offers.list_offers(ctx, plan_id, OfferFilter(offset=page.offset, limit=page.size))
    return page.of([_to_wire(offer) for offer in found], total)


@router.get("/{planAddonId}", operation_id="get-plan-addon")
def get_plan_addon(ctx: Reading, plan_id: PlanId, plan_addon_id: PlanAddonId) -> PlanAddonOut:
    """One of the add-ons that a plan offers."""
    return _to_wire(offers.get(ctx, plan_id, plan_addon_id))


@router.put("/{planAddonId}", operation_id="update-plan-addon")
def update_plan_addon(ctx: Writing, plan_id: PlanId, plan_addon_id: PlanAddonId, body: PlanAddonUpsert) -> PlanAddonOut:
    """Replace the terms on which a plan offers an add-on."""
    return _to_wire(offers.update(ctx, plan_id, plan_addon_id, body.terms()))


@router.delete("/{planAddonId}", operation_id="delete-plan-addon", status_code=204)
def delete_plan_addon(ctx: Writing, plan_id: PlanId, plan_addon_id: PlanAddonId) -> None:
    """Offer an add-on no longer."""
    offers.delete(ctx, plan_id, plan_addon_id)


def _to_wire(offer: Offer) -> PlanAddonOut:
    row, terms = offer.row, offer.terms
    assert row.created_at is not None
    assert row.updated_at is not None
    return PlanAddonOut(
        id=row.id,
        name=terms.name or offer.addon.terms.name,
        description=terms.description,
        labels=labels_to_wire(terms.labels),
        addon=Reference(id=row.addon_id),
        from_plan_phase=terms.from_phase,
        max_quantity=terms.max_quantity,
        validation_errors=issues_to_wire(offer.issues),
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )
