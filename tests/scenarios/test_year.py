"""A year of five customers: every invoice comes to what an independent reckoning from events and prices says."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from random import Random

from backend import clockwork
from backend.catalog.models import RateCardKind
from backend.catalog.service import features, plans
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.engine.meter.definition import Aggregation
from backend.engine.rate.prices import Commitment, Discounts, Flat, Graduated, PaymentTerm, PercentageDiscount, Tier
from backend.engine.recurrence import MONTH
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.invoicing import service as invoicing
from backend.metering import service as metering
from backend.metering.service import MeterInput
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import Moment, PlanChange, SubscriptionInput
from tests.conftest import Work
from tests.scenarios.reckoning import Owed, PriceList, Sent, Spell, reckon
from tests.services.company import gathering_invoices, standard_invoices


def on(month: int, day: int, time: str = "00:00:00", year: int = 2025) -> datetime:
    return datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{time}").replace(tzinfo=UTC)


TEAM = PriceList("team", "USD", 2, "49.99", "15", ((1000, "0"), (4000, "0.0313"), (None, "0.0177")))
TEAM_DEARER = PriceList("team", "USD", 2, "59.99", "18.5", ((500, "0"), (4000, "0.0335"), (None, "0.0199")))
BUSINESS = PriceList("business", "USD", 2, "499", "99", ((None, "0.0237"),), percent_off="12.5", minimum="95")
KANSAI = PriceList("kansai", "JPY", 0, "7800", "1000", ((2000, "1.37"), (None, "0.909")))

OPENING, TODAY = on(1, 1), on(1, 15, year=2026)
ACME, INITECH = ("acme", "acme-eu"), ("initech",)
SPELLS = (
    Spell("acme", ACME, TEAM, OPENING, None, OPENING),
    Spell("globex", ("globex",), TEAM, on(1, 21, "21:55:18"), on(9, 10, "06:00:00"), OPENING),
    Spell("initech", INITECH, TEAM, on(1, 31, "09:30:00"), on(5, 31, "09:30:00"), on(1, 31, "09:30:00")),
    Spell("initech", INITECH, BUSINESS, on(5, 31, "09:30:00"), None, on(1, 31, "09:30:00")),
    Spell("hooli", ("hooli",), TEAM_DEARER, on(8, 7, "12:00:00"), on(10, 20, "08:00:00"), on(8, 1)),
    Spell("hooli", ("hooli",), BUSINESS, on(10, 20, "08:00:00"), None, on(8, 1)),
    Spell("osaka", ("osaka",), KANSAI, on(3, 10), on(12, 1, "15:00:00"), on(3, 1, "15:00:00")),
)


def acts() -> list[tuple[datetime, Callable[[Context], object]]]:
    """What people do; what becomes of it is written in SPELLS."""
    return [
        (OPENING, open_shop),
        (OPENING, partial(join, "acme", TEAM, subjects=("acme-eu",))),
        (on(1, 21, "21:55:18"), partial(join, "globex", TEAM, anchor=OPENING)),
        (on(1, 31, "09:30:00"), partial(join, "initech", TEAM)),
        (on(3, 10), partial(join, "osaka", KANSAI, anchor=on(3, 1, "15:00:00"))),
        (on(5, 15, "10:00:00"), partial(move, "initech", BUSINESS, Moment.NEXT_BILLING_CYCLE)),
        (on(7, 1, "10:00:00"), partial(put_on_sale, prices=TEAM_DEARER)),
        (on(8, 7, "12:00:00"), partial(join, "hooli", TEAM_DEARER, anchor=on(8, 1))),
        (on(9, 10, "06:00:00"), partial(leave, "globex", Moment.IMMEDIATE)),
        (on(10, 20, "08:00:00"), partial(move, "hooli", BUSINESS, Moment.IMMEDIATE)),
        (on(11, 3, "09:00:00"), partial(leave, "osaka", Moment.NEXT_BILLING_CYCLE)),
    ]


def everyday_usage() -> Iterator[Sent]:
    """Two events a day of everybody who was ever a customer, also before and after; most arrive at once."""
    sizes = {"acme": 90, "acme-eu": 60, "globex": 40, "initech": 200, "hooli": 330, "osaka": 95}
    for subject, size in sizes.items():
        random = Random(subject)
        for number in range((TODAY - OPENING).days * 2):
            at = OPENING + timedelta(hours=12 * number, seconds=random.randrange(12 * 3600))
            tokens = Decimal(random.randrange(size * 1000)) / 1000
            yield Sent(f"{subject}-{number}", subject, at, at + timedelta(seconds=3), str(tokens))


ODD_USAGE = (
    Sent("late", "acme", on(3, 31, "23:50:00"), on(4, 1, "00:59:00"), "100.5"),
    Sent("too-late", "acme", on(3, 31, "23:51:00"), on(4, 1, "01:00:01"), "1000"),
    Sent("late", "acme", on(3, 31, "23:52:00"), on(4, 1, "01:30:00"), "7777"),
    Sent("first-instant", "acme", on(6, 1), on(6, 1, "00:00:05"), "33.333"),
    Sent("last-second", "initech", on(2, 28, "09:29:59"), on(2, 28, "09:30:01"), "12.125"),
    Sent("nobody", "umbrella", on(6, 2), on(6, 2, "00:00:05"), "5000"),
    Sent("acme-3", "acme", on(6, 3), on(6, 3, "00:00:05"), "5000"),
)


def test_every_invoice_of_a_year_agrees_with_an_independent_reckoning(work: Work) -> None:
    sent = [*everyday_usage(), *ODD_USAGE]
    live(work, sent)
    owed = reckon(SPELLS, sent, on(2, 28, year=2026))
    assert drawn(work) == {key: amount for key, amount in owed.items() if key[1] <= TODAY}
    assert accruing(work) == upcoming(owed)
    invoices = standard_invoices(work)
    assert {invoice.status for invoice in invoices} == {State.PAID}
    assert [invoice.number for invoice in invoices] == [f"INV-{n + 1:06}" for n in range(len(invoices))]


def drawn(work: Work) -> Owed:
    """What the invoices come to, by customer and the instant at which they were drawn."""
    found: Owed = {}
    for invoice in standard_invoices(work):
        assert invoice.created_at is not None
        key = (invoice.customer["key"], invoice.created_at)
        assert key not in found, "one invoice for all that falls due together"
        found[key] = Fraction(invoice.total)
    return found


def accruing(work: Work) -> dict[str, Fraction]:
    """What each customer's next invoice would come to with the usage so far."""
    with work(now=TODAY, writing=False) as ctx:
        previews = [invoicing.view(ctx, invoice) for invoice in gathering_invoices(work)]
    return {shown.invoice.customer["key"]: Fraction(shown.totals.total) for shown in previews}


def upcoming(owed: Owed) -> dict[str, Fraction]:
    """What the reckoning has for the first instant after today."""
    following = sorted(key for key in owed if key[1] > TODAY)
    return {customer: owed[customer, moment] for customer, moment in reversed(following)}


def live(work: Work, sent: Iterable[Sent]) -> None:
    """Let the year pass: events arrive, people act, and what falls due is done at its instant."""
    waiting = deque(sorted(sent, key=lambda event: event.arrived))
    clock = OPENING - timedelta(seconds=1)
    for at, act in [*acts(), (TODAY, lambda _: None)]:
        while (stop := clockwork.next_due("default", clock)) is not None and stop <= at:
            arrive(work, waiting, stop)
            clockwork.run_due("default", stop)
            clock = stop
        arrive(work, waiting, at)
        with work(now=at) as ctx:
            act(ctx)
        clockwork.run_due("default", at)
        clock = at


def arrive(work: Work, waiting: deque[Sent], now: datetime) -> None:
    """Take in what has arrived by now."""
    arrived = []
    while waiting and waiting[0].arrived <= now:
        event = waiting.popleft()
        data = json.dumps({"tokens": event.tokens})
        arrived.append(CloudEvent(event.id, "scenario", "tokens", event.subject, event.at, data))
    with work(now=now) as ctx:
        ingest.ingest(ctx, arrived)


def open_shop(ctx: Context) -> None:
    metering.create_meter(ctx, MeterInput("tokens", Aggregation.SUM, "tokens", "$.tokens"))
    features.create(ctx, FeatureInput("tokens", "Tokens", meter="tokens"))
    for prices in (TEAM, BUSINESS, KANSAI):
        put_on_sale(ctx, prices)


def put_on_sale(ctx: Context, prices: PriceList) -> None:
    """Publish the next version of a plan."""
    tiers = tuple(Tier(None if up_to is None else Decimal(up_to), unit=Decimal(price)) for up_to, price in prices.tiers)
    cards = (
        RateCardTerms("fee", "Fee", RateCardKind.FLAT_FEE, Flat(Decimal(prices.fee)), MONTH),
        RateCardTerms(
            "support",
            "Support",
            RateCardKind.FLAT_FEE,
            Flat(Decimal(prices.support), PaymentTerm.IN_ARREARS),
            MONTH,
        ),
        RateCardTerms(
            "tokens",
            "Tokens",
            RateCardKind.USAGE_BASED,
            Graduated(tiers),
            MONTH,
            commitment=Commitment(minimum=Decimal(prices.minimum) or None),
            discounts=Discounts(PercentageDiscount(Decimal(prices.percent_off))),
            feature_key="tokens",
        ),
    )
    terms = PlanTerms(prices.plan.title(), MONTH, (PhaseTerms("main", "Main", cards),))
    draft = plans.create(ctx, PlanInput(prices.plan, prices.currency, terms))
    plans.publish(ctx, draft.row.id)


def join(
    key: str, prices: PriceList, ctx: Context, *, subjects: tuple[str, ...] = (), anchor: datetime | None = None
) -> None:
    customers.create(ctx, CustomerInput(name=key.title(), key=key, subject_keys=subjects))
    subscriptions.create(ctx, SubscriptionInput(key, prices.plan, billing_anchor=anchor))


def move(key: str, prices: PriceList, timing: Moment, ctx: Context) -> None:
    subscriptions.change(ctx, current(ctx, key), PlanChange(prices.plan, timing=timing))


def leave(key: str, timing: Moment, ctx: Context) -> None:
    subscriptions.cancel(ctx, current(ctx, key), timing)


def current(ctx: Context, key: str) -> str:
    customer = customers.get(ctx, key)
    return subscriptions.current(ctx, [customer.id])[customer.id].id
