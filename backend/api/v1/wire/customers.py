"""How customers travel in version 1."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, EmailStr, Field

from backend.api.v1.wire.subscriptions import SubscriptionOut
from backend.api.wire import Labels, PageQuery, Wire, WireInput
from backend.customers.models import Customer
from backend.customers.service import CustomerFilter, CustomerInput, CustomerOrder
from backend.subscriptions.models import Subscription

LONGEST_SUBJECT = 1024


def _short(subject: str) -> str:
    if len(subject.encode()) > LONGEST_SUBJECT:
        raise ValueError(f"a subject may have at most {LONGEST_SUBJECT} bytes")
    return subject


SubjectKey = Annotated[str, Field(min_length=1), AfterValidator(_short)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
CustomerKey = Annotated[str, Field(min_length=1, max_length=256)]
Description = Annotated[str, Field(max_length=1024)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class SortOrder(StrEnum):
    """Up or down."""

    ASC = "ASC"
    DESC = "DESC"


class OrderBy(StrEnum):
    """What customers can be sorted by."""

    ID = "id"
    NAME = "name"
    CREATED_AT = "createdAt"


ORDERS = {OrderBy.ID: CustomerOrder.ID, OrderBy.NAME: CustomerOrder.NAME, OrderBy.CREATED_AT: CustomerOrder.CREATED_AT}


class UsageAttribution(WireInput):
    """The subjects whose usage counts as the customer's."""

    subject_keys: list[SubjectKey]


class Address(WireInput):
    """Where a customer is billed."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    postal_code: str | None = None
    state: str | None = None
    city: str | None = None
    line1: str | None = None
    line2: str | None = None
    phone_number: str | None = None


class CustomerIn(WireInput):
    """A customer to be made, or everything that is to be known about it from now on."""

    name: Name
    key: CustomerKey | None = None
    usage_attribution: UsageAttribution | None = None
    description: Description | None = None
    metadata: Labels | None = None
    primary_email: EmailStr | None = None
    currency: CurrencyCode | None = None
    billing_address: Address | None = None

    def from_wire(self) -> CustomerInput:
        """As the service takes it."""
        address = self.billing_address
        return CustomerInput(
            name=self.name,
            key=self.key,
            subject_keys=tuple(self.usage_attribution.subject_keys) if self.usage_attribution else (),
            description=self.description,
            labels=self.metadata,
            currency=self.currency,
            primary_email=self.primary_email,
            billing_address=address.model_dump(by_alias=True, exclude_none=True) if address else None,
        )


class CustomerOut(Wire):
    """A customer."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    key: str | None = None
    usage_attribution: UsageAttribution
    description: str | None = None
    metadata: Labels | None = None
    primary_email: str | None = None
    currency: str | None = None
    billing_address: Address | None = None
    current_subscription_id: str | None = None
    subscriptions: list[SubscriptionOut] | None = None


class Expand(StrEnum):
    """What a customer can be answered with, on top."""

    SUBSCRIPTIONS = "subscriptions"


class CustomerExpansion(Wire):
    """What is to be told of a customer on top: the subscription that runs now."""

    expand: list[Expand] = Field(default_factory=list)


class CustomerQuery(PageQuery, CustomerExpansion):
    """Which customers are asked for; texts match any part, in upper or lower case."""

    order: SortOrder = SortOrder.ASC
    order_by: OrderBy = OrderBy.NAME
    include_deleted: bool = False
    key: str | None = None
    name: str | None = None
    primary_email: str | None = None
    subject: str | None = None
    plan_key: str | None = None

    def from_wire(self, ids: Collection[str] | None) -> CustomerFilter:
        """As the service takes it; `ids` are the customers of the plan that is asked for."""
        return CustomerFilter(
            key=self.key,
            name=self.name,
            primary_email=self.primary_email,
            subject=self.subject,
            ids=ids,
            include_deleted=self.include_deleted,
        )


def to_wire(customer: Customer, subject_keys: tuple[str, ...], current: Subscription | None) -> CustomerOut:
    """A customer, the subjects it was given and the subscription that runs now, as they travel."""
    assert customer.created_at is not None
    assert customer.updated_at is not None
    return CustomerOut(
        id=customer.id,
        name=customer.name,
        created_at=customer.created_at,
        updated_at=customer.updated_at,
        deleted_at=customer.deleted_at,
        key=customer.key,
        usage_attribution=UsageAttribution(subject_keys=list(subject_keys)),
        description=customer.description,
        metadata=customer.labels,
        primary_email=customer.primary_email,
        currency=customer.currency,
        billing_address=Address(**customer.billing_address) if customer.billing_address is not None else None,
        current_subscription_id=current.id if current else None,
    )
