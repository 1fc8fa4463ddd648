"""How invoices are written in version 3."""

from typing import Any, Literal

from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v3.billing_profiles import AppReferences
from backend.api.v3.customers import Address, UsageAttribution
from backend.api.v3.invoice_lines import ClosedPeriod, LineOut, TotalsOut, line_to_wire, totals_to_wire
from backend.api.v3.parties import Supplier, address_to_wire, supplier_to_wire
from backend.api.v3.rate_cards import Reference
from backend.api.v3.wire import Snake, labels_to_wire
from backend.api.v3.workflows import Payment, payment_to_wire
from backend.api.wire import Instant
from backend.invoicing.models import Invoice
from backend.invoicing.service import InvoiceView, StatusView
from backend.invoicing.workflow import from_document

ACTIONS = {
    "advance": "advance",
    "approve": "approve",
    "delete": "delete",
    "retry": "retry",
    "snapshotQuantities": "snapshot_quantities",
}
"""The actions that version 3 has, by the names of the life cycle."""


class CustomerOut(Snake):
    """The customer as the invoice names it."""

    id: str
    key: str | None = None
    name: str
    usage_attribution: UsageAttribution
    billing_address: Address | None = None


class ActionOut(Snake):
    """Where an action leads."""

    resulting_state: str


class ActionsOut(Snake):
    """The actions that are possible now."""

    advance: ActionOut | None = None
    approve: ActionOut | None = None
    delete: ActionOut | None = None
    retry: ActionOut | None = None
    snapshot_quantities: ActionOut | None = None


class StatusDetailsOut(Snake):
    """Where an invoice stands, in full."""

    immutable: bool
    failed: bool
    extended_status: str
    available_actions: ActionsOut


class ValidationIssueOut(Snake):
    """Something that is wrong with an invoice."""

    code: str
    message: str
    severity: str
    field: str | None = None


class ExternalReferencesOut(Snake):
    """Under which ids apps know an invoice."""

    invoicing_id: str | None = None
    payment_id: str | None = None


class InvoicingOut(Snake):
    """Who approves the draft and when, and when payment is due."""

    auto_advance: bool
    draft_period: Iso8601Duration
    due_after: Iso8601Duration


class WorkflowOut(Snake):
    """How the invoice is billed."""

    invoicing: InvoicingOut
    payment: Payment


class WorkflowSettingsOut(Snake):
    """How the invoice is billed, as it was when it was made."""

    apps: AppReferences
    source_billing_profile: Reference
    workflow: WorkflowOut


class InvoiceOut(Snake):
    """A standard invoice."""

    id: str
    type: Literal["standard"] = "standard"
    description: str | None = None
    labels: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    number: str
    currency: str
    supplier: Supplier
    customer: CustomerOut
    totals: TotalsOut
    service_period: ClosedPeriod
    validation_issues: list[ValidationIssueOut] | None = None
    external_references: ExternalReferencesOut | None = None
    status: str
    status_details: StatusDetailsOut
    issued_at: Instant | None = None
    draft_until: Instant | None = None
    quantity_snapshotted_at: Instant | None = None
    collection_at: Instant | None = None
    due_at: Instant | None = None
    sent_to_customer_at: Instant | None = None
    workflow: WorkflowSettingsOut
    lines: list[LineOut] | None = None


def invoice_to_wire(view: InvoiceView) -> InvoiceOut:
    """An invoice with its lines; one without any has an empty period."""
    row = view.invoice
    assert row.created_at is not None
    assert row.updated_at is not None
    period = {"from": row.period_start or row.created_at, "to": row.period_end or row.created_at}
    return InvoiceOut(
        id=row.id,
        description=row.description,
        labels=labels_to_wire(row.labels),
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        number=row.number,
        currency=row.currency,
        supplier=supplier_to_wire(row.supplier),
        customer=_customer(row.customer),
        totals=totals_to_wire(view.totals),
        service_period=ClosedPeriod(**period),
        validation_issues=[_issue(issue) for issue in row.validation_issues] or None,
        external_references=_references(row),
        status=view.status.short,
        status_details=_status(view.status),
        issued_at=row.issued_at,
        draft_until=row.draft_until,
        quantity_snapshotted_at=row.quantities_at,
        collection_at=row.collection_at,
        due_at=row.due_at,
        sent_to_customer_at=row.sent_at,
        workflow=_workflow(row),
        lines=[line_to_wire(row, line) for line in view.lines],
    )


def _customer(kept: dict[str, Any]) -> CustomerOut:
    return CustomerOut(
        id=kept["id"],
        key=kept["key"],
        name=kept["name"],
        usage_attribution=UsageAttribution(subject_keys=kept["subject_keys"]),
        billing_address=address_to_wire(kept["address"]) if kept["address"] else None,
    )


def _status(status: StatusView) -> StatusDetailsOut:
    named = {ACTIONS[name]: ActionOut(resulting_state=to) for name, to in status.actions.items() if name in ACTIONS}
    return StatusDetailsOut(
        immutable=status.immutable,
        failed=status.failed,
        extended_status=status.extended,
        available_actions=ActionsOut(**named),
    )


def _issue(kept: dict[str, Any]) -> ValidationIssueOut:
    names = ("code", "message", "severity")
    return ValidationIssueOut(**{name: kept[name] for name in names}, field=kept["field"] or None)


def _references(row: Invoice) -> ExternalReferencesOut | None:
    if row.external_id is None and row.payment_external_id is None:
        return None
    return ExternalReferencesOut(invoicing_id=row.external_id, payment_id=row.payment_external_id)


def _workflow(row: Invoice) -> WorkflowSettingsOut:
    workflow = from_document(row.workflow)
    return WorkflowSettingsOut(
        apps=AppReferences(
            tax=Reference(id=row.tax_app_id),
            invoicing=Reference(id=row.invoicing_app_id),
            payment=Reference(id=row.payment_app_id),
        ),
        source_billing_profile=Reference(id=row.profile_id),
        workflow=WorkflowOut(
            invoicing=InvoicingOut(
                auto_advance=workflow.auto_advance,
                draft_period=workflow.draft_period,
                due_after=workflow.due_after,
            ),
            payment=payment_to_wire(workflow),
        ),
    )
