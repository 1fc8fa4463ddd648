"""How apps travel in version 1; their secrets do not."""

from typing import Annotated, Literal

from pydantic import Field

from backend.api.wire import Instant, Wire, WireInput
from backend.invoicing.models import App, AppKind


class AppCapabilityOut(Wire):
    """Something an app can do."""

    type: Literal["calculateTax", "invoiceCustomers", "collectPayments"]
    key: str
    name: str
    description: str


class ListingOut(Wire):
    """What kind of app it is."""

    type: str
    name: str
    description: str
    capabilities: list[AppCapabilityOut]
    install_methods: list[Literal["with_api_key", "no_credentials_required"]]


class AppOut(Wire):
    """An installed app; the last three fields are Stripe's."""

    id: str
    type: str
    name: str
    description: str | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    listing: ListingOut
    status: str
    stripe_account_id: str | None = None
    livemode: bool | None = None
    masked_api_key: Annotated[str | None, Field(alias="maskedAPIKey")] = None


CAPABILITIES = [
    AppCapabilityOut(
        type="invoiceCustomers",
        key="invoice_customers",
        name="Invoice customers",
        description="Carries invoices to the customer.",
    ),
    AppCapabilityOut(
        type="collectPayments",
        key="collect_payments",
        name="Collect payments",
        description="Collects the payment of invoices.",
    ),
]


def app_to_wire(app: App) -> AppOut:
    """An app as version 1 writes it."""
    assert app.created_at is not None
    assert app.updated_at is not None
    is_stripe = app.kind == AppKind.STRIPE
    return AppOut(
        id=app.id,
        type=app.kind,
        name=app.name,
        description=app.description,
        created_at=app.created_at,
        updated_at=app.updated_at,
        deleted_at=app.deleted_at,
        listing=ListingOut(
            type=app.kind,
            name=app.name,
            description=app.description or "",
            capabilities=CAPABILITIES,
            install_methods=["with_api_key" if is_stripe else "no_credentials_required"],
        ),
        status=app.status,
        stripe_account_id=app.config.get("account_id", "") if is_stripe else None,
        livemode=app.config["livemode"] if is_stripe else None,
        masked_api_key=app.config["masked_key"] if is_stripe else None,
    )


class WebhookOut(Wire):
    """That a webhook arrived."""

    namespace_id: str
    app_id: str
    message: str | None = None


class StripeCustomerIn(WireInput):
    """Which of Stripe's customers is ours."""

    stripe_customer_id: Annotated[str, Field(pattern=r"^cus_[A-Za-z0-9_]+$", max_length=255)]


class StripeCustomerOut(Wire):
    """How Stripe knows a customer."""

    type: Literal["stripe"] = "stripe"
    stripe_customer_id: str
    app: AppOut
