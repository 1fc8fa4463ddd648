"""Invoices as the finance desk and the customer look through them: by stage, with what each pile comes to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing import repository, stages
from backend.invoicing.correction_models import Correction
from backend.invoicing.models import Invoice, InvoiceLine
from backend.invoicing.repository import CorrectionFilter
from backend.invoicing.stages import BILLED, Pile, Stage, StageFilter, stage_of


@dataclass(frozen=True, slots=True)
class CorrectedLine:
    """A correction with the line of an issued invoice that it corrects, and the invoices on which it is booked."""

    correction: Correction
    line: InvoiceLine
    invoice: Invoice
    booked_on: tuple[Invoice, ...]


def list_corrections(ctx: Context, wanted: CorrectionFilter) -> tuple[list[CorrectedLine], int]:
    """One page of the corrections of issued invoices, and how many there are in all."""
    found, total = repository.correction_page(ctx, wanted)
    booked = repository.invoices_booking(ctx, [correction.id for correction, _, _ in found])
    return [CorrectedLine(*row, tuple(booked.get(row[0].id, ()))) for row in found], total


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
