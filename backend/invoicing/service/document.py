"""An invoice frozen for an app: what is asked of it, word for word the same at every repetition."""

from dataclasses import replace

from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import DetailedLine, Invoice, InvoiceLine
from backend.invoicing.ports import DocumentCustomer, DocumentLine, InvoiceDocument
from backend.invoicing.service.apps import customer_external_id
from backend.invoicing.tax import tax_of
from backend.invoicing.workflow import Workflow, from_document

ADDRESS = {
    "country": "country",
    "postalCode": "postal_code",
    "state": "state",
    "city": "city",
    "line1": "line1",
    "line2": "line2",
}
"""The parts of a customer's address that an app can take, and their names there."""


def freeze(ctx: Context, invoice: Invoice) -> InvoiceDocument:
    """The invoice as it is in this unit of work."""
    lines = repository.lines(ctx, [invoice.id])
    details = repository.details(ctx, [line.id for line in lines])
    workflow = from_document(invoice.workflow)
    return InvoiceDocument(
        id=invoice.id,
        namespace=ctx.namespace,
        app_id=invoice.invoicing_app_id,
        number=invoice.number,
        currency=invoice.currency,
        customer=_customer(ctx, invoice),
        lines=tuple(_line(invoice, line, detail) for line in lines for detail in details if detail.line_id == line.id),
        total=invoice.total,
        collection_method=workflow.collection_method.value,
        due_days=_due_days(invoice, workflow),
        external_id=invoice.external_id,
        version=invoice.version,
        attempt=invoice.attempt,
    )


def refreeze(asked: InvoiceDocument, invoice: Invoice) -> InvoiceDocument:
    """The same invoice some steps later: what an app was asked about, as long as lines and customer stayed the same."""
    return replace(
        asked,
        number=invoice.number,
        external_id=invoice.external_id,
        version=invoice.version,
        attempt=invoice.attempt,
    )


def _customer(ctx: Context, invoice: Invoice) -> DocumentCustomer:
    kept = invoice.customer
    return DocumentCustomer(
        id=invoice.customer_id,
        key=kept["key"],
        name=kept["name"],
        email=kept["email"],
        address={ADDRESS[name]: text for name, text in kept["address"].items() if name in ADDRESS and text},
        external_id=customer_external_id(ctx, invoice.invoicing_app_id, invoice.customer_id),
    )


def _line(invoice: Invoice, line: InvoiceLine, detail: DetailedLine) -> DocumentLine:
    return DocumentLine(
        id=detail.id,
        name=detail.name,
        quantity=detail.quantity,
        per_unit_amount=detail.per_unit_amount,
        total=detail.total,
        period_start=detail.period_start,
        period_end=detail.period_end,
        tax=tax_of(invoice, line),
    )


def _due_days(invoice: Invoice, workflow: Workflow) -> int:
    """Whole days to pay, as the workflow gives them."""
    assert invoice.created_at is not None
    return (workflow.due_after.after(invoice.created_at) - invoice.created_at).days
