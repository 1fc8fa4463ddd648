"""Customers of version 3."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import EmailStr, Field

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.customers import CurrencyCode, CustomerKey, SubjectKey
from backend.api.v3.filters import Kind, read_filters
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
from backend.api.wire import WireRoute
from backend.customers import service
from backend.customers.models import Customer
from backend.customers.service import CustomerFilter, CustomerInput, CustomerOrder
from backend.engine.filter import Filter
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions

router = APIRouter(prefix=f"{PREFIX}/customers", tags=["OpenMeter Customers"], route_class=WireRoute)

ORDERS = {order.value: order for order in (CustomerOrder.ID, CustomerOrder.NAME, CustomerOrder.CREATED_AT)}
COLUMNS = ("key", "name", "primary_email")
SUBJECT, PLAN, PROFILE = "usage_attribution_subject_key", "plan_key", "billing_profile_id"
FIELDS = dict.fromkeys((*COLUMNS, SUBJECT, PLAN), Kind.TEXT) | {PROFILE: Kind.ULID}


class UsageAttribution(SnakeInput):
    """The subjects whose usage counts as the customer's."""

    subject_keys: list[SubjectKey]


class Address(SnakeInput):
    """Where a customer is billed."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    postal_code: str | None = None
    state: str | None = None
    city: str | None = None
    line1: str | None = None
    line2: str | None = None
    phone_number: str | None = None


class CustomerUpsert(SnakeInput):
    """Everything that is to be known about a customer from now on, but its key."""

    name: Name
    description: Description | None = None
    labels: LabelMap | None = None
    usage_attribution: UsageAttribution | None = None
    primary_email: EmailStr | None = None
    currency: CurrencyCode | None = None
    billing_address: Address | None = None

    def input(self, key: str | None) -> CustomerInput:
        """As the service takes it."""
        address = self.billing_address.model_dump(exclude_none=True) if self.billing_address else None
        return CustomerInput(
            name=self.name,
            key=key,
            subject_keys=tuple(self.usage_attribution.subject_keys) if self.usage_attribution else (),
            description=self.description,
            labels=self.labels,
            currency=self.currency,
            primary_email=self.primary_email,
            billing_address=address and {_kept(name): text for name, text in address.items()},
        )


class CustomerCreate(CustomerUpsert):
    """A customer to be made."""

    key: CustomerKey


class CustomerOut(Snake):
    """A customer; one that was made without a key shows its first subject in its place."""

    id: str
    key: str
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    usage_attribution: UsageAttribution
    primary_email: str | None = None
    currency: str | None = None
    billing_address: Address | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


@router.post("", operation_id="create-customer", status_code=201)
def create_customer(ctx: Writing, body: CustomerCreate) -> CustomerOut:
    """Create a customer."""
    return customers_to_wire(ctx, [service.create(ctx, body.input(body.key))])[0]


@router.get("", operation_id="list-customers")
def list_customers(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[CustomerOut]:
    """The customers that pass the filters, one page of them."""
    by = read_sort(sort, ORDERS, Sort(CustomerOrder.NAME, descending=False))
    filters = read_filters(request, FIELDS)
    wanted = CustomerFilter(
        filters={name: filters[name] for name in COLUMNS if name in filters},
        subject_filter=filters.get(SUBJECT),
        ids=_ids(ctx, filters),
    )
    rows, total = service.list_customers(
        ctx, wanted, order=ORDERS[by.field], descending=by.descending, offset=page.offset, limit=page.size
    )
    return page.of(customers_to_wire(ctx, rows), total)


def _ids(ctx: Context, filters: Mapping[str, Filter]) -> Collection[str] | None:
    """Whose plan and billing profile pass; None when neither is asked about."""
    ids = subscriptions.customers_with(ctx, filters[PLAN]) if PLAN in filters else None
    return invoicing.customers_billed_by(ctx, filters[PROFILE], ids) if PROFILE in filters else ids


@router.get("/{customerId}", operation_id="get-customer")
def get_customer(ctx: Reading, customerId: str) -> CustomerOut:  # noqa: N803 - the contract's name
    """One customer, also a deleted one when asked for by its id."""
    return customers_to_wire(ctx, [service.get(ctx, customerId, deleted=True)])[0]


@router.put("/{customerId}", operation_id="upsert-customer")
def update_customer(ctx: Writing, customerId: str, body: CustomerUpsert) -> CustomerOut:  # noqa: N803 - as above
    """Replace what is known about a customer; its key stays, what is left out is cleared."""
    customer = service.get(ctx, customerId)
    return customers_to_wire(ctx, [service.update(ctx, customer.id, body.input(customer.key))])[0]


@router.delete("/{customerId}", operation_id="delete-customer", status_code=204)
def delete_customer(ctx: Writing, customerId: str) -> None:  # noqa: N803 - as above
    """Delete a customer without a running subscription; its key and subjects are free again."""
    subscriptions.delete_customer(ctx, customerId)


def customers_to_wire(ctx: Context, customers: Sequence[Customer]) -> list[CustomerOut]:
    """Customers as version 3 writes them."""
    subject_keys = service.subject_keys(ctx, customers)
    return [_to_wire(customer, subject_keys[customer.id]) for customer in customers]


def _to_wire(customer: Customer, subject_keys: Sequence[str]) -> CustomerOut:
    assert customer.created_at is not None
    assert customer.updated_at is not None
    address = customer.billing_address or {}
    shown = {name: address[_kept(name)] for name in Address.model_fields if _kept(name) in address}
    return CustomerOut(
        id=customer.id,
        key=customer.key or subject_keys[0],
        name=customer.name,
        description=customer.description,
        labels=labels_to_wire(customer.labels),
        usage_attribution=UsageAttribution(subject_keys=list(subject_keys)),
        primary_email=customer.primary_email,
        currency=customer.currency,
        billing_address=Address(**shown) if customer.billing_address is not None else None,
        created_at=customer.created_at,
        updated_at=customer.updated_at,
        deleted_at=customer.deleted_at,
    )


def _kept(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
