"""Invoices as they are looked at: with their lines, what they come to, what may be done, and what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.customers import service as customers
from backend.engine.exact import ZERO
from backend.engine.invoice.lifecycle import State, available_actions, is_failed, is_immutable, short_status
from backend.engine.invoice.totals import Totals
from backend.engine.rate.lines import DetailedLine as RatedDetail
from backend.errors import NotFound
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.correction_models import Correction
from backend.invoicing.models import DetailedLine, Invoice, InvoiceEvent, InvoiceKind, InvoiceLine
from backend.invoicing.models import Totals as TotalColumns
from backend.invoicing.repository import InvoiceFilter
from backend.invoicing.service.collect import billable
from backend.invoicing.service.gathering import GATHERING
from backend.invoicing.service.rating import LineRating, discount_documents, invoice_totals, rate_lines
from backend.invoicing.service.steps import situation
from backend.invoicing.workflow import from_document


@dataclass(frozen=True, slots=True)
class DetailView:
    """One row under a line."""

    id: str
    reference: str
    name: str
    quantity: Decimal
    per_unit_amount: Decimal
    payment_term: str
    category: str
    period_start: datetime
    period_end: datetime
    totals: Totals
    amount_discounts: Sequence[dict[str, Any]]
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with what it comes to: as written on a standard invoice, live on a gathering one.

    `before` and `metered_before` are what earlier parts of its period billed and metered; a line that corrects an
    earlier one has the `correction`.
    """

    line: InvoiceLine
    quantity: Decimal | None
    metered_quantity: Decimal | None
    totals: Totals
    details: Sequence[DetailView]
    before: Decimal = ZERO
    metered_before: Decimal = ZERO
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class StatusView:
    """Where an invoice stands, in short and in full, and which actions lead where."""

    short: str
    extended: str
    immutable: bool
    failed: bool
    actions: dict[str, str]


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice with its lines, totals and status."""

    invoice: Invoice
    status: StatusView
    totals: Totals
    lines: Sequence[LineView]


def get(ctx: Context, invoice_id: str) -> Invoice:
    """An invoice by its id, also a deleted one; raises NotFound."""
    invoice = repository.invoice(ctx, invoice_id)
    if invoice is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return invoice


def id_by_external_id(ctx: Context, app_id: str, external_id: str) -> str | None:
    """The id of the invoice that an app knows under an id of its own."""
    return repository.invoice_id_by_external_id(ctx, app_id, external_id)


def list_invoices(ctx: Context, wanted: InvoiceFilter | None = None) -> tuple[Sequence[Invoice], int]:
    """One page of the invoices that match, and how many match in all."""
    return repository.invoices(ctx, wanted or InvoiceFilter())


def view(ctx: Context, invoice: Invoice, *, include_deleted_lines: bool = False) -> InvoiceView:
    """An invoice with everything on it; a gathering one is rated with the usage so far, by the same engine."""
    if invoice.kind == InvoiceKind.GATHERING:
        return preview(ctx, invoice)
    include = include_deleted_lines or invoice.deleted_at is not None
    found = repository.lines_with_details(ctx, invoice.id, include_deleted=include)
    shown = [_written(line, details) for line, details in found]
    return InvoiceView(invoice, status(ctx, invoice), _totals(invoice), _correcting(ctx, shown))


def preview(ctx: Context, gathering: Invoice) -> InvoiceView:
    """What a gathering invoice would come to if it were drawn now; nothing is written."""
    customer = customers.get(ctx, gathering.customer_id, deleted=True)
    lines = repository.lines(ctx, [gathering.id])
    ratings = rate_lines(ctx, lines, customers.usage_subjects(ctx, customer))
    shown = [live(rating) for rating in ratings]
    return InvoiceView(gathering, status(ctx, gathering), invoice_totals(ratings), _correcting(ctx, shown))


def header(ctx: Context, invoice: Invoice) -> InvoiceView:
    """An invoice without its lines; a gathering one with its live totals."""
    if invoice.kind == InvoiceKind.GATHERING:
        return preview(ctx, invoice)
    return InvoiceView(invoice, status(ctx, invoice), _totals(invoice), ())


def status(ctx: Context, invoice: Invoice) -> StatusView:
    """Where an invoice stands; its actions are found by playing them through (billing spec 6.3)."""
    if invoice.kind == InvoiceKind.GATHERING:
        progressive = from_document(invoice.workflow).progressive_billing
        due = billable(ctx, repository.lines(ctx, [invoice.id]), ctx.now, progressive=progressive)
        actions = {"invoice": GATHERING} if due else {}
        return StatusView(GATHERING, GATHERING, immutable=False, failed=False, actions=actions)
    state = State(invoice.status)
    found = available_actions(state, situation(ctx, invoice))
    actions = {name: reached.value for name, reached in found.items()}
    return StatusView(short_status(state), state.value, is_immutable(state), is_failed(state), actions)


def timeline(ctx: Context, invoice: Invoice) -> Sequence[InvoiceEvent]:
    """The steps of an invoice's life, oldest first."""
    return repository.events(ctx, invoice.id)


def _correcting(ctx: Context, lines: Sequence[LineView]) -> Sequence[LineView]:
    """The lines, those that correct an earlier one with what they correct."""
    ids = {shown.line.correction_id for shown in lines if shown.line.correction_id is not None}
    known = {found.id: found for found in repository.corrections(ctx, ids=ids)} if ids else {}
    return [replace(shown, correction=known.get(shown.line.correction_id or "")) for shown in lines] if known else lines


def _totals(row: TotalColumns) -> Totals:
    return Totals(**{field.name: getattr(row, field.name) for field in fields(Totals)})


def _written(line: InvoiceLine, rows: Iterable[DetailedLine]) -> LineView:
    details = [
        DetailView(
            id=row.id,
            reference=row.reference,
            name=row.name,
            quantity=row.quantity,
            per_unit_amount=row.per_unit_amount,
            payment_term=row.payment_term,
            category=row.category,
            period_start=row.period_start,
            period_end=row.period_end,
            totals=_totals(row),
            amount_discounts=row.amount_discounts,
            external_id=row.external_id,
        )
        for row in rows
    ]
    before, metered_before = line.quantity_before or ZERO, line.metered_before or ZERO
    return LineView(line, line.quantity, line.metered_quantity, _totals(line), details, before, metered_before)


def live(rating: LineRating) -> LineView:
    """A line as it was just rated, without anything written."""
    rated = rating.rated
    details = [_live_detail(detail) for detail in rated.detailed_lines]
    return LineView(rating.line, rated.quantity, rating.metered, rated.totals, details, rated.before, rating.before)


def _live_detail(detail: RatedDetail) -> DetailView:
    return DetailView(
        id=new_id(),
        reference=detail.reference,
        name=detail.name,
        quantity=detail.quantity,
        per_unit_amount=detail.per_unit_amount,
        payment_term=detail.payment_term.value,
        category=detail.category.value,
        period_start=detail.period.start,
        period_end=detail.period.end,
        totals=Totals(**asdict(detail.totals)),
        amount_discounts=discount_documents(detail.discounts),
    )
