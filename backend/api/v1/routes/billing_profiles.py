"""Billing profiles of version 1."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from backend import bootstrap
from backend.access.models import Scope
from backend.api.deps import Credentials, Reading, Writing, identity_with
from backend.api.v1.wire.apps import AppOut, app_to_wire
from backend.api.v1.wire.billing_profiles import ProfileIn, ProfileOut, ProfileReplaceIn, profile_to_wire
from backend.api.v1.wire.customers import SortOrder
from backend.api.wire import Page, PageQuery, WireRoute
from backend.infra.context import Context
from backend.invoicing import service
from backend.invoicing.models import BillingProfile


def billing_ready(credentials: Credentials) -> None:
    """See to it that the namespace has its apps and a default profile, before it is looked at."""
    bootstrap.ensure_billing(identity_with(Scope.READ, credentials).namespace)


READY = [Depends(billing_ready)]
router = APIRouter(prefix="/api/v1/billing/profiles", tags=["Billing"], route_class=WireRoute, dependencies=READY)
ProfileId = Annotated[str, Path(alias="id")]


class ProfileExpand(StrEnum):
    """What an answer contains beyond the profile itself."""

    APPS = "apps"


class ProfileOrder(StrEnum):
    """What profiles can be sorted by."""

    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"
    DEFAULT = "default"
    NAME = "name"


ORDERS = {
    ProfileOrder.CREATED_AT: lambda profile: (profile.created_at, profile.id),
    ProfileOrder.UPDATED_AT: lambda profile: (profile.updated_at, profile.id),
    ProfileOrder.DEFAULT: lambda profile: (not profile.is_default, profile.id),
    ProfileOrder.NAME: lambda profile: (profile.name, profile.id),
}


class ProfileQuery(PageQuery):
    """Which profiles are asked for."""

    include_archived: bool = False
    expand: list[ProfileExpand] = Field(default_factory=list)
    order: SortOrder = SortOrder.ASC
    order_by: ProfileOrder = ProfileOrder.CREATED_AT


Expand = Annotated[list[ProfileExpand], Query()]


@router.get("", operation_id="listBillingProfiles")
def list_profiles(ctx: Reading, query: Annotated[ProfileQuery, Query()]) -> Page[ProfileOut]:
    """The billing profiles."""
    found = service.list_profiles(ctx, include_deleted=query.include_archived)
    rows = sorted(found, key=ORDERS[query.order_by], reverse=query.order is SortOrder.DESC)
    page = rows[query.offset : query.offset + query.page_size]
    return query.of([_out(ctx, row, query.expand) for row in page], len(rows))


@router.post("", operation_id="createBillingProfile", status_code=201)
def create_profile(ctx: Writing, body: ProfileIn) -> ProfileOut:
    """Create a profile; its apps stay the same for ever."""
    return profile_to_wire(service.create_profile(ctx, body.from_wire(), body.from_wire_apps()))


@router.get("/{id}", operation_id="getBillingProfile")
def get_profile(ctx: Reading, profile_id: ProfileId, expand: Expand = []) -> ProfileOut:  # noqa: B006 - never changed
    """One profile."""
    return _out(ctx, service.get_profile(ctx, profile_id), expand)


@router.put("/{id}", operation_id="updateBillingProfile")
def update_profile(ctx: Writing, profile_id: ProfileId, body: ProfileReplaceIn) -> ProfileOut:
    """Replace what is known about a profile; invoices drawn from then on follow it."""
    return profile_to_wire(service.update_profile(ctx, profile_id, body.from_wire()))


@router.delete("/{id}", operation_id="deleteBillingProfile", status_code=204)
def delete_profile(ctx: Writing, profile_id: ProfileId) -> None:
    """Delete a profile that is not the default and has no open invoices."""
    service.delete_profile(ctx, profile_id)


def _out(ctx: Context, row: BillingProfile, expand: list[ProfileExpand]) -> ProfileOut:
    known: dict[str, AppOut] | None = None
    if ProfileExpand.APPS in expand:
        known = {app.id: app_to_wire(app) for app in service.list_apps(ctx)}
    return profile_to_wire(row, known)
