"""Invoices of version 1: look at them, draw them, and take them on."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from backend import clockwork
from backend.api.deps import FullAccess, Reading, Writing
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.wire.apps import AppOut, app_to_wire
from backend.api.v1.wire.invoice_edits import InvoiceReplaceIn
from backend.api.v1.wire.invoice_voids import UncollectibleIn, VoidIn
from backend.api.v1.wire.invoices import InvoiceExpand, InvoiceNowIn, InvoiceOut, InvoiceQuery, invoice_to_wire
from backend.api.v1.wire.pending_lines import PendingLinesIn, PendingLinesOut, SimulationIn
from backend.api.wire import Page, WireRoute
from backend.bootstrap import printer
from backend.infra.actor import Identity
from backend.infra.context import Context, unit_of_work
from backend.invoicing import service
from backend.invoicing.models import Invoice

router = APIRouter(prefix="/api/v1/billing/invoices", tags=["Billing"], route_class=WireRoute)
pending = APIRouter(prefix="/api/v1/billing/customers", tags=["Billing"], route_class=WireRoute, dependencies=READY)
CustomerId = Annotated[str, Path(alias="customerId")]
InvoiceId = Annotated[str, Path(alias="invoiceId")]
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}
Expand = Annotated[list[InvoiceExpand], Query()]


@router.get("", operation_id="listInvoices")
def list_invoices(ctx: Reading, query: Annotated[InvoiceQuery, Query()]) -> Page[InvoiceOut]:
    """The invoices that match, one page of them; gathering ones with the usage so far."""
    rows, total = service.list_invoices(ctx, query.from_wire())
    return query.of([_out(ctx, row, query.expand) for row in rows], total)


@router.post("/invoice", operation_id="invoicePendingLinesAction", status_code=201)
def invoice_pending_lines(identity: FullAccess, body: InvoiceNowIn) -> list[InvoiceOut]:
    """Draw invoices from what a customer owes by now.

    With progressive billing (the setting of the customer's profile, or `progressiveBillingOverride`) usage is billed up
    to `asOf`, and the rest of its period goes on gathering. Collection alignment does not matter here.
    """
    drawn = clockwork.invoice_now(
        identity.namespace,
        identity.actor,
        body.customer_id,
        body.as_of,
        body.line_ids,
        progressive=body.progressive_billing_override,
    )
    with unit_of_work(identity.namespace, writing=False) as ctx:
        return [_out(ctx, service.get(ctx, invoice_id)) for invoice_id in drawn]


@router.get("/{invoiceId}", operation_id="getInvoice")
def get_invoice(
    ctx: Reading,
    invoice_id: InvoiceId,
    expand: Expand = [InvoiceExpand.LINES],  # noqa: B006 - FastAPI copies defaults
    include_deleted_lines: Annotated[bool, Query(alias="includeDeletedLines")] = False,
) -> InvoiceOut:
    """One invoice with its lines; a gathering one with the usage so far."""
    return _out(ctx, service.get(ctx, invoice_id), expand, include_deleted_lines=include_deleted_lines)


@router.put("/{invoiceId}", operation_id="updateInvoice")
def update_invoice(identity: FullAccess, invoice_id: InvoiceId, body: InvoiceReplaceIn) -> InvoiceOut:
    """Replace what a person decides about a draft or a gathering invoice, with its full list of lines.

    A line that is missing is removed, one without an id is added; what was changed is managed by hand from then on.
    """
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        service.edit(ctx, invoice_id, body.from_wire())
    return _advanced(identity, invoice_id)


@router.get("/{invoiceId}/pdf", operation_id="getInvoicePdf", response_class=Response, responses=PDF)
def get_invoice_pdf(ctx: Reading, invoice_id: InvoiceId) -> Response:
    """The invoice as a PDF file; a draft has its state across the page, a gathering invoice has none (400)."""
    invoice = service.get(ctx, invoice_id)
    named = {"Content-Disposition": f'attachment; filename="{invoice.number}.pdf"'}
    return Response(service.pdf(ctx, printer(), invoice), media_type="application/pdf", headers=named)


@router.delete("/{invoiceId}", operation_id="deleteInvoice", status_code=204)
def delete_invoice(identity: FullAccess, invoice_id: InvoiceId) -> None:
    """Delete a draft, also in the app that carries it."""
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        service.delete(ctx, invoice_id)
    clockwork.advance_invoice(identity.namespace, invoice_id, identity.actor)


@router.post("/{invoiceId}/advance", operation_id="advanceInvoiceAction")
def advance_invoice(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Let an invoice go on as far as it can by itself."""
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/approve", operation_id="approveInvoiceAction")
def approve_invoice(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Issue a draft without waiting any longer."""
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        service.approve(ctx, invoice_id)
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/retry", operation_id="retryInvoiceAction")
def retry_invoice(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Try a failed step again."""
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        service.retry(ctx, invoice_id)
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/snapshot-quantities", operation_id="snapshotQuantitiesInvoiceAction")
def snapshot_quantities(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Stop waiting for late usage."""
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        service.snapshot_now(ctx, invoice_id)
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/taxes/recalculate", operation_id="recalculateInvoiceTaxAction")
def recalculate_taxes(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Have the app that carries a draft calculate its taxes again; once it is issued they stay (409)."""
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        service.recalculate_taxes(ctx, invoice_id)
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/void", operation_id="voidInvoiceAction")
def void_invoice(identity: FullAccess, invoice_id: InvoiceId, body: VoidIn) -> InvoiceOut:
    """Take an issued invoice back, also in the app that carries it; its lines are dropped or invoiced again."""
    clockwork.void_invoice(identity.namespace, invoice_id, body.from_wire(), identity.actor)
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/mark-uncollectible", operation_id="markInvoiceUncollectibleAction")
def mark_invoice_uncollectible(identity: FullAccess, invoice_id: InvoiceId, body: UncollectibleIn) -> InvoiceOut:
    """Give an issued invoice up, also in the app that carries it; it may still be paid. Only Meterline has this."""
    clockwork.mark_invoice_uncollectible(identity.namespace, invoice_id, body.reason, identity.actor)
    return _advanced(identity, invoice_id)


def _advanced(identity: Identity, invoice_id: str) -> InvoiceOut:
    clockwork.advance_invoice(identity.namespace, invoice_id, identity.actor)
    with unit_of_work(identity.namespace, writing=False) as ctx:
        return _out(ctx, service.get(ctx, invoice_id))


def _out(
    ctx: Context,
    row: Invoice,
    expand: list[InvoiceExpand] = [InvoiceExpand.LINES],  # noqa: B006 - never changed
    *,
    include_deleted_lines: bool = False,
) -> InvoiceOut:
    lines = InvoiceExpand.LINES in expand
    shown = service.view(ctx, row, include_deleted_lines=include_deleted_lines) if lines else service.header(ctx, row)
    apps = _apps(ctx) if InvoiceExpand.APPS in expand else None
    return invoice_to_wire(shown, lines=lines, preceding=InvoiceExpand.PRECEDING in expand, apps=apps)


def _apps(ctx: Context) -> dict[str, AppOut]:
    return {app.id: app_to_wire(app) for app in service.list_apps(ctx)}


@pending.post("/{customerId}/invoices/pending-lines", operation_id="createPendingInvoiceLine", status_code=201)
def create_pending_lines(ctx: Writing, customer_id: CustomerId, body: PendingLinesIn) -> PendingLinesOut:
    """Add lines to what a customer will be billed."""
    added = service.add_lines(ctx, customer_id, body.currency, [line.from_wire() for line in body.lines])
    invoice = _out(ctx, added.invoice)
    ids = {line.id for line in added.lines}
    lines = [line for line in invoice.lines or [] if line.id in ids]
    return PendingLinesOut(lines=lines, invoice=invoice, is_invoice_new=added.invoice_is_new)


@pending.post("/{customerId}/invoices/simulate", operation_id="simulateInvoice")
def simulate_invoice(ctx: Reading, customer_id: CustomerId, body: SimulationIn) -> InvoiceOut:
    """What an invoice with these lines would come to; nothing is saved."""
    lines = [line.simulated() for line in body.lines]
    return invoice_to_wire(service.simulate(ctx, customer_id, body.currency, lines, number=body.number))
