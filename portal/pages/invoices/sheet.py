"""The list of invoices as a file: exact amounts, each with its currency."""

from collections.abc import Sequence

from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import Stage
from portal.invoice_words import number_of, status_of
from portal.sheet import Cell, Sheet

COLUMNS = (
    "id",
    "number",
    "customer_id",
    "customer_name",
    "status",
    "period_start",
    "period_end",
    "created_at",
    "issued_at",
    "due_at",
    "paid_at",
    "currency",
    "total",
)


def invoices_sheet(ctx: Context, found: Sequence[Invoice]) -> Sheet:
    """One row for each invoice; a gathering one with what it has come to so far."""
    return Sheet("invoices", COLUMNS, (_row(ctx, invoice) for invoice in found))


def _row(ctx: Context, invoice: Invoice) -> Sequence[Cell]:
    gathering = invoice.status == Stage.GATHERING
    return (
        invoice.id,
        number_of(invoice),
        invoice.customer_id,
        str(invoice.customer.get("name", "")),
        status_of(ctx, invoice),
        invoice.period_start,
        invoice.period_end,
        invoice.created_at,
        invoice.issued_at,
        invoice.due_at if invoice.issued_at else None,
        invoice.paid_at,
        invoice.currency,
        invoicing.header(ctx, invoice).totals.total if gathering else invoice.total,
    )
