"""The invoices of one customer, the upcoming one among them."""

import reflex as rx

from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import StageFilter
from portal import boundary
from portal import components as ui
from portal.invoice_words import InvoiceRow, invoice_row
from portal.page_state import PAGE_SIZE, Listing, asked, last_in_path


class CustomerInvoicesState(Listing, rx.State):
    """What the tab of a customer's invoices shows."""

    ADDRESSED_BY = ("tab",)

    rows: list[InvoiceRow] = []

    async def _fetch(self) -> None:
        if asked(self, "tab") != "invoices":
            return
        wanted = StageFilter(
            customer_ids=(last_in_path(self),), upcoming_first=True, offset=(self.page - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
        self.rows, self.total = await boundary.read(self, lambda ctx: _page(ctx, wanted))


def invoices_tab() -> rx.Component:
    """The list, newest first."""
    return ui.data_table(
        CustomerInvoicesState,
        [
            ui.Column("Number", lambda row: ui.row_link(row.number, row.href)),
            ui.Column("Status", lambda row: ui.status_badge(row.status)),
            ui.Column("Period", lambda row: ui.when(row.period), wide=True),
            ui.Column("Date", lambda row: ui.when(row.dated, row.dated_exact), wide=True),
            ui.Column("Due", lambda row: ui.when(row.due), wide=True),
            ui.Column("Total", lambda row: ui.money_text(row.total, row.href), end=True),
        ],
        label="Invoices of this customer",
        empty=ui.empty_state(
            "No invoices yet",
            "The first one gathers as soon as the customer has a subscription.",
            ui.link_button("Start a subscription", "?tab=subscription", kind="primary"),
            icon="receipt-text",
        ),
    )


def _page(ctx: Context, wanted: StageFilter) -> tuple[list[InvoiceRow], int]:
    found, total = invoicing.list_by_stage(ctx, wanted)
    return [invoice_row(ctx, invoice, "/invoices") for invoice in found], total
