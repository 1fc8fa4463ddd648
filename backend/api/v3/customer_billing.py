"""How a customer of version 3 is billed: its profile, and under which id apps know it."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v3.rate_cards import Reference
from backend.api.v3.wire import PREFIX, SnakeInput, Ulid
from backend.api.wire import WireRoute
from backend.customers import service as customers
from backend.infra.context import Context
from backend.invoicing import service
from backend.invoicing.models import AppKind

router = APIRouter(
    prefix=f"{PREFIX}/customers/{{customerId}}/billing",
    tags=["OpenMeter Customers"],
    route_class=WireRoute,
    dependencies=READY,
)
CustomerId = Annotated[Ulid, Path(alias="customerId")]


class StripeData(SnakeInput):
    """Which of Stripe's customers is ours."""

    customer_id: Annotated[str, Field(pattern=r"^cus_[A-Za-z0-9_]+$", max_length=255)] | None = None


class AppData(SnakeInput):
    """What apps know about a customer."""

    stripe: StripeData | None = None


class CustomerBilling(SnakeInput):
    """The profile a customer is pinned to, if it is, and what apps know about it."""

    billing_profile: Reference | None = None
    app_data: AppData | None = None


@router.get("", operation_id="get-customer-billing")
def get_customer_billing(ctx: Reading, customer_id: CustomerId) -> CustomerBilling:
    """How a customer is billed; without a profile, by the default one."""
    return _to_wire(ctx, customer_id)


@router.put("", operation_id="update-customer-billing")
def update_customer_billing(ctx: Writing, customer_id: CustomerId, body: CustomerBilling) -> CustomerBilling:
    """Pin a customer to a profile, or without one bill it by the default again."""
    customer = service.pin(ctx, customer_id, body.billing_profile.id if body.billing_profile else None).customer
    _relate(ctx, customer.id, body.app_data)
    return _to_wire(ctx, customer.id)


@router.put("/app-data", operation_id="update-customer-billing-app-data")
def update_app_data(ctx: Writing, customer_id: CustomerId, body: AppData) -> AppData:
    """Say under which id an app knows a customer."""
    customer = customers.lock(ctx, customer_id)
    _relate(ctx, customer.id, body)
    return _to_wire(ctx, customer.id).app_data or AppData()


def _relate(ctx: Context, customer_id: str, given: AppData | None) -> None:
    if given is not None and given.stripe is not None and given.stripe.customer_id is not None:
        app = service.app_of_kind(ctx, AppKind.STRIPE)
        service.relate_customer(ctx, app.id, customer_id, given.stripe.customer_id)


def _to_wire(ctx: Context, customer_id: str) -> CustomerBilling:
    override = service.billing_of(ctx, customer_id, deleted=True).override
    pinned = override.profile_id if override else None
    stripe = next((app for app in service.list_apps(ctx) if app.kind == AppKind.STRIPE), None)
    known = service.customer_external_id(ctx, stripe.id, customer_id) if stripe else None
    return CustomerBilling(
        billing_profile=Reference(id=pinned) if pinned else None,
        app_data=AppData(stripe=StripeData(customer_id=known)) if known else None,
    )
