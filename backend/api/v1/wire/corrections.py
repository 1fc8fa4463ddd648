"""How corrections of issued invoices travel in version 1. Only Meterline has them."""

from backend.api.wire import Calculated, Instant, Wire
from backend.invoicing.correction_models import Correction, CorrectionReason, CorrectionStatus


class CorrectionOut(Wire):
    """What a line of an issued invoice came to, what it should come to, and what became of the difference.

    `billed` holds earlier corrections of the same line; `amount` is negative when money is given back. A correction
    that waits is accepted or dismissed; one that is booked comes with the customer's next invoice.
    """

    id: str
    created_at: Instant
    updated_at: Instant
    customer_id: str
    invoice_id: str
    line_id: str
    subscription_id: str | None = None
    number: int
    currency: str
    reason: CorrectionReason
    status: CorrectionStatus
    billed: Calculated
    due: Calculated
    amount: Calculated


def correction_to_wire(found: Correction) -> CorrectionOut:
    """A correction as version 1 writes it."""
    return CorrectionOut.model_validate(found, from_attributes=True)
