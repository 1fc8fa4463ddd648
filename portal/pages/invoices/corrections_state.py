"""What turned out wrong about one issued invoice, and the decision about it where the billing profile asks first."""

import reflex as rx

from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import CorrectionFilter
from portal import boundary
from portal.correction_words import CorrectionRow, correction_row
from portal.page_state import Loaded, last_in_path
from portal.pages.corrections.deciding import Deciding


class InvoiceCorrectionsState(Deciding, Loaded, rx.State):
    """What the part of an invoice's corrections shows and does."""

    rows: list[CorrectionRow] = []

    async def _fetch(self) -> None:
        invoice_id, self.rows = last_in_path(self), []
        self.rows = await boundary.read(self, lambda ctx: rows_of(ctx, invoice_id))


def rows_of(ctx: Context, invoice_id: str) -> list[CorrectionRow]:
    """The corrections of an invoice's lines, in the order in which they were found."""
    found, _ = invoicing.list_corrections(ctx, CorrectionFilter(invoice_id=invoice_id, descending=False))
    return [correction_row(row) for row in found]
