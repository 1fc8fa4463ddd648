"""The gathering invoice: where a customer's lines of one currency wait until they are due."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.catalog import price_document
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.exact import ZERO
from backend.engine.invoice import gather
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.rate.prices import Commitment, Flat, PaymentTerm
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine
from backend.invoicing.service.hold import lock_gathering
from backend.invoicing.service.numbering import next_gathering_number
from backend.invoicing.service.overrides import profile_of
from backend.invoicing.workflow import from_document

GATHERING = "gathering"

AGAIN = (
    "customer_id",
    "currency",
    "managed_by",
    "name",
    "description",
    "period_start",
    "period_end",
    "feature_key",
    "feature_id",
    "tax_config",
    "correction_id",
)
"""What a correction keeps when it goes on to another invoice."""


def gathering_invoice(ctx: Context, customer: Customer, currency: str) -> tuple[Invoice, bool]:
    """The customer's gathering invoice of a currency, locked; and whether it had to be made."""
    found = lock_gathering(ctx, customer.id, currency)
    if found:
        return found[0], False
    number = next_gathering_number(ctx, customer.name, currency)
    invoice = new_invoice(ctx, customer, currency, kind=InvoiceKind.GATHERING, number=number, status=GATHERING)
    return invoice, True


def new_invoice(
    ctx: Context, customer: Customer, currency: str, *, kind: InvoiceKind, number: str, status: str
) -> Invoice:
    """An invoice with a snapshot of the billing profile and of the customer, as they are now."""
    invoice = blank_invoice(ctx, customer, currency, kind=kind, number=number, status=status)
    ctx.session.add(invoice)
    ctx.session.flush()
    return invoice


def blank_invoice(
    ctx: Context, customer: Customer, currency: str, *, kind: InvoiceKind, number: str, status: str
) -> Invoice:
    """The same, but not saved."""
    profile = profile_of(ctx, customer.id)
    return Invoice(
        kind=kind,
        number=number,
        customer_id=customer.id,
        currency=currency,
        status=status,
        profile_id=profile.id,
        supplier=profile.supplier,
        customer=customer_document(ctx, customer),
        workflow=profile.workflow,
        tax_app_id=profile.tax_app_id,
        invoicing_app_id=profile.invoicing_app_id,
        payment_app_id=profile.payment_app_id,
    )


def customer_document(ctx: Context, customer: Customer) -> dict[str, Any]:
    """The customer as an invoice keeps it."""
    return {
        "id": customer.id,
        "key": customer.key,
        "name": customer.name,
        "email": customer.primary_email,
        "address": customer.billing_address or {},
        "subject_keys": list(customers.subject_keys(ctx, [customer])[customer.id]),
        "usage_subjects": list(customers.usage_subjects(ctx, customer)),
    }


def gives_back(line: InvoiceLine) -> bool:
    """Whether a line takes something back that was billed before: it waits for an invoice, and makes none."""
    price = price_document.price_from_document(line.price)
    return line.correction_id is not None and isinstance(price, Flat) and price.amount < ZERO


def gather_again(ctx: Context, line: InvoiceLine, amount: Decimal) -> None:
    """Let the next invoice take a correction, or the part of it that this line cannot book."""
    customer = customers.get(ctx, line.customer_id, deleted=True)
    gathering, _ = gathering_invoice(ctx, customer, line.currency)
    kept = {name: getattr(line, name) for name in AGAIN} | {"invoice_at": next_due(ctx, gathering)}
    price = price_document.price_to_document(Flat(amount, PaymentTerm.IN_ARREARS), Commitment())
    ctx.session.add(InvoiceLine(**kept, invoice_id=gathering.id, price=price or {}))
    ctx.session.flush()
    tidy(ctx, gathering)


def next_due(ctx: Context, gathering: Invoice) -> datetime:
    """When a correction is due: it comes with the next invoice and makes none of its own while there will be one."""
    waiting = [line.invoice_at for line in repository.lines(ctx, [gathering.id]) if line.correction_id is None]
    return max(ctx.now, min(waiting)) if waiting else ctx.now


def tidy(ctx: Context, invoice: Invoice) -> None:
    """After lines came or went: a gathering invoice spans its lines, waits for them, and is gone when it has none."""
    left = repository.lines(ctx, [invoice.id])
    span(invoice, left)
    anchored = from_document(invoice.workflow).anchored
    due = (gather.billable_from(pending(line)) for line in left if not gives_back(line))
    invoice.collection_at = gather.next_collection_at(due, anchored)
    if not left:
        invoice.deleted_at = ctx.now
    ctx.session.add(invoice)
    ctx.session.flush()


def pending(line: InvoiceLine, aggregation: Aggregation | None = None) -> gather.PendingLine:
    """A gathered line as the engine sees it; the aggregation of its meter matters for progressive billing only."""
    price = price_document.price_from_document(line.price)
    assert price is not None, "a line without a price is never made"
    return gather.PendingLine(price, Period(line.period_start, line.period_end), line.invoice_at, aggregation)


def span(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """The period of an invoice is that of its lines together; what it only corrects was billed before."""
    lines = [line for line in lines if line.correction_id is None] or lines
    invoice.period_start = _first(line.period_start for line in lines)
    invoice.period_end = max((line.period_end for line in lines), default=None)


def _first(instants: Iterable[datetime]) -> datetime | None:
    return min(instants, default=None)
