"""One invoice of the customer's own, with the explanation of each line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import reflex as rx

from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import Stage
from backend.invoicing.service.wording import address, period_of, supplier_address
from portal import boundary
from portal import components as ui
from portal.formatting import instant, money
from portal.frame import customer_page
from portal.invoice_words import LineRow, line_row, number_of, status_of
from portal.page_state import Loaded, last_in_path
from portal.pages.invoices.explaining import Explaining
from portal.pages.invoices.parts import explanation, lines, pdf_button
from portal.theme import MUTED

T = TypeVar("T")


@dataclass(frozen=True)
class MyInvoice:
    """Everything a customer sees of their invoice, as text."""

    id: str = ""
    number: str = ""
    status: str = ""
    note: str = ""
    total: str = ""
    lines: tuple[LineRow, ...] = ()
    billed_to: str = ""
    billed_to_note: str = ""
    supplier: str = ""
    supplier_note: str = ""
    period: str = ""
    issued: str = ""
    due: str = ""
    paid: str = ""
    hosted_url: str = ""
    is_gathering: bool = False


class MyInvoiceState(Loaded, Explaining, rx.State):
    """What the customer's page of one invoice shows; the invoice must be their own, at every call."""

    shown: MyInvoice = MyInvoice()

    @rx.event
    async def enter(self):
        """Forget the invoice that was shown before."""
        if self.shown.id != last_in_path(self):
            self.reset()
        self.line_id = ""

    async def _fetch(self) -> None:
        self.shown = await self._of_invoice(_page)

    async def _of_invoice(self, use_case: Callable[[Context, Invoice], T]) -> T:
        invoice_id = last_in_path(self)
        return await boundary.read_mine(
            self, lambda ctx, own: use_case(ctx, invoicing.of_customer(ctx, own, invoice_id))
        )


SHOWN = MyInvoiceState.shown


@customer_page(
    "/my/invoices/[invoice_id]",
    title="Invoice",
    on_load=[MyInvoiceState.enter, MyInvoiceState.load, MyInvoiceState.explain_asked],
)
def my_invoice() -> rx.Component:
    """Lines and facts side by side, the explanation over them."""
    return rx.fragment(
        ui.page_header(
            rx.cond(SHOWN.number != "", SHOWN.number, "Invoice"),
            crumbs=[("Invoices", "/my/invoices")],
            subtitle=SHOWN.note,
            status=rx.cond(SHOWN.status != "", ui.status_badge(SHOWN.status), rx.fragment()),
            actions=[pdf_button(MyInvoiceState)],
        ),
        ui.loaded(
            MyInvoiceState,
            rx.grid(
                rx.box(lines(MyInvoiceState, SHOWN.lines, SHOWN.total), min_width="0"),
                rx.box(_facts(), min_width="0"),
                columns={"initial": "minmax(0, 1fr)", "md": "minmax(0, 1fr) 340px"},
                gap="20px",
            ),
        ),
        explanation(MyInvoiceState, for_staff=False),
    )


def _facts() -> rx.Component:
    def party(name: rx.Var, note: rx.Var) -> rx.Component:
        return rx.flex(rx.text(name, size="2"), rx.text(note, size="1", color=MUTED), direction="column", gap="1px")

    return ui.card(
        ui.definition_list(
            ("Billed to", party(SHOWN.billed_to, SHOWN.billed_to_note)),
            ("From", party(SHOWN.supplier, SHOWN.supplier_note)),
            ("Period", rx.text(SHOWN.period, size="2")),
            ("Issued", rx.text(SHOWN.issued, size="2")),
            ("Due", rx.text(SHOWN.due, size="2")),
            ("Paid", rx.text(SHOWN.paid, size="2")),
        ),
        rx.cond(
            SHOWN.hosted_url != "",
            rx.box(
                ui.link_button("Open the payment page", SHOWN.hosted_url, kind="primary", icon="external-link"),
                margin_top="16px",
            ),
            rx.fragment(),
        ),
    )


def _page(ctx: Context, invoice: Invoice) -> MyInvoice:
    found = invoicing.view(ctx, invoice)
    is_gathering = invoice.status == Stage.GATHERING
    return MyInvoice(
        id=invoice.id,
        number=number_of(invoice),
        status=status_of(ctx, invoice),
        note="What will be charged next, with your usage so far." if is_gathering else "",
        total=money(found.totals.total, invoice.currency),
        lines=tuple(line_row(line, invoice.currency) for line in found.lines),
        billed_to=invoice.customer["name"],
        billed_to_note=address(invoice.customer["address"]),
        supplier=str(invoice.supplier.get("name", "")),
        supplier_note=address(supplier_address(invoice.supplier)),
        period=period_of(invoice),
        issued=instant(invoice.issued_at) if invoice.issued_at else "Not issued yet",
        due=instant(invoice.due_at) if invoice.due_at else "With the invoice",
        paid=instant(invoice.paid_at) if invoice.paid_at else "Not yet",
        hosted_url=invoice.hosted_url or "",
        is_gathering=is_gathering,
    )
