"""What invoicing announces to the slices above: an invoice was drawn, or took a step in its life."""

from backend.infra import outbox
from backend.infra.context import Context
from backend.invoicing.correction_models import Correction
from backend.invoicing.models import Invoice

CREATED = "invoice.created"
UPDATED = "invoice.updated"
CORRECTED = "invoice.corrected"


def announce_step(ctx: Context, invoice: Invoice, before: str | None) -> None:
    """Say that an invoice was drawn (no state before) or went on; each step is told, with the invoice in version 1.

    Steps of one commit are told with the invoice as that commit leaves it. Gathering invoices are not announced.
    Source: billing spec 8.
    """
    outbox.announce_with(
        ctx,
        CREATED if before is None else UPDATED,
        invoice,
        invoice_id=invoice.id,
        from_status=before,
        to_status=invoice.status,
    )


def announce_correction(ctx: Context, correction: Correction) -> None:
    """Say that an issued invoice turned out wrong, or what was decided about it, with the correction as it is now."""
    outbox.announce(
        ctx,
        CORRECTED,
        correction_id=correction.id,
        invoice_id=correction.invoice_id,
        correction=correction.model_dump(mode="json"),
    )
