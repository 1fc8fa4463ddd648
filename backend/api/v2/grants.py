"""Grants of version 2: of an entitlement, and of all customers."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.entitlement_lists import GrantListQuery, Texts
from backend.api.v1.wire.grants import GrantOut, GrantV2In, grant_to_wire
from backend.api.v2.entitlements import CustomerIdOrKey, IdOrFeatureKey
from backend.api.wire import Page, WireRoute
from backend.customers import service as customers
from backend.entitlements import service
from backend.entitlements.service import GrantFilter, grants
from backend.infra.context import Context

router = APIRouter(
    prefix="/api/v2/customers/{customerIdOrKey}/entitlements/{entitlementIdOrFeatureKey}/grants",
    tags=["Entitlements"],
    route_class=WireRoute,
)
all_router = APIRouter(prefix="/api/v2/grants", tags=["Entitlements"], route_class=WireRoute)


class CustomerGrantQuery(GrantListQuery):
    """Which grants of all customers."""

    feature: Texts
    customer: Texts


def _page(ctx: Context, query: GrantListQuery, wanted: GrantFilter) -> Page[GrantOut]:
    rows, total = grants.list_grants(ctx, wanted)
    return query.of([grant_to_wire(row, ctx.now) for row in rows], total)


@router.get("", operation_id="listCustomerEntitlementGrantsV2")
def list_entitlement_grants(
    ctx: Reading, customer: CustomerIdOrKey, id_or_key: IdOrFeatureKey, query: Annotated[GrantListQuery, Query()]
) -> Page[GrantOut]:
    """The grants of an entitlement, one page of them."""
    found = service.find(ctx, customers.get(ctx, customer), id_or_key)
    return _page(ctx, query, query.wanted(entitlement_id=found.id))


@router.post("", operation_id="createCustomerEntitlementGrantV2", status_code=201)
def create_grant(ctx: Writing, customer: CustomerIdOrKey, id_or_key: IdOrFeatureKey, body: GrantV2In) -> GrantOut:
    """Add an amount to a metered entitlement, from an instant in the current usage period or later."""
    found = service.find(ctx, customers.get(ctx, customer), id_or_key)
    return grant_to_wire(grants.create(ctx, found, body.from_wire()), ctx.now)


@all_router.get("", operation_id="listGrantsV2")
def list_grants(ctx: Reading, query: Annotated[CustomerGrantQuery, Query()]) -> Page[GrantOut]:
    """Grants of all customers, or of some by their ids or keys, one page of them."""
    owners = [*query.customer, *customers.ids_of_keys(ctx, query.customer)] if query.customer else None
    return _page(ctx, query, query.wanted(customer_ids=owners, feature_ids_or_keys=query.feature or None))
