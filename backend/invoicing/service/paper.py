"""The invoice as a piece of paper: who owes whom how much for what, until when."""

from collections.abc import Iterator, Mapping
from typing import Any

from backend.engine.exact import EXACT, ZERO
from backend.engine.invoice.lifecycle import State, short_status
from backend.engine.invoice.totals import Totals
from backend.engine.written import NOTHING, day, money, period, quantity
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from backend.invoicing.models import Invoice, InvoiceKind
from backend.invoicing.ports import InvoicePrinter, Paper, PaperLine
from backend.invoicing.service.read import LineView, view
from backend.invoicing.service.wording import period_of, steps_in_money, supplier_address

UNPAYABLE = {"draft": "DRAFT", "issuing": "DRAFT", "delete": "DELETED", "deleted": "DELETED", "voided": "VOID"}
"""Short statuses in which nobody must pay, and the word that lies across the page."""


def pdf(ctx: Context, printer: InvoicePrinter, invoice: Invoice) -> bytes:
    """An invoice as a PDF file. Raises Invalid for what is still gathering: it has no number and no date yet."""
    return printer.pdf(paper(ctx, invoice))


def paper(ctx: Context, invoice: Invoice) -> Paper:
    """What is printed: the snapshot the invoice was drawn with, its lines with their arithmetic, and its sums."""
    if invoice.kind == InvoiceKind.GATHERING:
        message = "What is still gathering has no document yet: it gets one when the invoice is drawn."
        raise Invalid(message, issues=[Issue("invoiceId", "invoice_is_gathering", message)])
    assert invoice.created_at is not None
    shown = view(ctx, invoice)
    return Paper(
        title="Invoice",
        number=invoice.number,
        facts=tuple(_facts(invoice)),
        supplier=tuple(_supplier(invoice.supplier)),
        customer=tuple(_customer(invoice.customer)),
        lines=tuple(_line(line, invoice.currency) for line in shown.lines),
        sums=tuple(_sums(shown.totals, invoice.currency)),
        due=_due(invoice, shown.totals),
        note=invoice.description or "",
        payment_link=None if invoice.paid_at or _watermark(invoice) else invoice.hosted_url,
        watermark=_watermark(invoice),
        dated=invoice.issued_at or invoice.created_at,
    )


def _watermark(invoice: Invoice) -> str:
    return UNPAYABLE.get(short_status(State(invoice.status)), "")


def _facts(invoice: Invoice) -> Iterator[tuple[str, str]]:
    yield "Invoice number", invoice.number
    yield "Date of issue", day(invoice.issued_at) if invoice.issued_at else "Not issued yet"
    if invoice.due_at and not _watermark(invoice):
        yield "Date due", day(invoice.due_at)
    if period_of(invoice) != NOTHING:
        yield "Period", period_of(invoice)
    if invoice.paid_at:
        yield "Paid", day(invoice.paid_at)


def _supplier(supplier: Mapping[str, Any]) -> Iterator[str]:
    code = (supplier.get("taxId") or {}).get("code")
    return _party(supplier, supplier_address(supplier), f"Tax ID {code}" if code else None)


def _customer(customer: Mapping[str, Any]) -> Iterator[str]:
    return _party(customer, customer["address"], customer["email"])


def _party(document: Mapping[str, Any], place: Mapping[str, Any], known_by: str | None) -> Iterator[str]:
    """Name, address and how to recognise a party, line by line; what is not known is left out."""
    town = " ".join(str(place[part]) for part in ("postalCode", "city", "state") if place.get(part))
    parts = (document.get("name"), place.get("line1"), place.get("line2"), town, place.get("country"), known_by)
    return (str(part) for part in parts if part)


def _line(shown: LineView, currency: str) -> PaperLine:
    line = shown.line
    return PaperLine(
        name=line.name,
        period=period(line.period_start, line.period_end),
        quantity="" if shown.metered_quantity is None else quantity(shown.metered_quantity),
        amount=money(shown.totals.total, currency),
        steps=tuple((step.name, step.formula, step.amount) for step in steps_in_money(shown, currency)),
    )


def _sums(totals: Totals, currency: str) -> Iterator[tuple[str, str]]:
    """What leads to the total; what is nothing is left out."""
    charged = EXACT.add(totals.amount, totals.charges_total)
    taken = (("Discounts", totals.discounts_total), ("Credits", totals.credits_total))
    yield "Subtotal", money(charged, currency)
    yield from ((name, money(amount.copy_negate(), currency)) for name, amount in taken if amount != ZERO)
    if totals.taxes_exclusive_total != ZERO:
        yield "Tax", money(totals.taxes_exclusive_total, currency)
    yield "Total", money(totals.total, currency)
    if totals.taxes_inclusive_total != ZERO:
        yield "Includes tax of", money(totals.taxes_inclusive_total, currency)


def _due(invoice: Invoice, totals: Totals) -> tuple[str, str]:
    """The line that is read first."""
    if invoice.paid_at:
        return "Paid", f"{money(totals.total, invoice.currency)} on {day(invoice.paid_at)}"
    if _watermark(invoice):
        return "Nothing to pay yet" if invoice.issued_at is None else "Nothing to pay", ""
    until = f" by {day(invoice.due_at)}" if invoice.due_at else ""
    return "Amount due", f"{money(totals.total, invoice.currency)}{until}"
