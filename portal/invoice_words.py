"""Invoices, their lines and what explains them, as finished text for staff and for customers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import zip_longest

from backend.engine.exact import EXACT, ZERO
from backend.engine.invoice.lifecycle import ACTIONS, State
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice, InvoiceEvent
from backend.invoicing.service import LineView, Stage
from backend.invoicing.service.wording import StepInWords, period_of, steps_in_money
from portal.formatting import NOTHING, day, exact_instant, instant, money, period, quantity, words
from portal.sold_words import line_price

IN_WORDS = {
    State.PAYMENT_FAILED: "payment_failed",
    State.PAYMENT_ACTION_REQUIRED: "action_required",
    State.UNCOLLECTIBLE: "uncollectible",
    State.DRAFT_INVALID: "failed",
    State.DRAFT_SYNC_FAILED: "failed",
    State.ISSUING_FAILED: "failed",
}
"""States that say more than the pile an invoice lies in."""

LANDMARKS = frozenset({State.DRAFT_CREATED, State.ISSUED, State.PAID})
"""States that are told even if the invoice went on at once."""

BY_HAND = frozenset(trigger.value for trigger in ACTIONS.values())
A_REST = timedelta(minutes=1)


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice as lists show it."""

    id: str
    href: str
    number: str
    customer: str
    customer_href: str
    status: str
    period: str
    dated: str
    dated_exact: str
    due: str
    total: str


@dataclass(frozen=True)
class LineRow:
    """A line as the invoice shows it; with usage it can be explained by events."""

    id: str
    name: str
    note: str
    period: str
    price: str
    quantity: str
    amount: str
    details: list[StepInWords]


@dataclass(frozen=True)
class StepRow:
    """One step in the life of an invoice."""

    state: str
    when: str
    when_exact: str
    who: str
    note: str


def invoice_row(ctx: Context, invoice: Invoice, base: str) -> InvoiceRow:
    """An invoice for a list; a gathering one with what it comes to so far. Its page lies under `base`."""
    shown, upcoming = invoicing.header(ctx, invoice), invoice.status == Stage.GATHERING
    return InvoiceRow(
        id=invoice.id,
        href=f"{base}/{invoice.id}",
        number=number_of(invoice),
        customer=str(invoice.customer.get("name", "")),
        customer_href=f"/customers/{invoice.customer_id}",
        status=status_of(ctx, invoice),
        period=period_of(invoice),
        dated=NOTHING if upcoming else day(invoice.issued_at or invoice.created_at),
        dated_exact="" if upcoming else exact_instant(invoice.issued_at or invoice.created_at),
        due=day(invoice.due_at) if invoice.issued_at else NOTHING,
        total=money(shown.totals.total, invoice.currency),
    )


def number_of(invoice: Invoice) -> str:
    """How people call it; what is still gathering has no number of its own yet."""
    return "Upcoming" if invoice.status == Stage.GATHERING else invoice.number


def status_of(ctx: Context, invoice: Invoice) -> str:
    """Where an invoice stands, in one word for the pill."""
    stage = invoicing.stage(ctx, invoice)
    if stage is Stage.GATHERING:
        return stage.value
    return IN_WORDS.get(State(invoice.status), "awaiting_payment" if stage is Stage.ISSUED else stage.value)


def line_row(shown: LineView, currency: str) -> LineRow:
    """A line with the multiplications behind its amount."""
    line = shown.line
    return LineRow(
        id=line.id,
        name=line.name,
        note=line.description or "",
        period=period(line.period_start, line.period_end),
        price=line_price(line),
        quantity=NOTHING if shown.metered_quantity is None else quantity(shown.metered_quantity),
        amount=money(shown.totals.total, currency),
        details=steps_in_money(shown, currency),
    )


def step_row(event: InvoiceEvent) -> StepRow:
    """A step of an invoice's life: where it led, when, and by whom."""
    return StepRow(
        state=words(event.to_status),
        when=instant(event.created_at),
        when_exact=exact_instant(event.created_at),
        who="by itself" if event.actor_kind == "system" else event.actor_name,
        note=event.note or "",
    )


def resting_steps(events: Sequence[InvoiceEvent]) -> list[StepRow]:
    """The steps at which an invoice came to rest, newest first; what it passed on the way is left out."""
    kept = [
        event
        for event, following in zip_longest(events, events[1:])
        if event.note or event.to_status in LANDMARKS or event.trigger in BY_HAND or _rested(event, following)
    ]
    return [step_row(event) for event in reversed(kept)]


def _rested(event: InvoiceEvent, following: InvoiceEvent | None) -> bool:
    if following is None or event.created_at is None or following.created_at is None:
        return True
    return following.created_at - event.created_at >= A_REST


def amounts(sums: Iterable[tuple[str, Decimal]]) -> str:
    """Money of several currencies side by side: `$120.00 + €5.00`."""
    by_currency: dict[str, Decimal] = {}
    for currency, amount in sums:
        by_currency[currency] = EXACT.add(by_currency.get(currency, ZERO), amount)
    return " + ".join(money(amount, currency) for currency, amount in sorted(by_currency.items()))
