"""One page of the corrections of issued invoices, each with the line it corrects and the invoices that book it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select

from backend.infra.context import Context
from backend.invoicing.correction_models import Correction, CorrectionStatus
from backend.invoicing.models import Invoice, InvoiceLine

ORDERS: dict[str, Any] = {
    "created_at": col(Correction.created_at),
    "number": col(Invoice.number),
    "customer": func.lower(col(Invoice.customer)["name"].as_string()),
}
"""What corrections can be sorted by."""


@dataclass(frozen=True, slots=True)
class CorrectionFilter:
    """Which corrections to list. No statuses are all of them; `search` looks at invoice number and customer name."""

    statuses: Collection[CorrectionStatus] = ()
    invoice_id: str | None = None
    search: str = ""
    order_by: str = "created_at"
    descending: bool = True
    offset: int = 0
    limit: int = 100


def correction_page(
    ctx: Context, wanted: CorrectionFilter
) -> tuple[Sequence[tuple[Correction, InvoiceLine, Invoice]], int]:
    """Corrections that match, with the line each corrects and its invoice, and how many match in all."""
    conditions = _conditions(ctx, wanted)
    joined = select(Correction.id).join(Invoice, col(Invoice.id) == col(Correction.invoice_id)).where(*conditions)
    total = ctx.session.exec(select(func.count()).select_from(joined.subquery())).one()
    order = ORDERS[wanted.order_by]
    query = (
        select(Correction, InvoiceLine, Invoice)
        .join(InvoiceLine, col(InvoiceLine.id) == col(Correction.line_id))
        .join(Invoice, col(Invoice.id) == col(Correction.invoice_id))
        .where(*conditions)
        .order_by(order.desc() if wanted.descending else order.asc(), col(Correction.id).desc())
    )
    return ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all(), total


def invoices_booking(ctx: Context, correction_ids: Iterable[str]) -> dict[str, list[Invoice]]:
    """Correction id → the invoices on which it is booked: one, or more when the first could not take all of it."""
    query = (
        select(InvoiceLine.correction_id, Invoice)
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(
            col(InvoiceLine.namespace) == ctx.namespace,
            col(InvoiceLine.correction_id).in_(list(correction_ids)),
            col(InvoiceLine.deleted_at).is_(None),
        )
        .order_by(col(InvoiceLine.created_at), col(InvoiceLine.id))
    )
    found: dict[str, list[Invoice]] = {}
    for correction_id, invoice in ctx.session.exec(query):
        if correction_id is not None and invoice not in found.setdefault(correction_id, []):
            found[correction_id].append(invoice)
    return found


def _conditions(ctx: Context, wanted: CorrectionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(Correction.namespace) == ctx.namespace]
    if wanted.statuses:
        conditions.append(col(Correction.status).in_([status.value for status in wanted.statuses]))
    if wanted.invoice_id is not None:
        conditions.append(col(Correction.invoice_id) == wanted.invoice_id)
    if wanted.search:
        texts = (col(Invoice.number), col(Invoice.customer)["name"].as_string())
        conditions.append(or_(*(text.icontains(wanted.search, autoescape=True) for text in texts)))
    return conditions
