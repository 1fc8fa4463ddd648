"""Add-ons: drafts, versions on sale, and their end."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.routes.versions import VersionQuery, key_versions
from backend.api.v1.wire.addons import AddonCreateWire, AddonOut, AddonReplaceWire, addon_to_wire
from backend.api.wire import Page, WireRoute
from backend.catalog.filters import AddonFilter
from backend.catalog.service import addons
from backend.engine.subscribe.status import AddonStatus

router = APIRouter(prefix="/api/v1/addons", tags=["Add-ons"], route_class=WireRoute)

AddonId = Annotated[str, Path(alias="addonId")]


class AddonQuery(VersionQuery):
    """Which versions of add-ons."""

    status: Annotated[list[AddonStatus], Field(default_factory=list)]
    currency: Annotated[list[str], Field(default_factory=list)]


@router.get("", operation_id="listAddons")
def list_addons(ctx: Reading, query: Annotated[AddonQuery, Query()], request: Request) -> Page[AddonOut]:
    """Versions of add-ons, without those that only version 3 can write; `keyVersion[key]=1` picks versions of a key."""
    wanted = AddonFilter(
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
    found, total = addons.list_addons(ctx, wanted)
    return query.of([addon_to_wire(addon) for addon in found], total)


@router.post("", operation_id="createAddon", status_code=201)
@checked_by(lambda ctx, body, _: addons.check(ctx, body.from_wire()))
def create_addon(ctx: Writing, body: AddonCreateWire) -> AddonOut:
    """Create a draft: the first version of a key, or the next one."""
    return addon_to_wire(addons.create(ctx, body.from_wire()))


@router.get("/{addonId}", operation_id="getAddon")
def get_addon(
    ctx: Reading, addon_id: AddonId, include_latest: Annotated[bool, Query(alias="includeLatest")] = False
) -> AddonOut:
    """A version by id; by key the one on sale, or with includeLatest the newest."""
    return addon_to_wire(addons.get(ctx, addon_id, latest=include_latest))


@router.put("/{addonId}", operation_id="updateAddon")
@checked_by(lambda ctx, body, path: addons.check_update(ctx, path["addonId"], body.terms()))
def update_addon(ctx: Writing, addon_id: AddonId, body: AddonReplaceWire) -> AddonOut:
    """Replace a draft."""
    addon_to_wire(addons.get(ctx, addon_id))
    return addon_to_wire(addons.update(ctx, addon_id, body.terms()))


@router.delete("/{addonId}", operation_id="deleteAddon", status_code=204)
def delete_addon(ctx: Writing, addon_id: AddonId) -> None:
    """Remove a version that is not on sale and that no plan offers."""
    addons.delete(ctx, addon_id)


@router.post("/{addonId}/publish", operation_id="publishAddon")
def publish_addon(ctx: Writing, addon_id: AddonId) -> AddonOut:
    """Put a draft on sale in place of the version before it."""
    return addon_to_wire(addons.publish(ctx, addon_id))


@router.post("/{addonId}/archive", operation_id="archiveAddon")
def archive_addon(ctx: Writing, addon_id: AddonId) -> AddonOut:
    """End the sale of a version."""
    return addon_to_wire(addons.archive(ctx, addon_id))
