"""What an invoice would come to: lines with given quantities, rated by the engine of real invoices, nothing saved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.customers import service as customers
from backend.engine.currency import CURRENCIES
from backend.engine.exact import ZERO
from backend.engine.invoice.lifecycle import State
from backend.engine.rate.prices import Flat, Volume
from backend.errors import Issue, refuse
from backend.infra.context import Context
from backend.invoicing.models import Invoice, InvoiceKind
from backend.invoicing.service.gathering import blank_invoice, span
from backend.invoicing.service.pending import PendingLineInput, feature_issues, line_issues, new_line
from backend.invoicing.service.rating import LineRating, invoice_totals, rated_at, usage_documents
from backend.invoicing.service.read import InvoiceView, live, status

UNNUMBERED = "SIMULATED"


@dataclass(frozen=True, slots=True)
class SimulatedLine:
    """A line with the quantity it meters, and what earlier parts of its period metered (progressive billing)."""

    wanted: PendingLineInput
    quantity: Decimal
    before: Decimal = ZERO
    id: str | None = None


def simulate(
    ctx: Context, customer_id: str, currency: str, lines: Sequence[SimulatedLine], *, number: str | None = None
) -> InvoiceView:
    """An invoice of a customer with these lines as it would be drawn now. Nothing is saved.

    Raises Invalid with every issue found, NotFound, or PreconditionFailed when the customer is deleted.
    Source: billing spec 6.4.
    """
    of_lines = (issue for place, line in enumerate(lines) for issue in _issues(ctx, lines, line, f"lines[{place}]"))
    refuse([*_currency_issues(currency), *of_lines])
    customer = customers.get(ctx, customer_id)
    invoice = blank_invoice(
        ctx,
        customer,
        currency,
        kind=InvoiceKind.STANDARD,
        number=number or UNNUMBERED,
        status=State.DRAFT_CREATED.value,
    )
    invoice.created_at = invoice.updated_at = ctx.now
    ratings = [_rated(ctx, invoice, line) for line in lines]
    span(invoice, [rating.line for rating in ratings])
    return InvoiceView(invoice, status(ctx, invoice), invoice_totals(ratings), [live(rating) for rating in ratings])


def _rated(ctx: Context, invoice: Invoice, wanted: SimulatedLine) -> LineRating:
    line = new_line(ctx, invoice, wanted.wanted)
    line.id = wanted.id or line.id
    line.created_at = line.updated_at = ctx.now
    is_flat = isinstance(wanted.wanted.card.price, Flat)
    metered, before = (None, ZERO) if is_flat else (wanted.quantity, wanted.before)
    rated = rated_at(line, metered, before)
    line.usage_discounts = usage_documents(rated)
    return LineRating(line, metered, rated, before)


def _currency_issues(currency: str) -> Iterator[Issue]:
    if currency not in CURRENCIES:
        message = f"{currency} is not a currency Meterline knows; use an ISO 4217 code such as USD."
        yield Issue("currency", "currency_invalid", message)


def _issues(ctx: Context, lines: Sequence[SimulatedLine], line: SimulatedLine, place: str) -> Iterator[Issue]:
    yield from line_issues(line.wanted, place)
    if line.quantity < 0:
        yield Issue(f"{place}.quantity", "quantity_negative", "A quantity must not be negative.")
    if line.before < 0:
        yield Issue(f"{place}.preLinePeriodQuantity", "quantity_negative", "A quantity must not be negative.")
    free = line.wanted.card.discounts.usage
    if isinstance(line.wanted.card.price, Volume) and line.before > (free.quantity if free else ZERO):
        message = "A volume price has no earlier parts: its tier is known only at the end of the period."
        yield Issue(f"{place}.preLinePeriodQuantity", "invoice_progressive_billing_not_supported", message)
    if line.id is not None and sum(other.id == line.id for other in lines) > 1:
        yield Issue(f"{place}.id", "line_id_duplicated", "Another line has the same id.")
    yield from feature_issues(ctx, line.wanted.card, place)
