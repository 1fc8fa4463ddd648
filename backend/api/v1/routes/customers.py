"""Customers of version 1."""

from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.customers import (
    ORDERS,
    CustomerExpansion,
    CustomerIn,
    CustomerOut,
    CustomerQuery,
    Expand,
    SortOrder,
    to_wire,
)
from backend.api.v1.wire.subscriptions import subscription_to_wire
from backend.api.wire import Page, WireRoute
from backend.customers import service
from backend.customers.models import Customer
from backend.engine.filter import equal_to_one_of
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions

router = APIRouter(prefix="/api/v1/customers", tags=["Customers"], route_class=WireRoute)
IdOrKey = Annotated[str, Path(alias="customerIdOrKey", min_length=1, max_length=256)]


def customers_to_wire(
    ctx: Context, customers: Sequence[Customer], expand: Collection[Expand] = ()
) -> list[CustomerOut]:
    """Customers as version 1 writes them, with as much as was asked for."""
    subject_keys = service.subject_keys(ctx, customers)
    current = subscriptions.current(ctx, subject_keys)
    written = [to_wire(customer, subject_keys[customer.id], current.get(customer.id)) for customer in customers]
    if Expand.SUBSCRIPTIONS in expand:
        for customer in written:
            running = current.get(customer.id)
            found = [running] if running else []
            customer.subscriptions = [subscription_to_wire(row, subscriptions.status_of(ctx, row)) for row in found]
    return written


@router.post("", operation_id="createCustomer", status_code=201)
def create_customer(ctx: Writing, body: CustomerIn) -> CustomerOut:
    """Create a customer; it needs a key or at least one subject key."""
    return customers_to_wire(ctx, [service.create(ctx, body.from_wire())])[0]


@router.get("", operation_id="listCustomers")
def list_customers(ctx: Reading, query: Annotated[CustomerQuery, Query()]) -> Page[CustomerOut]:
    """The customers that match, one page of them."""
    of_plan = None if query.plan_key is None else subscriptions.customers_with(ctx, equal_to_one_of([query.plan_key]))
    rows, total = service.list_customers(
        ctx,
        query.from_wire(of_plan),
        order=ORDERS[query.order_by],
        descending=query.order is SortOrder.DESC,
        offset=query.offset,
        limit=query.page_size,
    )
    return query.of(customers_to_wire(ctx, rows, query.expand), total)


@router.get("/{customerIdOrKey}", operation_id="getCustomer")
def get_customer(ctx: Reading, id_or_key: IdOrKey, query: Annotated[CustomerExpansion, Query()]) -> CustomerOut:
    """One customer, also a deleted one when asked for by its id."""
    return customers_to_wire(ctx, [service.get(ctx, id_or_key, deleted=True)], query.expand)[0]


@router.put("/{customerIdOrKey}", operation_id="updateCustomer")
def update_customer(ctx: Writing, id_or_key: IdOrKey, body: CustomerIn) -> CustomerOut:
    """Replace what is known about a customer; what is left out is cleared."""
    return customers_to_wire(ctx, [service.update(ctx, id_or_key, body.from_wire())])[0]


@router.delete("/{customerIdOrKey}", operation_id="deleteCustomer", status_code=204)
def delete_customer(ctx: Writing, id_or_key: IdOrKey) -> None:
    """Delete a customer without a running subscription; its key and subjects are free again."""
    subscriptions.delete_customer(ctx, id_or_key)
