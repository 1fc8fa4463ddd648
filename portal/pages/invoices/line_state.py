"""The form of one line of an invoice that can still be changed: a fee is added, a line changed or removed."""

from dataclasses import replace
from typing import Any

import reflex as rx

from backend import clockwork
from backend.access.roles import Permission
from backend.engine.period import Period
from backend.errors import Invalid, NotFound
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice, InvoiceLine
from backend.invoicing.service import EditedLine
from portal import boundary
from portal.formatting import money
from portal.page_state import last_in_path
from portal.pages.invoices.detail_state import InvoiceState
from portal.pages.invoices.line_form import FEE, USAGE, LineForm, form_of, new_form, read_line, typed_into
from portal.sold_words import line_price

PLACES = (("rateCard.price", "amount"), ("rateCard.discounts", "percent"), ("period", "end"), ("rateCard", "name"))
"""The end of the service's places, and the field of the form behind each."""


class LineState(rx.State):
    """What the form of a line shows and does."""

    form: LineForm = LineForm()
    currency: str = ""
    is_open: bool = False
    problems: dict[str, str] = {}
    question: str = ""
    removing: str = ""

    @rx.event
    @boundary.command
    async def open_new(self):
        """Show the form of a fee."""
        invoice_id = last_in_path(self)

        def fresh(ctx: Context) -> tuple[str, LineForm]:
            invoice = invoicing.get(ctx, invoice_id)
            start, end = invoice.period_start, invoice.period_end
            return invoice.currency, new_form(ctx.now, Period(start, end) if start and end else None)

        self.currency, self.form = await boundary.read(self, fresh, need=Permission.INVOICES)
        self.problems, self.is_open = {}, True

    @rx.event
    @boundary.command
    async def open_line(self, line_id: str):
        """Show the form of a line."""
        invoice_id = last_in_path(self)
        self.currency, self.form = await boundary.read(
            self, lambda ctx: _form(ctx, invoice_id, line_id), need=Permission.INVOICES
        )
        self.problems, self.is_open = {}, True

    @rx.event
    async def choose_kind(self, kind: str):
        """By usage, or a fixed amount instead; a part of a period that is billed in parts stays by usage."""
        if kind in (FEE, USAGE) and self.form.was_usage and not self.form.is_part:
            self.form = replace(self.form, kind=kind)

    @rx.event
    async def close(self):
        """Close the form and the question without a change."""
        self.is_open, self.removing = False, ""

    @rx.event
    @boundary.command
    async def save(self, typed: dict[str, Any]):
        """Change or add the line; what is wrong is said at its field."""
        invoice_id, self.form = last_in_path(self), typed_into(self.form, typed)
        form, known = self.form, None
        if form.id:
            known = await boundary.read(self, lambda ctx: invoicing.as_it_is(_line(ctx, invoice_id, form.id)[1]))
        now = await boundary.read(self, lambda ctx: ctx.now)
        wanted, self.problems = read_line(form, known, now)
        if self.problems:
            return None
        try:
            await self._change(lambda ctx: invoicing.put_line(ctx, invoice_id, wanted))
        except Invalid as error:
            self.problems = _placed(error)
            return None
        return self._done("The line is changed" if form.id else "The line is added")

    @rx.event
    @boundary.command
    async def ask_remove(self, line_id: str):
        """Say what goes with the line, and ask."""
        invoice_id = last_in_path(self)
        self.question = await boundary.read(self, lambda ctx: _question(ctx, invoice_id, line_id))
        self.removing = line_id

    @rx.event
    @boundary.command
    async def remove(self):
        """Take the line off."""
        invoice_id, line_id = last_in_path(self), self.removing
        self.removing = ""
        gone = await self._change(lambda ctx: invoicing.remove_line(ctx, invoice_id, line_id))
        return [rx.toast.success("The line is removed"), rx.redirect("/invoices")] if gone else self._done("Removed")

    async def _change(self, use_case: Any) -> bool:
        """Make the change, then let the invoice be calculated and go on; tells whether nothing is left of it."""
        invoice: Invoice = await boundary.change(self, use_case, need=Permission.INVOICES)
        if invoice.kind == "standard":
            await boundary.perform(
                self,
                lambda who: clockwork.advance_invoice(who.namespace, invoice.id, who.actor),
                need=Permission.INVOICES,
            )
        return invoice.deleted_at is not None

    def _done(self, told: str) -> list[rx.event.EventType]:
        self.is_open = False
        return [rx.toast.success(told), InvoiceState.load]


def _line(ctx: Context, invoice_id: str, line_id: str) -> tuple[Invoice, InvoiceLine]:
    invoice = invoicing.get(ctx, invoice_id)
    for shown in invoicing.view(ctx, invoice).lines:
        if shown.line.id == line_id:
            return invoice, shown.line
    raise NotFound("The invoice has no such line.")


def _form(ctx: Context, invoice_id: str, line_id: str) -> tuple[str, LineForm]:
    invoice, line = _line(ctx, invoice_id, line_id)
    known: EditedLine = invoicing.as_it_is(line)
    is_part, is_sold = line.group_id is not None, line.subscription_id is not None
    return invoice.currency, form_of(known, line_price(line), is_part=is_part, is_sold=is_sold)


def _question(ctx: Context, invoice_id: str, line_id: str) -> str:
    invoice, line = _line(ctx, invoice_id, line_id)
    sold = " Its subscription does not bill it again." if line.subscription_id else ""
    return f"{line.name}, {money(line.total, invoice.currency)}, is taken off and never billed.{sold}"


def _placed(error: Invalid) -> dict[str, str]:
    """What the service refused, at the field of the form behind it."""
    found: dict[str, str] = {}
    for issue in error.issues:
        field = next((field for place, field in PLACES if f".{place}" in issue.field), "name")
        found.setdefault(field, issue.message)
    return found or {"name": boundary.wording(error)}
