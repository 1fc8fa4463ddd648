"""Whoever changes what a customer is billed holds the customer first, then its invoices: nobody waits in a circle."""

from collections.abc import Collection, Sequence

from sqlmodel.sql.expression import SelectOfScalar

from backend.customers import service as customers
from backend.errors import NotFound
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice

_HELD = "meterline_held_for_billing"
"""What a unit of work holds already: it is asked for once."""


def hold_customers(ctx: Context, customer_ids: Collection[str]) -> None:
    """Hold customers until the end of this unit of work; whoever needs several says so at once."""
    _hold(ctx, customer_ids, customer_ids)


def hold_customer_of_subscription(ctx: Context, subscription_id: str) -> None:
    """Hold the customer of a subscription, also of a deleted one."""
    _hold(ctx, (subscription_id,), repository.customer_of_subscription(subscription_id))


def lock_invoice(ctx: Context, invoice_id: str) -> Invoice:
    """An invoice that nobody else changes until the end of this unit of work; raises NotFound."""
    _hold(ctx, (invoice_id,), repository.customer_of_invoice(invoice_id))
    invoice = repository.invoice(ctx, invoice_id, lock=True)
    if invoice is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return invoice


def lock_gathering(ctx: Context, customer_id: str, currency: str | None = None) -> Sequence[Invoice]:
    """A customer's gathering invoices, all or that of one currency: whoever holds them moves their lines."""
    hold_customers(ctx, (customer_id,))
    return repository.gathering(ctx, customer_id, currency)


def _hold(ctx: Context, names: Collection[str], ids: Collection[str] | SelectOfScalar[str]) -> None:
    held: set[str] = ctx.session.info.setdefault(_HELD, set())
    if not held.issuperset(names):
        customers.hold(ctx, ids)
        held.update(names)
