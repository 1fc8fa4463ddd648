"""Taking an issued invoice back, or giving it up: asked for with a reason, and with what becomes of its lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from backend import clockwork
from backend.access.roles import Permission
from backend.errors import Invalid
from backend.infra.actor import Identity
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import Again, Voiding
from portal import boundary
from portal.formatting import money
from portal.keys import plain_text
from portal.page_state import last_in_path
from portal.pages.invoices.detail_state import InvoiceState

VOID, GIVE_UP = "void", "markUncollectible"
NEVER, AGAIN, EACH = "never", "again", "each"
LONGEST_REASON = 1024
OF_LINE = "line-"


@dataclass(frozen=True)
class LineChoice:
    """A line whose fate is asked; one that is billed in parts can only be left."""

    id: str
    name: str
    amount: str
    is_part: bool


class TakeBackState(rx.State):
    """What the form that voids an invoice or gives it up shows and does."""

    action: str = ""
    title: str = ""
    note: str = ""
    fate: str = NEVER
    lines: list[LineChoice] = []
    problem: str = ""

    @rx.event
    @boundary.command
    async def open(self, action: str):
        """Show the form with what will happen."""
        if action not in (VOID, GIVE_UP):
            raise Invalid("An issued invoice is voided, or given up.")
        invoice_id = last_in_path(self)
        self.reset()
        self.title, self.note, self.lines = await boundary.read(
            self, lambda ctx: _told(ctx, action, invoice_id), need=Permission.INVOICES
        )
        self.action = action

    @rx.event
    async def close(self):
        """Close the form; the invoice stays as it is."""
        self.action = ""

    @rx.event
    async def choose_fate(self, fate: str):
        """What becomes of the lines."""
        self.fate = fate if fate in (NEVER, AGAIN, EACH) else NEVER

    @rx.event
    @boundary.command
    async def confirm(self, typed: dict[str, Any]):
        """Tell the app, then record it."""
        reason = plain_text(str(typed.get("reason") or "").strip(), LONGEST_REASON)
        if self.action == VOID and not reason:
            self.problem = "Say why: it stays in the history of the invoice."
            return None
        invoice_id, is_void = last_in_path(self), self.action == VOID
        wanted = self._wanted(reason, typed)

        def take_back(who: Identity) -> None:
            if is_void:
                clockwork.void_invoice(who.namespace, invoice_id, wanted, who.actor)
            else:
                clockwork.mark_invoice_uncollectible(who.namespace, invoice_id, reason or None, who.actor)

        await boundary.perform(self, take_back, need=Permission.INVOICES)
        self.action = ""
        done = "The invoice is void" if is_void else "The invoice is given up"
        return [rx.toast.success(done), InvoiceState.load]

    def _wanted(self, reason: str, typed: Mapping[str, Any]) -> Voiding:
        if self.fate != EACH:
            return Voiding(reason, Again() if self.fate == AGAIN else None)
        chosen = [line.id for line in self.lines if typed.get(OF_LINE + line.id) == AGAIN]
        return Voiding(reason, None, dict.fromkeys(chosen, Again()))


def _told(ctx: Context, action: str, invoice_id: str) -> tuple[str, str, list[LineChoice]]:
    found = invoicing.view(ctx, invoicing.get(ctx, invoice_id))
    invoice, app = found.invoice, invoicing.get_app(ctx, found.invoice.invoicing_app_id).name
    who, total = invoice.customer["name"], money(found.totals.total, invoice.currency)
    lines = [
        LineChoice(
            shown.line.id,
            shown.line.name,
            money(shown.totals.total, invoice.currency),
            is_part=shown.line.group_id is not None,
        )
        for shown in found.lines
    ]
    if action == VOID:
        note = f"{who} no longer has to pay {total}, also in {app}. The number stays taken. This cannot be undone."
        return f"Void {invoice.number}", note, lines
    note = f"{total} of {who} counts as lost, also in {app}. It may still be paid, or be voided later."
    return f"Give {invoice.number} up", note, lines
