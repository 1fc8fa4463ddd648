"""Which add-ons a plan offers, from which phase on, and how many of each."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from backend.api.deps import Reading, Writing
from backend.api.v1.routes.plans import PlanId
from backend.api.v1.routes.versions import VersionQuery, key_versions
from backend.api.v1.wire.addons import PlanAddonCreateWire, PlanAddonOut, PlanAddonReplaceWire, offer_to_wire
from backend.api.v1.wire.plans import plan_to_wire
from backend.api.wire import Page, WireRoute
from backend.catalog.filters import OfferFilter
from backend.catalog.service import offers, plans

router = APIRouter(prefix="/api/v1/plans/{planId}/addons", tags=["Plans"], route_class=WireRoute)

PlanAddonId = Annotated[str, Path(alias="planAddonId")]


@router.get("", operation_id="listPlanAddons")
def list_plan_addons(
    ctx: Reading, plan_id: PlanId, query: Annotated[VersionQuery, Query()], request: Request
) -> Page[PlanAddonOut]:
    """What a plan offers, without add-ons that only version 3 can write.

    The filters are about the add-ons; `keyVersion[key]=1` picks versions of a key.
    """
    plan_to_wire(plans.get(ctx, plan_id))
    wanted = OfferFilter(
        ids=tuple(query.id),
        keys=tuple(query.key),
        key_versions=key_versions(request),
        include_deleted=query.include_deleted,
        without_unit_config=True,
        order_by=query.order_by,
        descending=query.order == "DESC",
        offset=query.offset,
        limit=query.page_size,
    )
    found, total = offers.list_offers(ctx, plan_id, wanted)
    return query.of([offer_to_wire(offer) for offer in found], total)


@router.post("", operation_id="createPlanAddon", status_code=201)
def create_plan_addon(ctx: Writing, plan_id: PlanId, body: PlanAddonCreateWire) -> PlanAddonOut:
    """Offer an add-on with a plan."""
    plan_to_wire(plans.get(ctx, plan_id))
    return offer_to_wire(offers.create(ctx, plan_id, body.addon_id, body.terms()))


@router.get("/{planAddonId}", operation_id="getPlanAddon")
def get_plan_addon(ctx: Reading, plan_id: PlanId, plan_addon_id: PlanAddonId) -> PlanAddonOut:
    """One of the add-ons that a plan offers, by the add-on's id or key."""
    return offer_to_wire(offers.get(ctx, plan_id, plan_addon_id))


@router.put("/{planAddonId}", operation_id="updatePlanAddon")
def update_plan_addon(
    ctx: Writing, plan_id: PlanId, plan_addon_id: PlanAddonId, body: PlanAddonReplaceWire
) -> PlanAddonOut:
    """Replace the terms on which a plan offers an add-on, found by the add-on's id or key."""
    plan_to_wire(plans.get(ctx, plan_id))
    return offer_to_wire(offers.update(ctx, plan_id, plan_addon_id, body.terms()))


@router.delete("/{planAddonId}", operation_id="deletePlanAddon", status_code=204)
def delete_plan_addon(ctx: Writing, plan_id: PlanId, plan_addon_id: PlanAddonId) -> None:
    """Offer an add-on, found by its id or key, no longer."""
    offers.delete(ctx, plan_id, plan_addon_id)
