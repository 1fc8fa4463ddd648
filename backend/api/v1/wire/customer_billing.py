"""How a customer's own way of being billed travels in version 1."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import Field

from backend.api.v1.wire.apps import AppOut
from backend.api.v1.wire.billing_profiles import AppsOut, Party, apps_to_wire
from backend.api.v1.wire.customers import CustomerOut, SortOrder
from backend.api.v1.wire.pending_lines import UlidText
from backend.api.v1.wire.workflows import WorkflowWire, workflow_to_wire
from backend.api.wire import Instant, PageQuery, Wire, WireInput
from backend.customers.service import CustomerOrder
from backend.invoicing.service import BillingFilter, CustomerBilling


class OverrideIn(WireInput):
    """The profile a customer is to be billed by; without one, the default profile."""

    billing_profile_id: UlidText | None = None


class BillingExpand(StrEnum):
    """What an answer contains beyond the customer's billing itself."""

    APPS = "apps"
    CUSTOMER = "customer"


class BillingOrder(StrEnum):
    """What the billing of customers can be sorted by."""

    CUSTOMER_ID = "customerId"
    CUSTOMER_NAME = "customerName"
    CUSTOMER_KEY = "customerKey"
    CUSTOMER_PRIMARY_EMAIL = "customerPrimaryEmail"
    CUSTOMER_CREATED_AT = "customerCreatedAt"


ORDERS = {
    BillingOrder.CUSTOMER_ID: CustomerOrder.ID,
    BillingOrder.CUSTOMER_NAME: CustomerOrder.NAME,
    BillingOrder.CUSTOMER_KEY: CustomerOrder.KEY,
    BillingOrder.CUSTOMER_PRIMARY_EMAIL: CustomerOrder.PRIMARY_EMAIL,
    BillingOrder.CUSTOMER_CREATED_AT: CustomerOrder.CREATED_AT,
}


class BillingQuery(PageQuery):
    """Whose billing is asked for; texts match any part, in upper or lower case."""

    billing_profile: list[UlidText] = Field(default_factory=list)
    customers_without_pinned_profile: bool = False
    include_all_customers: bool = True
    customer_id: list[UlidText] = Field(default_factory=list)
    customer_name: str | None = None
    customer_key: str | None = None
    customer_primary_email: str | None = None
    expand: list[BillingExpand] = Field(default_factory=list)
    order: SortOrder = SortOrder.ASC
    order_by: BillingOrder = BillingOrder.CUSTOMER_ID

    def from_wire(self) -> BillingFilter:
        """As the service takes it."""
        return BillingFilter(
            profile_ids=self.billing_profile,
            customer_ids=self.customer_id,
            include_all=self.include_all_customers,
            only_unpinned=self.customers_without_pinned_profile,
            name=self.customer_name,
            key=self.customer_key,
            primary_email=self.customer_primary_email,
            order=ORDERS[self.order_by],
            descending=self.order is SortOrder.DESC,
            offset=self.offset,
            limit=self.page_size,
        )


Expand = Annotated[list[BillingExpand], Query()]


class OverrideOut(Wire):
    """What is special about the billing of a customer."""

    created_at: Instant
    updated_at: Instant
    billing_profile_id: str | None = None
    customer_id: str


class CustomerProfileOut(Wire):
    """The profile as it holds for the customer."""

    supplier: Party
    workflow: WorkflowWire
    apps: AppsOut


class CustomerBillingOut(Wire):
    """How a customer is billed."""

    customer_override: OverrideOut | None = None
    base_billing_profile_id: str
    customer_profile: CustomerProfileOut
    customer: CustomerOut | None = None


def billing_to_wire(
    found: CustomerBilling, customer: CustomerOut | None, apps: Mapping[str, AppOut] | None
) -> CustomerBillingOut:
    """How a customer is billed, with as much as was asked for."""
    profile = found.profile
    return CustomerBillingOut(
        customer_override=_override_to_wire(found),
        base_billing_profile_id=profile.id,
        customer_profile=CustomerProfileOut(
            supplier=Party.model_validate(profile.supplier),
            workflow=workflow_to_wire(profile.workflow),
            apps=apps_to_wire(profile.tax_app_id, profile.invoicing_app_id, profile.payment_app_id, apps),
        ),
        customer=customer,
    )


def _override_to_wire(found: CustomerBilling) -> OverrideOut | None:
    row = found.override
    if row is None:
        return None
    assert row.created_at is not None
    assert row.updated_at is not None
    return OverrideOut(
        created_at=row.created_at,
        updated_at=row.updated_at,
        billing_profile_id=row.profile_id,
        customer_id=row.customer_id,
    )
