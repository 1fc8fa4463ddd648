"""How customers stand with their payments, in words: what is overdue or failed comes before what is open or paid."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.invoicing.service import Stage, StageFilter
from portal.formatting import day, money, plural
from portal.invoice_words import amounts, number_of, status_of

WORST_FIRST = ("overdue", "uncollectible", "payment_failed", "action_required", "awaiting_payment")
MOST_UNPAID = 1000
TROUBLE = {
    "overdue": "was due on {due}",
    "uncollectible": "was due on {due} and could not be collected",
    "payment_failed": "could not be charged",
    "action_required": "waits for a confirmation of the payment",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The pill of a customer and the amount or count beside it; empty before the first invoice."""

    word: str = ""
    note: str = ""


@dataclass(frozen=True)
class Trouble:
    """An invoice whose payment needs attention."""

    href: str
    number: str
    text: str


def standings(ctx: Context, customer_ids: Sequence[str]) -> dict[str, Standing]:
    """Customer id to how they stand, for a whole page of customers at once."""
    unpaid: dict[str, list[Invoice]] = {customer_id: [] for customer_id in customer_ids}
    for invoice in _unpaid(ctx, customer_ids):
        unpaid[invoice.customer_id].append(invoice)
    paid = {pile.customer_id: pile.count for pile in invoicing.piles(ctx, customer_ids) if pile.stage is Stage.PAID}
    return {
        customer_id: _standing(ctx, found) if found else _settled(paid.get(customer_id, 0))
        for customer_id, found in unpaid.items()
    }


def troubles(ctx: Context, customer_id: str, base: str) -> list[Trouble]:
    """The invoices of a customer that somebody should look after; their pages lie under `base`."""
    found = []
    for invoice in _unpaid(ctx, [customer_id]):
        word = status_of(ctx, invoice)
        if word in TROUBLE:
            what = TROUBLE[word].format(due=day(invoice.due_at))
            text = f"over {money(invoice.total, invoice.currency)} {what}."
            found.append(Trouble(f"{base}/{invoice.id}", f"Invoice {number_of(invoice)}", text))
    return found


def _unpaid(ctx: Context, customer_ids: Sequence[str]) -> Sequence[Invoice]:
    stages = (Stage.OVERDUE, Stage.ISSUED)
    wanted = StageFilter(stages, customer_ids, order_by="due_at", descending=False, limit=MOST_UNPAID)
    return invoicing.list_by_stage(ctx, wanted)[0]


def _standing(ctx: Context, unpaid: Sequence[Invoice]) -> Standing:
    words = {status_of(ctx, invoice) for invoice in unpaid}
    worst = next((word for word in WORST_FIRST if word in words), "awaiting_payment")
    return Standing(worst, amounts((invoice.currency, invoice.total) for invoice in unpaid))


def _settled(paid: int) -> Standing:
    return Standing("paid", plural(paid, "invoice")) if paid else Standing()
