"""Plans: drafts, versions on sale, and their end."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.routes.versions import VersionQuery, key_versions
from backend.api.v1.wire.plans import PlanCreateWire, PlanOut, PlanReplaceWire, plan_to_wire
from backend.api.wire import Page, WireRoute
from backend.catalog.filters import PlanFilter
from backend.catalog.service import plans
from backend.engine.subscribe.status import PlanStatus

router = APIRouter(prefix="/api/v1/plans", tags=["Plans"], route_class=WireRoute)

PlanId = Annotated[str, Path(alias="planId")]


class PlanQuery(VersionQuery):
    """Which plan versions."""

    status: Annotated[list[PlanStatus], Field(default_factory=list)]
    currency: Annotated[list[str], Field(default_factory=list)]


@router.get("", operation_id="listPlans")
def list_plans(ctx: Reading, query: Annotated[PlanQuery, Query()], request: Request) -> Page[PlanOut]:
    """Plan versions, without those that only version 3 can write; `keyVersion[key]=1` picks versions of a key."""
    wanted = PlanFilter(
        ids=tuple(query.id),
        keys=tuple(query.key),
        key_versions=key_versions(request),
        statuses=tuple(query.status),
        currencies=tuple(query.currency),
        include_deleted=query.include_deleted,
        without_unit_config=True,
        order_by=query.order_by,
        descending=query.order == "DESC",
        offset=query.offset,
        limit=query.page_size,
    )
    found, total = plans.list_plans(ctx, wanted)
    return query.of([plan_to_wire(plan) for plan in found], total)


@router.post("", operation_id="createPlan", status_code=201)
@checked_by(lambda ctx, body, _: plans.check(ctx, body.from_wire()))
def create_plan(ctx: Writing, body: PlanCreateWire) -> PlanOut:
    """Create a draft: the first version of a key, or the next one."""
    return plan_to_wire(plans.create(ctx, body.from_wire()))


@router.get("/{planId}", operation_id="getPlan")
def get_plan(
    ctx: Reading, plan_id: PlanId, include_latest: Annotated[bool, Query(alias="includeLatest")] = False
) -> PlanOut:
    """A version by id; by key the one on sale, or with includeLatest the newest."""
    return plan_to_wire(plans.get(ctx, plan_id, latest=include_latest))


@router.put("/{planId}", operation_id="updatePlan")
@checked_by(lambda ctx, body, path: plans.check_update(ctx, path["planId"], body.terms()))
def update_plan(ctx: Writing, plan_id: PlanId, body: PlanReplaceWire) -> PlanOut:
    """Replace a draft."""
    plan_to_wire(plans.get(ctx, plan_id))
    return plan_to_wire(plans.update(ctx, plan_id, body.terms()))


@router.delete("/{planId}", operation_id="deletePlan", status_code=204)
def delete_plan(ctx: Writing, plan_id: PlanId) -> None:
    """Remove a version that is not on sale."""
    plans.delete(ctx, plan_id)


@router.post("/{planId}/publish", operation_id="publishPlan")
def publish_plan(ctx: Writing, plan_id: PlanId) -> PlanOut:
    """Put a draft on sale in place of the version before it."""
    return plan_to_wire(plans.publish(ctx, plan_id))


@router.post("/{planId}/archive", operation_id="archivePlan")
def archive_plan(ctx: Writing, plan_id: PlanId) -> PlanOut:
    """End the sale of a version."""
    return plan_to_wire(plans.archive(ctx, plan_id))


@router.post("/{planIdOrKey}/next", operation_id="nextPlan", status_code=201, deprecated=True)
def next_plan(ctx: Writing, id_or_key: Annotated[str, Path(alias="planIdOrKey")]) -> PlanOut:
    """Copy a version into a new draft."""
    return plan_to_wire(plans.next_version(ctx, id_or_key))
