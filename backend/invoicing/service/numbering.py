"""Numbers without gaps: taken under a lock, and free again when the transaction that took one fails."""

from backend.engine.invoice.number import draft_number, gathering_number
from backend.infra.context import Context
from backend.invoicing import repository


def next_gathering_number(ctx: Context, customer_name: str, currency: str) -> str:
    """GATHER-ACME-USD-1."""
    return gathering_number(customer_name, currency, _next(ctx, "gathering"))


def next_draft_number(ctx: Context, customer_name: str) -> str:
    """DRAFT-ACME-1."""
    return draft_number(customer_name, _next(ctx, "draft"))


def next_invoice_number(ctx: Context) -> str:
    """INV-000001, for apps that give no number of their own."""
    return f"INV-{_next(ctx, 'invoice'):06d}"


def _next(ctx: Context, name: str) -> int:
    sequence = repository.sequence(ctx, name)
    if sequence is None:
        repository.start_sequence(ctx, name)
        sequence = repository.sequence(ctx, name)
    assert sequence is not None, "it was started in this transaction or before"
    number = sequence.next_number
    sequence.next_number = number + 1
    ctx.session.add(sequence)
    ctx.session.flush()
    return number
