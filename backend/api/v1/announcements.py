"""How what is announced is written for those outside: as a GET of version 1 answers, whole."""

from collections.abc import Mapping
from decimal import Decimal

from backend.api.v1.wire.invoices import invoice_to_wire
from backend.api.v1.wire.subscriptions import expanded_to_wire, subscription_to_wire
from backend.api.wire import encode
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.period import Period
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import MONTH
from backend.errors import Invalid
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.infra.outbox import Writer
from backend.infra.rows import Row
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import PendingLineInput
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription

EXAMPLE_EMAIL, EXAMPLE_CURRENCY = "billing@example.com", "USD"


def write_invoice(ctx: Context, invoice: Invoice) -> bytes:
    """An invoice with its lines (billing spec 8)."""
    return encode(invoice_to_wire(invoicing.view(ctx, invoice)))


def write_subscription(ctx: Context, subscription: Subscription) -> bytes:
    """A subscription with its phases; without them when version 1 has no words for what was sold."""
    try:
        return encode(expanded_to_wire(subscriptions.detail(ctx, subscription), ctx.now))
    except Invalid:
        return encode(subscription_to_wire(subscription, subscriptions.status_of(ctx, subscription)))


def example_invoice(ctx: Context) -> bytes:
    """An invoice of a customer that does not exist; to be written in a unit of work that leaves no trace."""
    buyer = customers.create(ctx, CustomerInput("Example customer", key=new_id().lower(), primary_email=EXAMPLE_EMAIL))
    month = Period(MONTH.after(ctx.now, -1), ctx.now).truncated()
    card = RateCardTerms("fee", "Platform fee", RateCardKind.FLAT_FEE, Flat(Decimal(49)), None)
    invoicing.add_lines(ctx, buyer.id, EXAMPLE_CURRENCY, [PendingLineInput(card, month, month.start)])
    [invoice] = invoicing.invoice_now(ctx, buyer.id)
    return write_invoice(ctx, invoice)


WRITERS: Mapping[type[Row], Writer] = {Invoice: write_invoice, Subscription: write_subscription}
"""Who writes which rows."""
