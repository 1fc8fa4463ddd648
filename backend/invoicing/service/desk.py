"""Invoices as the finance desk and the customer look through them: by stage, with what each pile comes to."""

from collections.abc import Collection, Sequence

from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing import repository, stages
from backend.invoicing.models import Invoice
from backend.invoicing.stages import BILLED, Pile, Stage, StageFilter, stage_of


def list_by_stage(ctx: Context, wanted: StageFilter) -> tuple[Sequence[Invoice], int]:
    """One page of the invoices of some stages, and how many there are in all."""
    return stages.page(ctx, wanted)


def piles(ctx: Context, customer_ids: Collection[str] | None = None) -> list[Pile]:
    """How many invoices lie in each stage and what they come to; of some customers, or of all."""
    return stages.piles(ctx, customer_ids)


def stage(ctx: Context, invoice: Invoice) -> Stage:
    """The pile that an invoice lies in now."""
    return stage_of(invoice.status, invoice.due_at, ctx.now)


def of_customer(ctx: Context, customer_id: str, invoice_id: str) -> Invoice:
    """An invoice that its customer may see: the upcoming one, and whatever was issued to them.

    NotFound for a draft, and for another customer's in the same words, so that nobody learns that it exists.
    """
    invoice = repository.invoice(ctx, invoice_id)
    is_theirs = invoice is not None and invoice.customer_id == customer_id and invoice.deleted_at is None
    if invoice is None or not is_theirs or stage(ctx, invoice) not in (Stage.GATHERING, *BILLED):
        raise NotFound("You have no invoice at this address.")
    return invoice
