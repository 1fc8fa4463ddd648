"""How what is announced is written for those outside: as a GET of version 1 answers, whole."""

from collections.abc import Mapping

from backend.api.v1.wire.invoices import invoice_to_wire
from backend.api.v1.wire.subscriptions import expanded_to_wire, subscription_to_wire
from backend.api.wire import encode
from backend.errors import Invalid
from backend.infra.context import Context
from backend.infra.outbox import Writer
from backend.infra.rows import Row
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription


def write_invoice(ctx: Context, invoice: Invoice) -> bytes:
    """An invoice with its lines (billing spec 8)."""
    return encode(invoice_to_wire(invoicing.view(ctx, invoice)))


def write_subscription(ctx: Context, subscription: Subscription) -> bytes:
    """A subscription with its phases; without them when version 1 has no words for what was sold."""
    try:
        return encode(expanded_to_wire(subscriptions.detail(ctx, subscription), ctx.now))
    except Invalid:
        return encode(subscription_to_wire(subscription, subscriptions.status_of(ctx, subscription)))


WRITERS: Mapping[type[Row], Writer] = {Invoice: write_invoice, Subscription: write_subscription}
"""Who writes which rows."""
