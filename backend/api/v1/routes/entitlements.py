"""What a customer may use, asked by the programs that let it in or turn it away."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading
from backend.api.v1.wire.entitlements import CustomerAccessOut, EntitlementValueOut, value_to_wire
from backend.api.wire import Instant, WireRoute
from backend.customers import service as customers
from backend.entitlements import service

router = APIRouter(prefix="/api/v1/customers/{customerIdOrKey}", tags=["Entitlements"], route_class=WireRoute)

CustomerIdOrKey = Annotated[str, Path(alias="customerIdOrKey")]


@router.get("/entitlements/{featureKey}/value", operation_id="getCustomerEntitlementValue")
def get_customer_entitlement_value(
    ctx: Reading,
    id_or_key: CustomerIdOrKey,
    feature_key: Annotated[str, Path(alias="featureKey")],
    time: Annotated[Instant | None, Query()] = None,
) -> EntitlementValueOut:
    """Whether the customer may use a feature, and how much of it is left; no entitlement is no access."""
    customer = customers.get(ctx, id_or_key)
    return value_to_wire(service.value(ctx, customer, feature_key, time))


@router.get("/access", operation_id="getCustomerAccess")
def get_customer_access(ctx: Reading, id_or_key: CustomerIdOrKey) -> CustomerAccessOut:
    """Everything the customer may use now."""
    values = service.access(ctx, customers.get(ctx, id_or_key))
    return CustomerAccessOut(entitlements={key: value_to_wire(value) for key, value in values.items()})
