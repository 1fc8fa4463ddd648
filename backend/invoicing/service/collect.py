"""Lines that are due leave the gathering invoice and become a draft: one per customer and currency."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from backend.catalog import price_document
from backend.catalog.service import features
from backend.customers import service as customers
from backend.engine.invoice import gather
from backend.engine.invoice.lifecycle import State
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.rate.prices import Flat
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine
from backend.invoicing.service.corrections import cover
from backend.invoicing.service.gathering import gives_back, new_invoice, pending, span, tidy
from backend.invoicing.service.hold import lock_gathering
from backend.invoicing.service.numbering import next_draft_number
from backend.invoicing.service.rating import period_of, rate_lines, write_ratings
from backend.invoicing.service.split import split
from backend.invoicing.service.steps import is_metered_for_good, record
from backend.invoicing.workflow import Workflow, from_document
from backend.metering import service as metering

Due = list[tuple[InvoiceLine, Period]]
"""Lines that can be billed, each with the part of its period that can be."""


def collect(ctx: Context, customer_id: str) -> list[Invoice]:
    """Draw an invoice from each of the customer's gathering invoices that has due lines. Nothing due, no invoice.

    Lines are billed whole; with anchored collection only those that were due at the last anchor. Whoever locks the
    gathering invoice first moves its lines; the next one finds none. Source: billing spec 6.2.
    """
    drawn = []
    for gathering in lock_gathering(ctx, customer_id):
        cutoff = gather.cutoff(ctx.now, from_document(gathering.workflow).anchored)
        due = billable(ctx, repository.lines(ctx, [gathering.id]), cutoff, progressive=False)
        if due:
            drawn.append(_draw(ctx, gathering, due))
        else:
            tidy(ctx, gathering)
    return drawn


def invoice_now(
    ctx: Context,
    customer_id: str,
    *,
    as_of: datetime | None = None,
    line_ids: Collection[str] = (),
    progressive: bool | None = None,
) -> list[Invoice]:
    """Draw invoices by hand, from all billable lines or only from some, without regard to anchors.

    `progressive` says whether usage is billed before its period ends, in place of the customer's profile. Raises
    Invalid for an instant in the future, when nothing is billable, or when a line asked for is not.
    Source: billing spec 6.2.
    """
    at = as_of or ctx.now
    if at > ctx.now:
        message = "asOf must not be in the future."
        raise Invalid(message, issues=[Issue("asOf", "as_of_in_future", message)])
    customer = customers.get(ctx, customer_id, deleted=True)
    found = []
    for gathering in lock_gathering(ctx, customer.id):
        allowed = from_document(gathering.workflow).progressive_billing if progressive is None else progressive
        lines = [line for line in repository.lines(ctx, [gathering.id]) if not line_ids or line.id in line_ids]
        found.append((gathering, billable(ctx, lines, at, progressive=allowed)))
    _refuse_missing(line_ids, [line.id for _, due in found for line, _ in due])
    return [_draw(ctx, gathering, due) for gathering, due in found if due]


def billable(ctx: Context, lines: Sequence[InvoiceLine], as_of: datetime, *, progressive: bool) -> Due:
    """The lines that can be billed at an instant, whole or, with progressive billing, up to it (billing spec 4.6).

    Corrections come with whatever is billed next. What was billed too much is never given back alone.
    """
    aggregations = _aggregations(ctx, lines) if progressive else {}
    found, corrections = [], []
    for line in lines:
        waiting = pending(line, aggregations.get(line.feature_id or ""))
        part = gather.billable_period(waiting, as_of, progressive=progressive)
        if line.correction_id is not None:
            corrections.append((line, period_of(line), part is not None and not gives_back(line)))
        elif part is not None:
            found.append((line, part))
    draws = bool(found) or any(is_due for _, _, is_due in corrections)
    return [*found, *((line, period) for line, period, _ in corrections)] if draws else []


def _aggregations(ctx: Context, lines: Sequence[InvoiceLine]) -> Mapping[str, Aggregation]:
    """Feature id → how its meter counts."""
    known = features.by_id(ctx, {line.feature_id for line in lines if line.feature_id})
    return {
        feature.id: Aggregation(metering.get_meter(ctx, feature.meter_id).aggregation)
        for feature in known.values()
        if feature.meter_id is not None
    }


def _refuse_missing(line_ids: Collection[str], billable_ids: Collection[str]) -> None:
    missing = [line_id for line_id in line_ids if line_id not in billable_ids]
    if missing:
        issues = [
            Issue("filters.lineIds", "invoice_lines_not_billable", f"The line {line_id} cannot be invoiced yet.")
            for line_id in missing
        ]
        raise Invalid(issues[0].message, issues=issues)
    if not billable_ids:
        message = "There is nothing to invoice yet."
        raise Invalid(message, issues=[Issue("customerId", "invoice_create_no_lines", message)])


def _draw(ctx: Context, gathering: Invoice, due: Due) -> Invoice:
    customer = customers.get(ctx, gathering.customer_id, deleted=True)
    invoice = new_invoice(
        ctx,
        customer,
        gathering.currency,
        kind=InvoiceKind.STANDARD,
        number=next_draft_number(ctx, customer.name),
        status=State.DRAFT_CREATED.value,
    )
    for line, part in due:
        if part.end < period_of(line).end:
            split(ctx, line, part.end)
        line.invoice_id = invoice.id
        ctx.session.add(line)
    lines = [line for line, _ in due]
    span(invoice, lines)
    date_invoice(invoice, from_document(invoice.workflow), lines)
    write_ratings(ctx, invoice, cover(ctx, rate_lines(ctx, lines, invoice.customer["usage_subjects"])))
    is_over = invoice.collection_at is None or invoice.collection_at <= ctx.now
    if is_over and not any(line.group_id for line in lines):
        # nothing is waited for, so nothing is metered again; a part goes on after those that were drawn before it
        invoice.quantities_at = ctx.now
    record(ctx, invoice, "create", None)
    tidy(ctx, gathering)
    return invoice


def redate(ctx: Context, invoice: Invoice) -> None:
    """After its lines were changed, a draft covers their periods and waits for their usage.

    Once late usage is no longer waited for, it is only for lines that were never metered before.
    """
    lines, workflow = repository.lines(ctx, [invoice.id]), from_document(invoice.workflow)
    collected_at, is_done = invoice.collection_at, is_metered_for_good(invoice)
    if lines:
        span(invoice, lines)
    date_invoice(invoice, workflow, [line for line in lines if line.metered_quantity is None] if is_done else lines)
    if is_done and (invoice.collection_at is None or (collected_at and invoice.collection_at < collected_at)):
        invoice.collection_at = collected_at
        date_draft(invoice, workflow)


def date_invoice(invoice: Invoice, workflow: Workflow, lines: Sequence[InvoiceLine]) -> None:
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
    else:
        invoice.draft_until = invoice.due_at = None
