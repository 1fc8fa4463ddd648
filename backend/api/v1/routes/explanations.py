"""Why a line of an invoice comes to what it says."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import Reading
from backend.api.v1.routes.invoices import InvoiceId
from backend.api.v1.wire.explanations import ExplanationOut, explanation_to_wire
from backend.api.wire import WireRoute
from backend.invoicing import service

router = APIRouter(prefix="/api/v1/billing/invoices", tags=["Billing"], route_class=WireRoute)
LineId = Annotated[str, Path(alias="lineId")]
Events = Annotated[int, Query(ge=0, le=100)]


@router.get("/{invoiceId}/lines/{lineId}/explanation", operation_id="explainInvoiceLine")
def explain_line(ctx: Reading, invoice_id: InvoiceId, line_id: LineId, events: Events = 25) -> ExplanationOut:
    """The formula of a line, its usage by day and the newest raw events behind it, at most so many.

    A line that corrects an earlier one says what was billed, what is due and why, and leads to the earlier line.
    """
    invoice = service.get(ctx, invoice_id)
    newest = service.events_behind(ctx, invoice, line_id, limit=events)
    return explanation_to_wire(service.explain(ctx, invoice, line_id), newest)
