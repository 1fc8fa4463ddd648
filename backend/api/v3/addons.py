"""Add-ons of version 3: drafts, versions on sale, and their end."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v3.rate_cards import RateCardInput, RateCardOut, rate_cards_from_wire, rate_cards_to_wire
from backend.api.v3.versions import CatalogValidationError, issues_to_wire, read_version_filters
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
from backend.catalog.addon_rows import AddonVersion
from backend.catalog.filters import AddonFilter
from backend.catalog.models import InstanceType
from backend.catalog.service import addons
from backend.catalog.terms import MOST_RATE_CARDS, AddonInput, AddonTerms
from backend.engine.subscribe.status import AddonStatus

router = APIRouter(prefix=f"{PREFIX}/addons", tags=["OpenMeter Product Catalog"], route_class=WireRoute)

AddonId = Annotated[str, Path(alias="addonId")]
ORDERS = ("id", "key", "name", "version", "created_at", "updated_at")


class AddonUpsert(SnakeInput):
    """Everything of a draft that an update replaces; what is left out is cleared."""

    name: Name
    description: Description | None = None
    labels: LabelMap | None = None
    instance_type: InstanceType
    rate_cards: Annotated[list[RateCardInput], Field(max_length=MOST_RATE_CARDS)]

    def terms(self) -> AddonTerms:
        """The terms of the add-on."""
        return AddonTerms(
            name=self.name,
            instance_type=self.instance_type,
            rate_cards=rate_cards_from_wire(self.rate_cards),
            description=self.description,
            labels=self.labels or {},
        )


class AddonCreate(AddonUpsert):
    """A new add-on, or the next version of one."""

    key: Key
    currency: str

    def from_wire(self) -> AddonInput:
        """The add-on to create."""
        return AddonInput(self.key, self.currency, self.terms())


class AddonOut(Snake):
    """One version of an add-on."""

    id: str
    key: str
    version: int
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    currency: str
    instance_type: InstanceType
    status: AddonStatus
    effective_from: Instant | None = None
    effective_to: Instant | None = None
    rate_cards: list[RateCardOut]
    validation_errors: list[CatalogValidationError] | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None


@router.post("", operation_id="create-addon", status_code=201)
@checked_by(lambda ctx, body, _: addons.check(ctx, body.from_wire()))
def create_addon(ctx: Writing, body: AddonCreate) -> AddonOut:
    """Create a draft: the first version of a key, or the next one."""
    return _to_wire(addons.create(ctx, body.from_wire()))


@router.get("", operation_id="list-addons")
def list_addons(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[AddonOut]:
    """The versions of add-ons that pass the filters, one page of them."""
    by = read_sort(sort, ORDERS, Sort("created_at", descending=False))
    filters = read_version_filters(request, AddonStatus, "id")
    if filters.statuses == ():
        return page.of([], 0)
    wanted = AddonFilter(
        columns=filters.columns,
        statuses=filters.statuses or (),
        order_by=by.field,
        descending=by.descending,
        offset=page.offset,
        limit=page.size,
    )
    found, total = addons.list_addons(ctx, wanted)
    return page.of([_to_wire(addon) for addon in found], total)


@router.get("/{addonId}", operation_id="get-addon")
def get_addon(ctx: Reading, addon_id: AddonId) -> AddonOut:
    """A version by id, also a deleted one; by key the one on sale."""
    return _to_wire(addons.get(ctx, addon_id))


@router.put("/{addonId}", operation_id="update-addon")
@checked_by(lambda ctx, body, path: addons.check_update(ctx, path["addonId"], body.terms()))
def update_addon(ctx: Writing, addon_id: AddonId, body: AddonUpsert) -> AddonOut:
    """Replace a draft; its key and currency stay."""
    return _to_wire(addons.update(ctx, addon_id, body.terms()))


@router.delete("/{addonId}", operation_id="delete-addon", status_code=204)
def delete_addon(ctx: Writing, addon_id: AddonId) -> None:
    """Remove a version that is not on sale and that no plan offers."""
    addons.delete(ctx, addon_id)


@router.post("/{addonId}/publish", operation_id="publish-addon")
def publish_addon(ctx: Writing, addon_id: AddonId) -> AddonOut:
    """Put a draft on sale in place of the version before it."""
    return _to_wire(addons.publish(ctx, addon_id))


@router.post("/{addonId}/archive", operation_id="archive-addon")
def archive_addon(ctx: Writing, addon_id: AddonId) -> AddonOut:
    """End the sale of a version."""
    return _to_wire(addons.archive(ctx, addon_id))


def _to_wire(addon: AddonVersion) -> AddonOut:
    row, terms = addon.row, addon.terms
    assert row.created_at is not None
    assert row.updated_at is not None
    return AddonOut(
        id=row.id,
        key=row.key,
        version=row.version,
        name=row.name,
        description=row.description,
        labels=labels_to_wire(row.labels),
        currency=row.currency,
        instance_type=terms.instance_type,
        status=addon.status,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        rate_cards=rate_cards_to_wire(terms.rate_cards),
        validation_errors=issues_to_wire(addon.issues),
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )
