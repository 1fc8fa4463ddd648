"""What a person may do with an invoice: approve, retry, delete, calculate again, or stop waiting for late usage."""

from backend.engine.invoice.lifecycle import Trigger
from backend.infra.context import Context
from backend.invoicing.models import Invoice
from backend.invoicing.service.collect import date_draft
from backend.invoicing.service.steps import downgrade_issues, edited, lock_standard, step
from backend.invoicing.workflow import from_document


def approve(ctx: Context, invoice_id: str) -> Invoice:
    """Let a draft be issued without waiting; WrongState unless it waits for approval."""
    invoice = lock_standard(ctx, invoice_id, "approve")
    step(ctx, invoice, Trigger.APPROVE)
    return invoice


def retry(ctx: Context, invoice_id: str) -> Invoice:
    """Try a failed step again; what was critical becomes a warning. WrongState unless a step failed."""
    invoice = lock_standard(ctx, invoice_id, "retry")
    step(ctx, invoice, Trigger.RETRY)
    downgrade_issues(ctx, invoice)
    return invoice


def delete(ctx: Context, invoice_id: str) -> Invoice:
    """Delete a draft; lines of a subscription come back with its next reconciliation. WrongState once it is issued."""
    invoice = lock_standard(ctx, invoice_id, "delete")
    step(ctx, invoice, Trigger.DELETE)
    return invoice


def snapshot_now(ctx: Context, invoice_id: str) -> Invoice:
    """Stop waiting for late usage; WrongState unless the invoice waits for it."""
    invoice = lock_standard(ctx, invoice_id, "snapshot")
    step(ctx, invoice, Trigger.SNAPSHOT_QUANTITIES)
    invoice.collection_at = ctx.now
    date_draft(invoice, from_document(invoice.workflow))
    return invoice


def recalculate_taxes(ctx: Context, invoice_id: str) -> Invoice:
    """Calculate a draft again and hand it to its app once more, whose task taxes are; WrongState once it is issued."""
    invoice = lock_standard(ctx, invoice_id, "recalculate")
    edited(ctx, invoice, "Taxes are calculated again.")
    return invoice
