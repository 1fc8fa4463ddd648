"""One invoice: its lines and what explains them, its life, and the actions that are possible now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import reflex as rx

from backend import clockwork
from backend.access.roles import Permission
from backend.engine.invoice.lifecycle import State
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import Stage
from backend.invoicing.service.wording import address, period_of, supplier_address
from portal import boundary
from portal.formatting import NOTHING, instant, money, words
from portal.invoice_words import (
    LineRow,
    StepRow,
    line_row,
    number_of,
    resting_steps,
    status_of,
)
from portal.page_state import Loaded, last_in_path
from portal.pages.invoices.explaining import Explaining

T = TypeVar("T")
INVOICE_NOW = "invoice"
STEPS: dict[str, Callable[[Context, str], Invoice]] = {
    "approve": invoicing.approve,
    "retry": invoicing.retry,
    "delete": invoicing.delete,
    "snapshotQuantities": invoicing.snapshot_now,
}
"""The actions that change the invoice itself before it goes on."""


@dataclass(frozen=True)
class IssueRow:
    """Something that is wrong with an invoice."""

    severity: str
    message: str


@dataclass(frozen=True)
class InvoicePage:
    """Everything the page shows of an invoice, as text."""

    id: str = ""
    number: str = ""
    status: str = ""
    subtitle: str = ""
    total: str = ""
    lines: tuple[LineRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    issues: tuple[IssueRow, ...] = ()
    actions: tuple[str, ...] = ()
    customer: str = ""
    customer_href: str = ""
    customer_note: str = ""
    supplier: str = ""
    supplier_note: str = ""
    period: str = ""
    issued: str = ""
    due: str = ""
    payment: str = ""
    payment_app: str = ""
    hosted_url: str = ""
    is_gathering: bool = False


class InvoiceState(Loaded, Explaining, rx.State):
    """What the page of one invoice shows and does."""

    shown: InvoicePage = InvoicePage()
    working: bool = False

    @rx.event
    async def enter(self):
        """Forget the invoice that was shown before."""
        if self.shown.id != self._invoice_id():
            self.reset()
        self.line_id, self.working = "", False

    async def _fetch(self) -> None:
        self.shown = await self._of_invoice(_page)

    async def _of_invoice(self, use_case: Callable[[Context, Invoice], T]) -> T:
        invoice_id = self._invoice_id()
        return await boundary.read(self, lambda ctx: use_case(ctx, invoicing.get(ctx, invoice_id)))

    @rx.event
    async def begin(self):
        """Show that something is under way; sent before the action itself."""
        self.working = True

    @rx.event
    @boundary.command
    async def act(self, action: str):
        """Take one of the actions that are possible now, then let the invoice go on as far as it can."""
        try:
            if action == INVOICE_NOW:
                return await self._invoice_now()
            return await self._act(action)
        finally:
            self.working = False

    async def _act(self, action: str) -> list[rx.event.EventType]:
        invoice_id, step = self._invoice_id(), STEPS.get(action)
        if step is not None:
            await boundary.change(self, lambda ctx: step(ctx, invoice_id), need=Permission.INVOICES)
        await boundary.perform(
            self,
            lambda who: clockwork.advance_invoice(who.namespace, invoice_id, who.actor),
            need=Permission.INVOICES,
        )
        reached = await self._of_invoice(lambda _ctx, invoice: invoice.status)
        return [rx.toast.success(f"The invoice is now: {words(reached).lower()}"), InvoiceState.load]

    async def _invoice_now(self) -> list[rx.event.EventType]:
        customer_id = await self._of_invoice(lambda _ctx, invoice: invoice.customer_id)
        drawn = await boundary.perform(
            self,
            lambda who: clockwork.invoice_now(who.namespace, who.actor, customer_id, None, ()),
            need=Permission.INVOICES,
        )
        return [rx.toast.success("The invoice is drawn"), rx.redirect(f"/invoices/{drawn[0]}")]

    def _invoice_id(self) -> str:
        return last_in_path(self)


def _page(ctx: Context, invoice: Invoice) -> InvoicePage:
    found = invoicing.view(ctx, invoice)
    is_gathering = invoice.status == Stage.GATHERING
    return InvoicePage(
        id=invoice.id,
        number=number_of(invoice),
        status=status_of(ctx, invoice),
        subtitle=_subtitle(invoice, is_gathering=is_gathering),
        total=money(found.totals.total, invoice.currency),
        lines=tuple(line_row(line, invoice.currency) for line in found.lines),
        steps=tuple(resting_steps(invoicing.timeline(ctx, invoice))),
        issues=tuple(IssueRow(issue["severity"], issue["message"]) for issue in invoice.validation_issues),
        actions=tuple(found.status.actions),
        customer=invoice.customer["name"],
        customer_href=f"/customers/{invoice.customer_id}",
        customer_note=_contact(invoice.customer),
        supplier=str(invoice.supplier.get("name", "")),
        supplier_note=address(supplier_address(invoice.supplier)),
        period=period_of(invoice),
        issued=instant(invoice.issued_at) if invoice.issued_at else "Not issued yet",
        due=instant(invoice.due_at) if invoice.due_at else NOTHING,
        payment=_payment(invoice),
        payment_app=invoicing.get_app(ctx, invoice.payment_app_id).name,
        hosted_url=invoice.hosted_url or "",
        is_gathering=is_gathering,
    )


def _subtitle(invoice: Invoice, *, is_gathering: bool) -> str:
    if is_gathering:
        return "What will be charged next, rated live with the usage so far."
    if invoice.status == State.DRAFT_WAITING_FOR_COLLECTION and invoice.collection_at:
        return f"Waits for late usage until {instant(invoice.collection_at)}."
    if invoice.status == State.DRAFT_WAITING_AUTO_APPROVAL and invoice.draft_until:
        return f"Issues itself on {instant(invoice.draft_until)} unless somebody approves it before."
    return f"{invoice.customer['name']}, {period_of(invoice)}"


def _payment(invoice: Invoice) -> str:
    if invoice.paid_at:
        return f"Paid {instant(invoice.paid_at)}"
    if invoice.voided_at:
        return f"Voided {instant(invoice.voided_at)}"
    return words(invoice.status) if invoice.issued_at else "Not due yet"


def _contact(customer: dict[str, Any]) -> str:
    return " \N{MIDDLE DOT} ".join(part for part in (customer.get("email"), address(customer["address"])) if part)
