"""A company that bills by usage: every customer has three priced meters, and what each owes is plain arithmetic."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from sqlmodel import col, func, select

from backend import clockwork
from backend.catalog.models import RateCardKind
from backend.catalog.service import features, plans
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.engine.meter.definition import Aggregation
from backend.engine.rate.prices import Graduated, Package, Price, Tier, Unit
from backend.engine.recurrence import MONTH
from backend.infra.context import DEFAULT_NAMESPACE, Context, unit_of_work
from backend.ingest import service as ingest
from backend.ingest.cloudevents import CloudEvent
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from bench.ratio import NoResult

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
RUN_AT = END + timedelta(hours=2)
"""When the month is billed: late usage is no longer waited for."""
PLAN, CURRENCY = "metered", "USD"
EVENTS_OF_ONE, AT_ONCE = 8, 100
TOKEN, PACKAGE, SIZE = Decimal("0.0333"), Decimal("1.5"), 3
PRICES: dict[str, tuple[Aggregation, str | None, Price]] = {
    "tokens": (Aggregation.SUM, "$.tokens", Unit(TOKEN)),
    "calls": (Aggregation.COUNT, None, Package(PACKAGE, Decimal(SIZE))),
    "users": (
        Aggregation.UNIQUE_COUNT,
        "$.user",
        Graduated((Tier(Decimal(2), unit=Decimal(4)), Tier(None, unit=Decimal(1)))),
    ),
}
"""What is metered how, and what it costs."""
CENT = Decimal("0.01")


def prepare(number: int) -> Iterator[int]:
    """Sell the plan to so many customers and let them use it for a month; tells how many more are ready."""
    with unit_of_work(now=START) as ctx:
        _offer(ctx)
    for first in range(0, number, AT_ONCE):
        chosen = range(first, min(first + AT_ONCE, number))
        with unit_of_work(now=START) as ctx:
            for customer in chosen:
                _sell(ctx, customer)
        clockwork.run_due(DEFAULT_NAMESPACE, now=START)
        with unit_of_work(now=END) as ctx:
            ingest.ingest(ctx, [event for customer in chosen for event in _usage(customer)])
        yield len(chosen)


def check_billed(number: int) -> None:
    """Raise NoResult unless each customer has one paid invoice with three lines and the right total, without gaps."""
    with unit_of_work(writing=False) as ctx:
        columns: Any = (Invoice.customer, Invoice.number, Invoice.status, Invoice.total)
        found = ctx.session.exec(select(*columns).where(col(Invoice.kind) == InvoiceKind.STANDARD)).all()
        lines = ctx.session.exec(
            select(func.count())
            .select_from(InvoiceLine)
            .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
            .where(col(Invoice.kind) == InvoiceKind.STANDARD, col(InvoiceLine.deleted_at).is_(None))
        ).one()
    totals = {customer["key"]: total for customer, _, _, total in found}
    right = {
        "invoices": len(found) == number == len(totals),
        "lines": lines == number * len(PRICES),
        "numbers": sorted(row[1] for row in found) == [f"INV-{place:06d}" for place in range(1, number + 1)],
        "states": {status for _, _, status, _ in found} == {State.PAID.value},
        "totals": totals == {key_of(customer): owed(customer) for customer in range(number)},
    }
    wrong = [name for name, is_right in right.items() if not is_right]
    if wrong:
        raise NoResult(f"{number} customers were billed, but these are wrong: {', '.join(wrong)}.")


def key_of(customer: int) -> str:
    """How the customer with this number is called."""
    return f"customer-{customer}"


def owed(customer: int) -> Decimal:
    """What a customer owes for the month: each price worked out by hand, each detailed line rounded to the cent."""
    tokens = sum((_tokens(customer, event) for event in range(EVENTS_OF_ONE)), Decimal(0))
    packages = (Decimal(EVENTS_OF_ONE) / SIZE).to_integral_value(ROUND_CEILING)
    users = _users(customer)
    return (tokens * TOKEN).quantize(CENT, ROUND_HALF_UP) + packages * PACKAGE + min(users, 2) * 4 + max(users - 2, 0)


def _offer(ctx: Context) -> None:
    for key, (aggregation, value, _) in PRICES.items():
        metering.create_meter(ctx, metering.MeterInput(key, aggregation, "use", value))
        features.create(ctx, FeatureInput(key, key.title(), meter=key))
    cards = tuple(
        RateCardTerms(key, key.title(), RateCardKind.USAGE_BASED, price, MONTH, feature_key=key)
        for key, (_, _, price) in PRICES.items()
    )
    terms = PlanTerms(name="Metered", billing_cadence=MONTH, phases=(PhaseTerms("main", "Main", cards),))
    plans.publish(ctx, plans.create(ctx, PlanInput(PLAN, CURRENCY, terms)).row.id)


def _sell(ctx: Context, customer: int) -> None:
    key = key_of(customer)
    buyer = customers.create(ctx, CustomerInput(key, key=key, primary_email=f"billing@{key}.example"))
    subscriptions.create(ctx, subscriptions.SubscriptionInput(buyer.id, PLAN))


def _usage(customer: int) -> Iterator[CloudEvent]:
    for number in range(EVENTS_OF_ONE):
        user = number % _users(customer)
        data = f'{{"tokens": {_tokens(customer, number)}, "user": "user-{user}"}}'
        at = START + timedelta(days=3 * number, seconds=customer)
        yield CloudEvent(f"{customer}-{number}", "bench", "use", key_of(customer), at, data)


def _tokens(customer: int, event: int) -> Decimal:
    return Decimal((customer * 7 + event * 13) % 1000) / 10


def _users(customer: int) -> int:
    return customer % 5 + 1
