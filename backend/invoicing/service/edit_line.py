"""A person changes, adds or removes one line of an invoice; everything else on it stays as it is."""

from dataclasses import replace

from backend.catalog import price_document
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.period import Period
from backend.engine.rate.prices import Flat
from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceLine
from backend.invoicing.service.edit import EditedLine, InvoiceEdit, edit
from backend.invoicing.service.hold import lock_invoice
from backend.invoicing.service.pending import PendingLineInput
from backend.invoicing.service.rating import line_discounts


def put_line(ctx: Context, invoice_id: str, wanted: EditedLine) -> Invoice:
    """Change a line of a draft or gathering invoice, or add one that has no id. Errors as of `edit`."""
    invoice, lines = _open(ctx, invoice_id)
    kept = [wanted if line.id == wanted.id else line for line in lines]
    return _hand_in(ctx, invoice, kept if wanted in kept else [*kept, wanted])


def remove_line(ctx: Context, invoice_id: str, line_id: str) -> Invoice:
    """Take a line off a draft or gathering invoice; its subscription never bills it again. Errors as of `edit`."""
    invoice, lines = _open(ctx, invoice_id)
    left = [line for line in lines if line.id != line_id]
    if len(left) == len(lines):
        raise NotFound(f"The invoice has no line {line_id}.")
    return _hand_in(ctx, invoice, left)


def as_it_is(line: InvoiceLine) -> EditedLine:
    """A line as it would have been handed in to become what it is."""
    price = price_document.price_from_document(line.price)
    card = RateCardTerms(
        key=line.feature_key or "line",
        name=line.name,
        kind=RateCardKind.FLAT_FEE if isinstance(price, Flat) else RateCardKind.USAGE_BASED,
        price=price,
        unit_config=price_document.unit_config_from_document(line.price),
        commitment=price_document.commitment_from_document(line.price),
        discounts=line_discounts(line),
        feature_key=line.feature_key,
        tax_config=line.tax_config,
        description=line.description,
        labels=line.labels,
    )
    return EditedLine(PendingLineInput(card, Period(line.period_start, line.period_end), line.invoice_at), line.id)


def _open(ctx: Context, invoice_id: str) -> tuple[Invoice, list[EditedLine]]:
    invoice = lock_invoice(ctx, invoice_id)
    return invoice, [as_it_is(line) for line in repository.lines(ctx, [invoice.id])]


def _hand_in(ctx: Context, invoice: Invoice, lines: list[EditedLine]) -> Invoice:
    kept = InvoiceEdit(description=invoice.description, labels=invoice.labels, supplier=invoice.supplier)
    return edit(ctx, invoice.id, replace(kept, lines=lines))
