"""What a customer may use, asked by the programs that let it in or turn it away."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading
from backend.api.v1.wire.entitlement_lists import EntitlementListQuery, Texts
from backend.api.v1.wire.entitlements import (
    CustomerAccessOut,
    EntitlementOut,
    EntitlementValueOut,
    entitlement_to_wire,
    value_to_wire,
)
from backend.api.wire import Instant, Page, WireRoute
from backend.customers import service as customers
from backend.entitlements import service

router = APIRouter(prefix="/api/v1/customers/{customerIdOrKey}", tags=["Entitlements"], route_class=WireRoute)
all_router = APIRouter(prefix="/api/v1/entitlements", tags=["Entitlements"], route_class=WireRoute)

CustomerIdOrKey = Annotated[str, Path(alias="customerIdOrKey")]


@router.get("/entitlements/{featureKey}/value", operation_id="getCustomerEntitlementValue")
def get_customer_entitlement_value(
    ctx: Reading,
    id_or_key: CustomerIdOrKey,
    feature_key: Annotated[str, Path(alias="featureKey")],
    time: Annotated[Instant | None, Query()] = None,
) -> EntitlementValueOut:
    """Whether the customer may use a feature, and how much of it is left; no entitlement is no access."""
    if time is None:
        return value_to_wire(service.value_now(ctx, id_or_key, feature_key))
    return value_to_wire(service.value(ctx, customers.get(ctx, id_or_key), feature_key, time))


@router.get("/access", operation_id="getCustomerAccess")
def get_customer_access(ctx: Reading, id_or_key: CustomerIdOrKey) -> CustomerAccessOut:
    """Everything the customer may use now."""
    values = service.access(ctx, customers.get(ctx, id_or_key))
    return CustomerAccessOut(entitlements={key: value_to_wire(value) for key, value in values.items()})


class SubjectEntitlementQuery(EntitlementListQuery):
    """Which entitlements of all customers; with `page` the answer is a page, without it a plain list."""

    subject: Texts


@all_router.get("", operation_id="listEntitlements")
def list_entitlements(
    ctx: Reading, query: Annotated[SubjectEntitlementQuery, Query()]
) -> list[EntitlementOut] | Page[EntitlementOut]:
    """Entitlements of all customers, or of the customers of some subjects."""
    owners = set(customers.owners(ctx, query.subject).values()) if query.subject else None
    rows, total = service.list_entitlements(ctx, query.wanted(owners, ctx.now))
    written = [entitlement_to_wire(found) for found in service.details(ctx, rows)]
    return written if query.page is None else query.of(written, total)


@all_router.get("/{entitlementId}", operation_id="getEntitlementById")
def get_entitlement_by_id(ctx: Reading, entitlement_id: Annotated[str, Path(alias="entitlementId")]) -> EntitlementOut:
    """One entitlement of any customer, also a deleted one."""
    return entitlement_to_wire(service.details(ctx, [service.get(ctx, entitlement_id)])[0])
