"""Corrections of issued invoices: which there are, and what a person decides about those that wait."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from backend.api.deps import Reading, Writing
from backend.api.v1.routes.invoices import InvoiceId
from backend.api.v1.wire.corrections import CorrectionOut, correction_to_wire
from backend.api.wire import WireRoute
from backend.invoicing import service
from backend.invoicing.correction_models import CorrectionStatus

router = APIRouter(prefix="/api/v1/billing", tags=["Billing"], route_class=WireRoute)
CorrectionId = Annotated[str, Path(alias="correctionId")]
Statuses = Annotated[list[CorrectionStatus], Query(), Field(default_factory=list)]


@router.get("/customers/{customerId}/corrections", operation_id="listCustomerCorrections")
def list_corrections(
    ctx: Reading, customer_id: Annotated[str, Path(alias="customerId")], status: Statuses
) -> list[CorrectionOut]:
    """The corrections of a customer's invoices, the newest first."""
    return [correction_to_wire(found) for found in service.corrections_of_customer(ctx, customer_id, *status)]


@router.post("/invoices/{invoiceId}/corrections", operation_id="checkInvoice")
def check_invoice(ctx: Writing, invoice_id: InvoiceId) -> list[CorrectionOut]:
    """Meter the lines of an issued invoice again, and correct what has changed; returns all its corrections."""
    return [correction_to_wire(found) for found in service.check_invoice(ctx, invoice_id)]


@router.post("/corrections/{correctionId}/accept", operation_id="acceptCorrection")
def accept_correction(ctx: Writing, correction_id: CorrectionId) -> CorrectionOut:
    """Book a correction that waits on the customer's next invoice."""
    return correction_to_wire(service.accept_correction(ctx, correction_id))


@router.post("/corrections/{correctionId}/dismiss", operation_id="dismissCorrection")
def dismiss_correction(ctx: Writing, correction_id: CorrectionId) -> CorrectionOut:
    """Let the difference of a correction that waits go."""
    return correction_to_wire(service.dismiss_correction(ctx, correction_id))
