"""What invoicing keeps: how customers are billed, the invoices, their lines, and what happened to each invoice."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from backend.infra.columns import Document, Exact, Instant
from backend.infra.rows import Deletable, Row

ZERO = Decimal(0)


class AppKind(StrEnum):
    """The apps that can carry an invoice to the customer and collect its payment."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"


class AppStatus(StrEnum):
    """Whether an app can work at the moment."""

    READY = "ready"
    UNAUTHORIZED = "unauthorized"


class InvoiceKind(StrEnum):
    """A gathering invoice collects future lines; a standard one goes to the customer."""

    GATHERING = "gathering"
    STANDARD = "standard"


class ManagedBy(StrEnum):
    """Who decides what a line says: the subscription it comes from, or a person."""

    SUBSCRIPTION = "subscription"
    SYSTEM = "system"
    MANUAL = "manual"


class Severity(StrEnum):
    """A critical issue stops an invoice; a warning is only shown."""

    CRITICAL = "critical"
    WARNING = "warning"


class App(Row, Deletable, table=True):
    """An installed app; what it needs to keep secret stays in the settings, never here."""

    __tablename__ = "app"
    __table_args__ = (
        Index(
            "uq_app_kind",
            "namespace",
            "kind",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    kind: str
    name: str
    description: str | None = None
    status: str = AppStatus.READY
    config: dict[str, Any] = Field(default_factory=dict, sa_type=Document)


class AppCustomer(Row, table=True):
    """Under which id an app knows one of our customers."""

    __tablename__ = "app_customer"
    __table_args__ = (Index("uq_app_customer", "namespace", "app_id", "customer_id", unique=True),)

    app_id: str
    customer_id: str
    external_id: str


class BillingProfile(Row, Deletable, table=True):
    """How customers are billed: the supplier on the invoice, the workflow, and the apps that carry it out."""

    __tablename__ = "billing_profile"
    __table_args__ = (
        Index(
            "uq_billing_profile_default",
            "namespace",
            unique=True,
            sqlite_where=text("is_default AND deleted_at IS NULL"),
            postgresql_where=text("is_default AND deleted_at IS NULL"),
        ),
    )

    name: str
    description: str | None = None
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    is_default: bool = False
    supplier: dict[str, Any] = Field(default_factory=dict, sa_type=Document)
    workflow: dict[str, Any] = Field(default_factory=dict, sa_type=Document)
    tax_app_id: str
    invoicing_app_id: str
    payment_app_id: str


class CustomerOverride(Row, table=True):
    """That a customer is billed in a way of its own: by the pinned profile, or by the default when none is pinned."""

    __tablename__ = "billing_customer_override"
    __table_args__ = (
        Index("uq_billing_customer_override", "namespace", "customer_id", unique=True),
        Index("ix_billing_customer_override_profile", "namespace", "profile_id"),
    )

    customer_id: str = Field(max_length=26)
    profile_id: str | None = Field(default=None, max_length=26)


class Totals(SQLModel):
    """The eight sums of an invoice, a line or a detailed line, in the invoice's currency."""

    amount: Decimal = Field(default=ZERO, sa_type=Exact)
    charges_total: Decimal = Field(default=ZERO, sa_type=Exact)
    discounts_total: Decimal = Field(default=ZERO, sa_type=Exact)
    credits_total: Decimal = Field(default=ZERO, sa_type=Exact)
    taxes_inclusive_total: Decimal = Field(default=ZERO, sa_type=Exact)
    taxes_exclusive_total: Decimal = Field(default=ZERO, sa_type=Exact)
    taxes_total: Decimal = Field(default=ZERO, sa_type=Exact)
    total: Decimal = Field(default=ZERO, sa_type=Exact)


class Invoice(Row, Deletable, Totals, table=True):
    """A gathering or standard invoice; a standard one keeps a snapshot of everything it was made with.

    `status` is the extended status of the life cycle. `version` grows with every step, so that what an app
    answered is recorded only on the invoice it was asked about. `attempt` counts answers of an app that
    left open whether it did the work. `collection_at` is until when a standard invoice waits for late usage, and
    when lines of a gathering one are to be drawn next.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        Index("uq_invoice_number", "namespace", "number", unique=True),
        Index(
            "uq_invoice_gathering",
            "namespace",
            "customer_id",
            "currency",
            unique=True,
            sqlite_where=text("kind = 'gathering' AND deleted_at IS NULL"),
            postgresql_where=text("kind = 'gathering' AND deleted_at IS NULL"),
        ),
        Index("ix_invoice_collection", "namespace", "status", "collection_at"),
        Index("ix_invoice_customer", "namespace", "customer_id", "created_at"),
        Index("ix_invoice_external", "namespace", "external_id"),
        Index("ix_invoice_quantities", "namespace", "quantities_at"),
    )

    kind: str
    number: str
    customer_id: str
    currency: str = Field(max_length=3)
    status: str
    description: str | None = None
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    profile_id: str
    supplier: dict[str, Any] = Field(default_factory=dict, sa_type=Document)
    customer: dict[str, Any] = Field(default_factory=dict, sa_type=Document)
    workflow: dict[str, Any] = Field(default_factory=dict, sa_type=Document)
    tax_app_id: str
    invoicing_app_id: str
    payment_app_id: str
    period_start: datetime | None = Field(default=None, sa_type=Instant)
    period_end: datetime | None = Field(default=None, sa_type=Instant)
    collection_at: datetime | None = Field(default=None, sa_type=Instant)
    quantities_at: datetime | None = Field(default=None, sa_type=Instant)
    draft_until: datetime | None = Field(default=None, sa_type=Instant)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    issued_at: datetime | None = Field(default=None, sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    paid_at: datetime | None = Field(default=None, sa_type=Instant)
    voided_at: datetime | None = Field(default=None, sa_type=Instant)
    external_id: str | None = None
    payment_external_id: str | None = None
    hosted_url: str | None = None
    validation_issues: list[dict[str, Any]] = Field(default_factory=list, sa_type=Document)
    version: int = 0
    attempt: int = 0


class InvoiceLine(Row, Deletable, Totals, table=True):
    """One price over one period. Its reference and start are unique among the living: nothing is invoiced twice.

    A line that is billed in parts (progressive billing) is a group of lines with one `group_id` and one reference;
    each keeps the full period, and what earlier parts metered and billed in `metered_before` and `quantity_before`.
    `correction_id` says which correction of an issued line it books.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        Index(
            "uq_invoice_line_reference",
            "namespace",
            "reference",
            "period_start",
            unique=True,
            sqlite_where=text("reference IS NOT NULL AND deleted_at IS NULL"),
            postgresql_where=text("reference IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index("ix_invoice_line_invoice", "invoice_id", "invoice_at"),
        Index("ix_invoice_line_subscription", "namespace", "subscription_id"),
        Index("ix_invoice_line_group", "group_id"),
    )

    invoice_id: str = Field(foreign_key="invoice.id")
    customer_id: str
    currency: str = Field(max_length=3)
    reference: str | None = None
    managed_by: str
    name: str
    description: str | None = None
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    period_start: datetime = Field(sa_type=Instant)
    period_end: datetime = Field(sa_type=Instant)
    invoice_at: datetime = Field(sa_type=Instant)
    feature_key: str | None = None
    feature_id: str | None = None
    price: dict[str, Any] = Field(sa_type=Document)
    discounts: dict[str, Any] = Field(default_factory=dict, sa_type=Document)
    tax_config: dict[str, Any] | None = Field(default=None, sa_type=Document)
    subscription_id: str | None = None
    subscription_phase_id: str | None = None
    subscription_item_id: str | None = None
    billing_period_start: datetime | None = Field(default=None, sa_type=Instant)
    billing_period_end: datetime | None = Field(default=None, sa_type=Instant)
    quantity: Decimal | None = Field(default=None, sa_type=Exact)
    metered_quantity: Decimal | None = Field(default=None, sa_type=Exact)
    group_id: str | None = None
    full_period_start: datetime | None = Field(default=None, sa_type=Instant)
    full_period_end: datetime | None = Field(default=None, sa_type=Instant)
    quantity_before: Decimal | None = Field(default=None, sa_type=Exact)
    metered_before: Decimal | None = Field(default=None, sa_type=Exact)
    usage_discounts: list[dict[str, Any]] = Field(default_factory=list, sa_type=Document)
    correction_id: str | None = Field(default=None, index=True)


class DetailedLine(Row, Totals, table=True):
    """What a line comes to: quantity times price of one price component, rounded on its own."""

    __tablename__ = "invoice_detailed_line"
    __table_args__ = (Index("uq_invoice_detailed_line", "line_id", "reference", unique=True),)
    audited: ClassVar[bool] = False

    invoice_id: str = Field(foreign_key="invoice.id", index=True)
    line_id: str = Field(foreign_key="invoice_line.id")
    reference: str
    position: int
    name: str
    quantity: Decimal = Field(sa_type=Exact)
    per_unit_amount: Decimal = Field(sa_type=Exact)
    payment_term: str
    category: str
    period_start: datetime = Field(sa_type=Instant)
    period_end: datetime = Field(sa_type=Instant)
    amount_discounts: list[dict[str, Any]] = Field(default_factory=list, sa_type=Document)
    external_id: str | None = None


class InvoiceEvent(Row, table=True):
    """One step in the life of an invoice: who took it, when, from where to where."""

    __tablename__ = "invoice_event"
    __table_args__ = (Index("ix_invoice_event", "invoice_id", "position"),)
    audited: ClassVar[bool] = False

    invoice_id: str = Field(foreign_key="invoice.id")
    position: int
    trigger: str
    from_status: str | None = None
    to_status: str
    actor_kind: str
    actor_name: str
    note: str | None = None


class InvoiceSequence(Row, table=True):
    """The next number of one kind: taken under a row lock, given back when the transaction fails."""

    __tablename__ = "invoice_sequence"
    __table_args__ = (Index("uq_invoice_sequence", "namespace", "name", unique=True),)
    audited: ClassVar[bool] = False

    name: str
    next_number: int = 1


class BillingSchedule(Row, table=True):
    """When the lines of a subscription have to be looked at again; never again when `next_at` is empty."""

    __tablename__ = "billing_schedule"
    __table_args__ = (
        Index("uq_billing_schedule", "namespace", "subscription_id", unique=True),
        Index("ix_billing_schedule_next", "namespace", "next_at"),
    )
    audited: ClassVar[bool] = False

    subscription_id: str
    next_at: datetime | None = Field(default=None, sa_type=Instant)
