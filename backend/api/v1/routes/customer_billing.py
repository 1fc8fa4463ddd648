"""By which profile each customer is billed, in version 1."""

from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading, Writing
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.routes.customers import customers_to_wire
from backend.api.v1.wire.apps import app_to_wire
from backend.api.v1.wire.customer_billing import (
    BillingExpand,
    BillingQuery,
    CustomerBillingOut,
    Expand,
    OverrideIn,
    billing_to_wire,
)
from backend.api.v1.wire.customers import CustomerOut
from backend.api.wire import Page, WireRoute
from backend.infra.context import Context
from backend.invoicing import service
from backend.invoicing.service import CustomerBilling

router = APIRouter(prefix="/api/v1/billing/customers", tags=["Billing"], route_class=WireRoute, dependencies=READY)
CustomerId = Annotated[str, Path(alias="customerId", min_length=1, max_length=256)]


@router.get("", operation_id="listBillingProfileCustomerOverrides")
def list_customer_billing(ctx: Reading, query: Annotated[BillingQuery, Query()]) -> Page[CustomerBillingOut]:
    """By which profile customers are billed: all of them, or only those with a pinned profile."""
    rows, total = service.list_billing(ctx, query.from_wire())
    return query.of(_out(ctx, rows, query.expand), total)


@router.get("/{customerId}", operation_id="getBillingProfileCustomerOverride")
def get_customer_billing(ctx: Reading, customer_id: CustomerId, expand: Expand = []) -> CustomerBillingOut:  # noqa: B006 - never changed
    """By which profile a customer is billed; without an override, the default one."""
    return _out(ctx, [service.billing_of(ctx, customer_id)], expand)[0]


@router.put("/{customerId}", operation_id="upsertBillingProfileCustomerOverride")
def pin_customer(ctx: Writing, customer_id: CustomerId, body: OverrideIn) -> CustomerBillingOut:
    """Pin a customer to a profile; what is drawn from then on follows it."""
    return _out(ctx, [service.pin(ctx, customer_id, body.billing_profile_id)], ())[0]


@router.delete("/{customerId}", operation_id="deleteBillingProfileCustomerOverride", status_code=204)
def unpin_customer(ctx: Writing, customer_id: CustomerId) -> None:
    """Bill a customer by the default profile again."""
    service.unpin(ctx, customer_id)


def _out(ctx: Context, rows: Sequence[CustomerBilling], expand: Collection[BillingExpand]) -> list[CustomerBillingOut]:
    apps = {app.id: app_to_wire(app) for app in service.list_apps(ctx)} if BillingExpand.APPS in expand else None
    shown: Sequence[CustomerOut | None] = [None] * len(rows)
    if BillingExpand.CUSTOMER in expand:
        shown = customers_to_wire(ctx, [row.customer for row in rows])
    return [billing_to_wire(row, customer, apps) for row, customer in zip(rows, shown, strict=True)]
