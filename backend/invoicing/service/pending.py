"""Lines that a person adds to what a customer will be billed: a setup fee, or usage sold beside any subscription."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.catalog import price_document
from backend.catalog.models import Feature
from backend.catalog.price_validation import price_issues
from backend.catalog.rate_card_validation import discount_issues
from backend.catalog.service import features
from backend.catalog.terms import RateCardTerms
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.currency import currency as currency_of
from backend.engine.period import Period, truncate
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from backend.errors import Issue, NotFound, refuse
from backend.infra.context import Context
from backend.invoicing.models import Invoice, InvoiceLine, ManagedBy
from backend.invoicing.service.gathering import gathering_invoice, tidy
from backend.invoicing.service.rating import discount_document

FARTHEST = Duration(years=100)
"""How far ahead a line may be due: at the end of the calendar there is no time left to wait for late usage."""

MOST_LINES = 1000
"""How many lines can be added at once: meanwhile nobody else bills the customer."""


@dataclass(frozen=True, slots=True)
class PendingLineInput:
    """A line to add: what is sold, for which period, and from when on it is due."""

    card: RateCardTerms
    period: Period
    invoice_at: datetime


@dataclass(frozen=True, slots=True)
class AddedLines:
    """The lines that were added, the gathering invoice they wait on, and whether it had to be made."""

    lines: Sequence[InvoiceLine]
    invoice: Invoice
    invoice_is_new: bool


def add_lines(ctx: Context, customer_id: str, currency: str, wanted: Sequence[PendingLineInput]) -> AddedLines:
    """Add lines to the customer's gathering invoice of a currency (billing spec 6.4).

    Who adds to the same customer at the same moment waits.

    Usage needs a feature with a meter, a period of at least a second, and a customer with subjects. Raises Invalid
    with every issue found, NotFound, or PreconditionFailed when the customer is deleted.
    """
    currency_of(currency)
    customer = customers.lock(ctx, customer_id)
    refuse(
        issue for place, line in enumerate(wanted) for issue in pending_issues(ctx, customer, line, f"lines[{place}]")
    )
    invoice, is_new = gathering_invoice(ctx, customer, currency)
    lines = [new_line(ctx, invoice, line) for line in wanted]
    ctx.session.add_all(lines)
    ctx.session.flush()
    tidy(ctx, invoice)
    return AddedLines(lines, invoice, is_new)


def line_issues(line: PendingLineInput, place: str) -> Iterator[Issue]:
    """What is wrong with a line, whatever it is metered by."""
    card, period = line.card, line.period.truncated()
    if card.price is None:
        yield Issue(f"{place}.rateCard.price", "price_required", "A line needs a price.")
        return
    yield from price_issues(card, f"{place}.rateCard")
    yield from discount_issues(card, f"{place}.rateCard.discounts")
    if period.end < period.start:
        yield Issue(f"{place}.period", "period_invalid", "A period must not end before it starts.")


def feature_issues(ctx: Context, card: RateCardTerms, place: str) -> Iterator[Issue]:
    """What is wrong with the feature that a line names."""
    if card.feature_key is not None and _feature(ctx, card) is None:
        message = f"There is no feature {card.feature_key}."
        yield Issue(f"{place}.rateCard.featureKey", "rate_card_feature_not_found", message)


def pending_issues(ctx: Context, customer: Customer, line: PendingLineInput, place: str) -> Iterator[Issue]:
    """What is wrong with a line whose usage will be metered."""
    card, period = line.card, line.period.truncated()
    yield from line_issues(line, place)
    if line.invoice_at > FARTHEST.after(ctx.now):
        message = f"A line is due within {FARTHEST.years} years."
        yield Issue(f"{place}.invoiceAt", "invoice_at_too_far_ahead", message)
    yield from feature_issues(ctx, card, place)
    if isinstance(card.price, Flat | None):
        return
    if period.is_empty:
        yield Issue(f"{place}.period", "period_empty", "Usage needs a period of at least a second.")
    feature = _feature(ctx, card)
    if card.feature_key is None or (feature is not None and feature.meter_id is None):
        message = "A price of usage needs a feature with a meter."
        yield Issue(f"{place}.rateCard.featureKey", "usage_price_without_meter", message)
    if not customers.usage_subjects(ctx, customer):
        yield Issue("customerId", "customer_without_subjects", "The customer has no subjects whose usage could count.")


def _feature(ctx: Context, card: RateCardTerms) -> Feature | None:
    try:
        return features.get(ctx, card.feature_key) if card.feature_key else None
    except NotFound:
        return None


def new_line(ctx: Context, invoice: Invoice, wanted: PendingLineInput) -> InvoiceLine:
    """A line of an invoice as it is wanted, not saved yet."""
    card, period = wanted.card, wanted.period.truncated()
    return InvoiceLine(
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        managed_by=ManagedBy.MANUAL,
        name=card.name,
        description=card.description,
        labels=dict(card.labels),
        period_start=period.start,
        period_end=period.end,
        invoice_at=truncate(wanted.invoice_at),
        feature_key=card.feature_key,
        feature_id=features.get(ctx, card.feature_key).id if card.feature_key else None,
        price=price_document.price_to_document(card.price, card.commitment, card.unit_config) or {},
        discounts=discount_document(card.discounts),
        tax_config=dict(card.tax_config) if card.tax_config is not None else None,
    )
