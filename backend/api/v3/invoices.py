"""Invoices of version 3: look at them, edit them, and take them on. Gathering ones are not shown."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from backend import clockwork
from backend.api.deps import FullAccess, Reading
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.invoice_edits import InvoiceUpdate
from backend.api.v3.invoice_wire import InvoiceOut, invoice_to_wire
from backend.api.v3.wire import PREFIX, Paged, PagedQuery, Sort, Ulid, read_sort
from backend.api.wire import WireRoute
from backend.engine.filter import Filter, matches
from backend.engine.invoice.lifecycle import State, short_status
from backend.errors import NotFound
from backend.infra.actor import Identity
from backend.infra.context import Context, unit_of_work
from backend.invoicing import service
from backend.invoicing.models import Invoice, InvoiceKind
from backend.invoicing.service import InvoiceFilter

router = APIRouter(prefix=f"{PREFIX}/billing/invoices", tags=["OpenMeter Billing"], route_class=WireRoute)
InvoiceId = Annotated[Ulid, Path(alias="invoiceId")]
STATUS = "status"
COLUMNS = {
    "customer_id": "customer_id",
    "issued_at": "issued_at",
    "service_period_start": "period_start",
    "created_at": "created_at",
}
FIELDS = {
    STATUS: Kind.EXACT,
    "customer_id": Kind.EXACT,
    "issued_at": Kind.TIME,
    "service_period_start": Kind.TIME,
    "created_at": Kind.TIME,
}
ORDERS = {name: COLUMNS[name] for name in ("issued_at", "created_at", "service_period_start")}


@router.get("", operation_id="list-invoices")
def list_invoices(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[InvoiceOut]:
    """The invoices that pass the filters, one page of them, with their lines."""
    by = read_sort(sort, ORDERS, Sort("created_at", descending=False))
    filters = read_filters(request, FIELDS)
    wanted = InvoiceFilter(
        kinds=(InvoiceKind.STANDARD,),
        states=_states(filters.get(STATUS)),
        filters={COLUMNS[name]: found for name, found in filters.items() if name in COLUMNS},
        order_by=ORDERS[by.field],
        descending=by.descending,
        offset=page.offset,
        limit=page.size,
    )
    rows, total = service.list_invoices(ctx, wanted)
    return page.of([_out(ctx, row) for row in rows], total)


@router.get("/{invoiceId}", operation_id="get-invoice")
def get_invoice(ctx: Reading, invoice_id: InvoiceId) -> InvoiceOut:
    """One invoice with its lines."""
    return _out(ctx, _standard(ctx, invoice_id))


@router.put("/{invoiceId}", operation_id="update-invoice")
def update_invoice(identity: FullAccess, invoice_id: InvoiceId, body: InvoiceUpdate) -> InvoiceOut:
    """Replace what a person decides about a draft; a line that is missing is removed, one without an id is added."""
    with _changing(identity) as ctx:
        view = service.view(ctx, _standard(ctx, invoice_id))
        service.edit(ctx, invoice_id, body.from_wire(view))
    return _advanced(identity, invoice_id)


@router.delete("/{invoiceId}", operation_id="delete-invoice", status_code=204)
def delete_invoice(identity: FullAccess, invoice_id: InvoiceId) -> None:
    """Delete a draft, also in the app that carries it."""
    with _changing(identity) as ctx:
        service.delete(ctx, _standard(ctx, invoice_id).id)
    clockwork.advance_invoice(identity.namespace, invoice_id, identity.actor)


@router.post("/{invoiceId}/advance", operation_id="advance-invoice")
def advance_invoice(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Let an invoice go on as far as it can by itself."""
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/approve", operation_id="approve-invoice")
def approve_invoice(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Issue a draft without waiting any longer."""
    with _changing(identity) as ctx:
        service.approve(ctx, _standard(ctx, invoice_id).id)
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/retry", operation_id="retry-invoice")
def retry_invoice(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Try a failed step again."""
    with _changing(identity) as ctx:
        service.retry(ctx, _standard(ctx, invoice_id).id)
    return _advanced(identity, invoice_id)


@router.post("/{invoiceId}/snapshot-quantities", operation_id="snapshot-quantities-invoice")
def snapshot_quantities(identity: FullAccess, invoice_id: InvoiceId) -> InvoiceOut:
    """Stop waiting for late usage."""
    with _changing(identity) as ctx:
        service.snapshot_now(ctx, _standard(ctx, invoice_id).id)
    return _advanced(identity, invoice_id)


def _changing(identity: Identity) -> Any:
    return unit_of_work(identity.namespace, actor=identity.actor)


def _states(wanted: Filter | None) -> tuple[str, ...]:
    """The extended statuses whose short one passes; a status that there is not lets nothing pass."""
    if wanted is None:
        return ()
    return tuple(state.value for state in State if matches(wanted, short_status(state))) or ("",)


def _standard(ctx: Context, invoice_id: str) -> Invoice:
    invoice = service.get(ctx, invoice_id)
    if invoice.kind != InvoiceKind.STANDARD:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return invoice


def _advanced(identity: Identity, invoice_id: str) -> InvoiceOut:
    with unit_of_work(identity.namespace, writing=False) as ctx:
        _standard(ctx, invoice_id)
    clockwork.advance_invoice(identity.namespace, invoice_id, identity.actor)
    with unit_of_work(identity.namespace, writing=False) as ctx:
        return _out(ctx, service.get(ctx, invoice_id))


def _out(ctx: Context, row: Invoice) -> InvoiceOut:
    return invoice_to_wire(service.view(ctx, row))
