"""One invoice: its lines and what explains them, its life, and the actions that are possible now."""

from collections.abc import Callable
from typing import TypeVar

import reflex as rx

from backend import clockwork
from backend.access.roles import Permission
from backend.errors import Invalid
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from portal import boundary
from portal.formatting import words
from portal.page_state import Loaded, last_in_path
from portal.pages.invoices.actions import INVOICE_NOW, LABELS, RECALCULATE
from portal.pages.invoices.explaining import Explaining
from portal.pages.invoices.shown import InvoicePage, page_of

T = TypeVar("T")
STEPS: dict[str, Callable[[Context, str], Invoice]] = {
    "approve": invoicing.approve,
    "retry": invoicing.retry,
    "delete": invoicing.delete,
    "snapshotQuantities": invoicing.snapshot_now,
    RECALCULATE: invoicing.recalculate_taxes,
}
"""The actions that change the invoice itself before it goes on."""


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
        self.shown = await self._of_invoice(page_of)

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
            if action not in LABELS:
                raise Invalid("An invoice has no such action.")
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
