"""Lines that are due leave the gathering invoice and become a draft: one per customer and currency."""

from collections.abc import Collection, Sequence
from datetime import datetime

from backend.catalog import price_document
from backend.customers import service as customers
from backend.engine.invoice import gather
from backend.engine.invoice.lifecycle import State
from backend.engine.period import Period
from backend.engine.rate.prices import Flat
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine
from backend.invoicing.service.gathering import new_invoice, span, tidy
from backend.invoicing.service.numbering import next_draft_number
from backend.invoicing.service.rating import rate_lines, write_ratings
from backend.invoicing.service.steps import record
from backend.invoicing.workflow import Workflow, from_document


def collect(ctx: Context, customer_id: str) -> list[Invoice]:
    """Draw an invoice from each of the customer's gathering invoices that has due lines. Nothing due, no invoice.

    Whoever locks the gathering invoice first moves its lines; the next one finds none. Source: billing spec 6.2.
    """
    return _collect(ctx, customer_id, ctx.now)


def invoice_now(
    ctx: Context, customer_id: str, *, as_of: datetime | None = None, line_ids: Collection[str] = ()
) -> list[Invoice]:
    """Draw invoices by hand, from all billable lines or only from some.

    Raises Invalid for an instant in the future, when nothing is billable, or when a line asked for is not.
    """
    at = as_of or ctx.now
    if at > ctx.now:
        raise Invalid("asOf must not be in the future.", issues=[Issue("asOf", "as_of_in_future", "")])
    customer = customers.get(ctx, customer_id)
    drawn = _collect(ctx, customer.id, at, frozenset(line_ids))
    if not drawn:
        message = "There is nothing to invoice yet."
        raise Invalid(message, issues=[Issue("customerId", "invoice_create_no_lines", message)])
    return drawn


def _collect(ctx: Context, customer_id: str, as_of: datetime, line_ids: frozenset[str] = frozenset()) -> list[Invoice]:
    gathered = repository.gathering(ctx, customer_id)
    waiting = repository.lines(ctx, [invoice.id for invoice in gathered])
    due = [line for line in waiting if is_billable(line, as_of) and (not line_ids or line.id in line_ids)]
    missing = line_ids - {line.id for line in due}
    if missing:
        message = f"The line {min(missing)} cannot be invoiced yet."
        raise Invalid(message, issues=[Issue("filters.lineIds", "invoice_lines_not_billable", message)])
    drawn = []
    for gathering in gathered:
        own = [line for line in due if line.invoice_id == gathering.id]
        if own:
            drawn.append(_draw(ctx, gathering, own))
    return drawn


def is_billable(line: InvoiceLine, as_of: datetime) -> bool:
    """Whether the whole line may be billed at an instant."""
    price = price_document.price_from_document(line.price)
    assert price is not None, "a line without a price is never made"
    pending = gather.PendingLine(price, Period(line.period_start, line.period_end), line.invoice_at)
    return gather.billable_period(pending, as_of, progressive=False) is not None


def _draw(ctx: Context, gathering: Invoice, lines: Sequence[InvoiceLine]) -> Invoice:
    customer = customers.get(ctx, gathering.customer_id, deleted=True)
    invoice = new_invoice(
        ctx,
        customer,
        gathering.currency,
        kind=InvoiceKind.STANDARD,
        number=next_draft_number(ctx, customer.name),
        status=State.DRAFT_CREATED.value,
    )
    for line in lines:
        line.invoice_id = invoice.id
        ctx.session.add(line)
    span(invoice, lines)
    _date(invoice, from_document(invoice.workflow), lines)
    write_ratings(ctx, invoice, rate_lines(ctx, lines, invoice.customer["usage_subjects"]))
    record(ctx, invoice, "create", None)
    tidy(ctx, gathering)
    return invoice


def _date(invoice: Invoice, workflow: Workflow, lines: Sequence[InvoiceLine]) -> None:
    """How long the draft waits for late usage (billing spec 6.2), and what follows from that."""
    collected = [
        gather.CollectedLine(line.invoice_at, not isinstance(price_document.price_from_document(line.price), Flat))
        for line in lines
    ]
    invoice.collection_at = gather.collection_at(collected, workflow.collection_interval)
    date_draft(invoice, workflow)


def date_draft(invoice: Invoice, workflow: Workflow) -> None:
    """When a draft approves itself, and when payment is due then; both are open when a person approves."""
    assert invoice.created_at is not None
    if workflow.auto_advance:
        invoice.draft_until = gather.draft_until(invoice.created_at, invoice.collection_at, workflow.draft_period)
        invoice.due_at = gather.due_at(invoice.draft_until, workflow.due_after)
