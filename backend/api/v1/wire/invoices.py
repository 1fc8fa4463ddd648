"""How invoices travel in version 1, and what may be asked about them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from backend.api.v1.wire.apps import AppOut
from backend.api.v1.wire.billing_profiles import AppsOut, Party, TaxIdentity, apps_to_wire
from backend.api.v1.wire.customers import Address, SortOrder, UsageAttribution
from backend.api.v1.wire.invoice_lines import (
    ExternalIdsOut,
    LineOut,
    PeriodOut,
    TotalsOut,
    line_to_wire,
    totals_to_wire,
)
from backend.api.v1.wire.workflows import WorkflowWire, workflow_to_wire
from backend.api.wire import Calculated, Instant, Labels, PageQuery, Wire, WireInput
from backend.invoicing.models import Invoice
from backend.invoicing.service import InvoiceFilter, InvoiceView, StatusView


class InvoiceStatus(StrEnum):
    """Where an invoice stands, in short."""

    GATHERING = "gathering"
    DRAFT = "draft"
    ISSUING = "issuing"
    ISSUED = "issued"
    PAYMENT_PROCESSING = "payment_processing"
    OVERDUE = "overdue"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOIDED = "voided"


class InvoiceExpand(StrEnum):
    """What an answer contains beyond the invoice itself."""

    LINES = "lines"
    PRECEDING = "preceding"
    APPS = "workflow.apps"


class InvoiceOrder(StrEnum):
    """What invoices can be sorted by."""

    CUSTOMER_NAME = "customer.name"
    ISSUED_AT = "issuedAt"
    STATUS = "status"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"
    PERIOD_START = "periodStart"


ORDERS = {
    InvoiceOrder.CUSTOMER_NAME: "customer_name",
    InvoiceOrder.ISSUED_AT: "issued_at",
    InvoiceOrder.STATUS: "status",
    InvoiceOrder.CREATED_AT: "created_at",
    InvoiceOrder.UPDATED_AT: "updated_at",
    InvoiceOrder.PERIOD_START: "period_start",
}


class InvoiceQuery(PageQuery):
    """Which invoices are asked for."""

    statuses: list[InvoiceStatus] = Field(default_factory=list)
    extended_statuses: list[str] = Field(default_factory=list)
    issued_after: Instant | None = None
    issued_before: Instant | None = None
    period_start_after: Instant | None = None
    period_start_before: Instant | None = None
    created_after: Instant | None = None
    created_before: Instant | None = None
    expand: list[InvoiceExpand] = Field(default_factory=list)
    customers: list[str] = Field(default_factory=list)
    include_deleted: bool = False
    order: SortOrder = SortOrder.ASC
    order_by: InvoiceOrder = InvoiceOrder.CREATED_AT

    def from_wire(self) -> InvoiceFilter:
        """As the service takes it; a draft that is being deleted is still a draft."""
        prefixes = [status.value for status in self.statuses]
        if InvoiceStatus.DRAFT in self.statuses:
            prefixes.append("delete.")
        return InvoiceFilter(
            state_prefixes=prefixes,
            states=self.extended_statuses,
            customer_ids=self.customers,
            issued_after=self.issued_after,
            issued_before=self.issued_before,
            period_start_after=self.period_start_after,
            period_start_before=self.period_start_before,
            created_after=self.created_after,
            created_before=self.created_before,
            include_deleted=self.include_deleted,
            order_by=ORDERS[self.order_by],
            descending=self.order is SortOrder.DESC,
            offset=self.offset,
            limit=self.page_size,
        )


class LineFilterIn(WireInput):
    """Which gathered lines to invoice."""

    line_ids: Annotated[list[str], Field(min_length=1)] | None = None


class InvoiceNowIn(WireInput):
    """Invoice what a customer owes, without waiting for the end of its period."""

    customer_id: str
    as_of: Instant | None = None
    filters: LineFilterIn | None = None
    progressive_billing_override: bool | None = None

    @property
    def line_ids(self) -> list[str]:
        return (self.filters.line_ids or []) if self.filters else []


class InvoiceCustomerOut(Wire):
    """The customer as the invoice names it."""

    id: str
    key: str | None = None
    name: str
    tax_id: TaxIdentity | None = None
    addresses: list[Address] | None = None
    usage_attribution: UsageAttribution


class ActionOut(Wire):
    """Where an action leads."""

    resulting_state: str


class ActionsOut(Wire):
    """The actions that are possible now."""

    advance: ActionOut | None = None
    approve: ActionOut | None = None
    delete: ActionOut | None = None
    retry: ActionOut | None = None
    snapshot_quantities: ActionOut | None = None
    void: ActionOut | None = None
    invoice: dict[str, str] | None = None


class StatusDetailsOut(Wire):
    """Where an invoice stands, in full."""

    immutable: bool
    failed: bool
    extended_status: str
    available_actions: ActionsOut


class WorkflowSettingsOut(Wire):
    """How the invoice is billed, as it was when it was made."""

    apps: AppsOut
    source_billing_profile_id: str
    workflow: WorkflowWire


class DueDateOut(Wire):
    """When how much is due."""

    due_at: Instant
    amount: Calculated
    currency: str


class TermsOut(Wire):
    """That payment is due on a date."""

    type: str = "due_date"
    due_at: list[DueDateOut]


class PaymentOut(Wire):
    """The terms of payment."""

    terms: TermsOut


class ValidationIssueOut(Wire):
    """Something that is wrong with an invoice."""

    id: str
    created_at: Instant
    updated_at: Instant
    severity: str
    field: str | None = None
    code: str | None = None
    component: str
    message: str


class InvoiceOut(Wire):
    """An invoice."""

    id: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    type: str = "standard"
    supplier: Party
    customer: InvoiceCustomerOut
    number: str
    currency: str
    preceding: list[dict[str, str]] | None = None
    totals: TotalsOut
    status: str
    status_details: StatusDetailsOut
    issued_at: Instant | None = None
    draft_until: Instant | None = None
    quantity_snapshoted_at: Instant | None = None
    collection_at: Instant | None = None
    due_at: Instant | None = None
    period: PeriodOut | None = None
    voided_at: Instant | None = None
    sent_to_customer_at: Instant | None = None
    workflow: WorkflowSettingsOut
    lines: list[LineOut] | None = None
    payment: PaymentOut | None = None
    validation_issues: list[ValidationIssueOut] | None = None
    external_ids: ExternalIdsOut | None = None


def invoice_to_wire(
    view: InvoiceView, *, lines: bool = True, preceding: bool = False, apps: Mapping[str, AppOut] | None = None
) -> InvoiceOut:
    """An invoice as version 1 writes it, with as much as was asked for."""
    row = view.invoice
    assert row.created_at is not None
    assert row.updated_at is not None
    return InvoiceOut(
        id=row.id,
        description=row.description,
        metadata=dict(row.labels) or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        supplier=Party.model_validate(row.supplier),
        customer=_customer(row.customer),
        number=row.number,
        currency=row.currency,
        preceding=[] if preceding else None,
        totals=totals_to_wire(view.totals),
        status=view.status.short,
        status_details=_status(view.status),
        issued_at=row.issued_at,
        draft_until=row.draft_until,
        quantity_snapshoted_at=row.quantities_at,
        collection_at=row.collection_at,
        due_at=row.due_at,
        period=_period(row),
        voided_at=row.voided_at,
        sent_to_customer_at=row.sent_at,
        workflow=WorkflowSettingsOut(
            apps=apps_to_wire(row.tax_app_id, row.invoicing_app_id, row.payment_app_id, apps),
            source_billing_profile_id=row.profile_id,
            workflow=workflow_to_wire(row.workflow),
        ),
        lines=[line_to_wire(row, line) for line in view.lines] if lines else None,
        payment=_payment(view),
        validation_issues=[_issue(issue) for issue in row.validation_issues] or None,
        external_ids=ExternalIdsOut(invoicing=row.external_id) if row.external_id else None,
    )


def _customer(kept: Mapping[str, Any]) -> InvoiceCustomerOut:
    return InvoiceCustomerOut(
        id=kept["id"],
        key=kept["key"],
        name=kept["name"],
        tax_id=TaxIdentity(**kept["tax_id"]) if kept.get("tax_id") else None,
        addresses=[Address(**kept["address"])] if kept["address"] else None,
        usage_attribution=UsageAttribution(subject_keys=kept["subject_keys"]),
    )


def _status(status: StatusView) -> StatusDetailsOut:
    named = {
        ("snapshot_quantities" if name == "snapshotQuantities" else name): to for name, to in status.actions.items()
    }
    shown = [name for name in named if name in ActionsOut.model_fields and name != "invoice"]
    actions: dict[str, Any] = {name: ActionOut(resulting_state=named[name]) for name in shown}
    if "invoice" in named:
        actions["invoice"] = {}
    return StatusDetailsOut(
        immutable=status.immutable,
        failed=status.failed,
        extended_status=status.extended,
        available_actions=ActionsOut(**actions),
    )


def _period(row: Invoice) -> PeriodOut | None:
    if row.period_start is None or row.period_end is None:
        return None
    return PeriodOut(from_=row.period_start, to=row.period_end)


def _payment(view: InvoiceView) -> PaymentOut | None:
    row = view.invoice
    if row.due_at is None:
        return None
    amount = view.totals.total
    return PaymentOut(terms=TermsOut(due_at=[DueDateOut(due_at=row.due_at, amount=amount, currency=row.currency)]))


def _issue(kept: Mapping[str, Any]) -> ValidationIssueOut:
    at = datetime.fromisoformat(kept["at"])
    return ValidationIssueOut(
        id=kept["id"],
        created_at=at,
        updated_at=at,
        severity=kept["severity"],
        field=kept["field"] or None,
        code=kept["code"],
        component=kept["component"],
        message=kept["message"],
    )
