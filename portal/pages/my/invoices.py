"""The customer's own invoices: what was issued to them, and what is coming."""

import reflex as rx

from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import BILLED, Stage, StageFilter
from portal import boundary
from portal import components as ui
from portal.frame import customer_page
from portal.invoice_words import InvoiceRow, invoice_row
from portal.page_state import PAGE_SIZE, Listing

TEACHES = "Every charge is on an invoice, and every line of it can be explained down to the single event."


class MyInvoicesState(Listing, rx.State):
    """What the customer's list of invoices shows."""

    SORTS = ("created_at", "due_at")

    rows: list[InvoiceRow] = []

    async def _fetch(self) -> None:
        self.rows, self.total = await boundary.read_mine(self, self._read)

    def _read(self, ctx: Context, customer_id: str) -> tuple[list[InvoiceRow], int]:
        wanted = StageFilter(
            (Stage.GATHERING, *BILLED),
            (customer_id,),
            search=self.search,
            order_by=self.sort or "created_at",
            descending=self.descending or not self.sort,
            upcoming_first=not self.sort,
            offset=(self.page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )
        found, total = invoicing.list_by_stage(ctx, wanted)
        return [invoice_row(ctx, invoice, "/my/invoices") for invoice in found], total


@customer_page("/my/invoices", title="Invoices", on_load=MyInvoicesState.load)
def my_invoices() -> rx.Component:
    """The list, newest first."""
    return rx.fragment(
        ui.page_header("Invoices", subtitle="What was charged, and what is coming."),
        ui.data_table(
            MyInvoicesState,
            [
                ui.Column("Number", lambda row: ui.row_link(row.number, row.href)),
                ui.Column("Status", lambda row: ui.status_badge(row.status)),
                ui.Column("Period", lambda row: ui.when(row.period), wide=True),
                ui.Column("Date", lambda row: ui.when(row.dated, row.dated_exact), wide=True, sort="created_at"),
                ui.Column("Due", lambda row: ui.when(row.due), wide=True, sort="due_at"),
                ui.Column("Total", lambda row: ui.money_text(row.total, row.href), end=True),
            ],
            label="Your invoices",
            search="Search by number",
            empty=ui.empty_state("No invoices yet", TEACHES, icon="receipt-text"),
        ),
    )
