"""A year of twenty customers: every invoice comes to what an independent reckoning from events and prices says."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest

from backend import bootstrap, clockwork
from backend.catalog.models import RateCardKind
from backend.catalog.service import features, plans
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.engine.meter.definition import Aggregation
from backend.engine.rate import prices as priced
from backend.engine.rate.prices import Commitment, Discounts, Flat, PaymentTerm, PercentageDiscount, Tier, UsageDiscount
from backend.engine.recurrence import MONTH, Duration
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.integrations.sandbox import SandboxApp
from backend.integrations.sandbox.app import OUTCOME
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice, InvoiceKind
from backend.invoicing.ports import AppIssue, AppRefused, AppUnreachable, Finalized, InvoiceDocument, Synced
from backend.invoicing.service import InvoiceFilter
from backend.metering import service as metering
from backend.metering.service import MeterInput
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import ItemAddition, Moment, PlanChange, SubscriptionEdit, SubscriptionInput
from tests.conftest import Work
from tests.scenarios.reckoning import Owed, PriceList, Sent, Spell, UsagePrice, reckon
from tests.scenarios.year import (
    DEEDS,
    ODD_USAGE,
    ON_SALE,
    OPENING,
    SPELLS,
    TEAM_DEARER,
    TODAY,
    Deed,
    everyday_usage,
    on,
)
from tests.services.company import gathering_invoices

CARD_FAILS, CARD_WORKS = on(2, 1), on(6, 15)
FAILED = (State.DRAFT_INVALID, State.DRAFT_SYNC_FAILED, State.ISSUING_FAILED, State.ISSUING_LINE_FINALIZATION_FAILED)
Act = tuple[datetime, Callable[[Context], object]]


@dataclass
class FragileApp(SandboxApp):
    """An app that cannot be reached at every 11th question and refuses every 41st."""

    asked: int = 0
    in_trouble: bool = False

    def validate(self, document: InvoiceDocument) -> Sequence[AppIssue]:
        self._answer()
        return super().validate(document)

    def upsert(self, document: InvoiceDocument) -> Synced:
        self._answer()
        return super().upsert(document)

    def finalize(self, document: InvoiceDocument) -> Finalized:
        self._answer()
        return super().finalize(document)

    def _answer(self) -> None:
        self.asked += 1
        self.in_trouble = True
        if self.asked % 41 == 0:
            raise AppRefused(AppIssue("not_today", "Not today."))
        if self.asked % 11 == 0:
            raise AppUnreachable("Nobody answers.")
        self.in_trouble = False


@pytest.fixture
def app() -> Iterator[FragileApp]:
    fragile = FragileApp()
    bootstrap.use({"sandbox": fragile})
    yield fragile
    bootstrap.use(None)


def test_every_invoice_of_a_year_agrees_with_an_independent_reckoning(work: Work, app: FragileApp) -> None:
    sent = [event for event in (*everyday_usage(), *ODD_USAGE) if event.arrived <= TODAY]
    Year(work, app, deque(sorted(sent, key=lambda event: event.arrived))).pass_by(acts())
    owed, _ = reckon(SPELLS, sent, TODAY + timedelta(days=366))
    assert drawn(work) == {key: amount for key, amount in owed.items() if key[1] <= TODAY}
    _, credit = reckon(SPELLS, sent, TODAY)
    assert accruing(work) == upcoming(owed) | {customer: -amount for customer, amount in credit.items()}
    invoices = all_invoices(work)
    assert {invoice.status for invoice in invoices} == {State.PAID}
    assert sorted(invoice.number for invoice in invoices) == [f"INV-{n + 1:06}" for n in range(len(invoices))]
    assert len({invoice.customer_id for invoice in invoices}) == 20


def all_invoices(work: Work) -> Sequence[Invoice]:
    """Every standard invoice of the year."""
    with work(writing=False) as ctx:
        return invoicing.list_invoices(ctx, InvoiceFilter(kinds=(InvoiceKind.STANDARD,), limit=1000))[0]


def drawn(work: Work) -> Owed:
    """What the invoices come to, by customer and the instant at which they were drawn."""
    found: Owed = {}
    for invoice in all_invoices(work):
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


@dataclass
class Year:
    """A year that passes: events arrive, people act, and what falls due is done at its instant."""

    work: Work
    app: FragileApp
    waiting: deque[Sent]
    clock: datetime = field(default=OPENING - timedelta(seconds=1))

    def pass_by(self, acts: Iterable[Act]) -> None:
        for at, act in [*sorted(acts, key=lambda act: act[0]), (TODAY, lambda _: None)]:
            while (stop := clockwork.next_due("default", self.clock)) is not None and stop <= at:
                self._arrive(stop)
                self._run(stop)
            self._arrive(at)
            with self.work(now=at) as ctx:
                act(ctx)
            self._run(at)

    def _run(self, now: datetime) -> None:
        """Do what is due; where the app made trouble, people retry until it is over."""
        clockwork.run_due("default", now)
        while self.app.in_trouble:
            self.app.in_trouble = False
            with self.work(now=now) as ctx:
                for invoice in invoicing.list_invoices(ctx, InvoiceFilter(states=FAILED))[0]:
                    invoicing.retry(ctx, invoice.id)
            clockwork.run_due("default", now)
        self.clock = now

    def _arrive(self, now: datetime) -> None:
        """Take in what has arrived by now."""
        arrived = []
        while self.waiting and self.waiting[0].arrived <= now:
            event = self.waiting.popleft()
            data = json.dumps({"tokens": event.tokens, "user": event.user})
            arrived.append(CloudEvent(event.id, "scenario", "work", event.subject, event.at, data))
        with self.work(now=now) as ctx:
            ingest.ingest(ctx, arrived)


def acts() -> Iterator[Act]:
    """What people do; what becomes of it is written in SPELLS."""
    yield OPENING, open_shop
    yield on(7, 1, "10:00:00"), partial(put_on_sale, prices=TEAM_DEARER)
    yield CARD_FAILS, partial(pay_with, "tyrell", "failed")
    yield CARD_WORKS, partial(pay_with, "tyrell", "paid")
    seen: dict[str, Spell] = {}
    for spell in SPELLS:
        before = seen.get(spell.customer)
        if before is None or before.end != spell.start:
            yield spell.start, partial(join, spell, before is None)
        seen[spell.customer] = spell
        for moment in spell.by_hand:
            yield moment, partial(bill_now, spell.customer)
        for moment, usage in spell.revised:
            yield moment, partial(revise, spell.customer, usage)
    for deed in DEEDS:
        yield deed.at, partial(do, deed)


def open_shop(ctx: Context) -> None:
    for key, aggregation, value in [
        ("tokens", Aggregation.SUM, "$.tokens"),
        ("calls", Aggregation.COUNT, None),
        ("users", Aggregation.UNIQUE_COUNT, "$.user"),
    ]:
        metering.create_meter(ctx, MeterInput(key, aggregation, "work", value))
        features.create(ctx, FeatureInput(key, key.title(), meter=key))
    for prices in ON_SALE:
        put_on_sale(ctx, prices)


def put_on_sale(ctx: Context, prices: PriceList) -> None:
    """Publish the next version of a plan."""
    every = Duration(months=prices.every)
    fees = {"fee": (prices.fee, PaymentTerm.IN_ADVANCE), "support": (prices.support, PaymentTerm.IN_ARREARS)}
    cards = [
        RateCardTerms(key, key.title(), RateCardKind.FLAT_FEE, Flat(Decimal(amount), term), every)
        for key, (amount, term) in fees.items()
    ]
    phase = PhaseTerms("main", "Main", (*cards, *map(usage_card, prices.usage)))
    draft = plans.create(ctx, PlanInput(prices.plan, prices.currency, PlanTerms(prices.plan, every, (phase,))))
    plans.publish(ctx, draft.row.id)


def usage_card(usage: UsagePrice) -> RateCardTerms:
    """A usage price as a rate card."""
    maximum = None if usage.maximum is None else Decimal(usage.maximum)
    return RateCardTerms(
        usage.counted,
        usage.counted.title(),
        RateCardKind.USAGE_BASED,
        price_of(usage),
        MONTH,
        commitment=Commitment(Decimal(usage.minimum) or None, maximum),
        discounts=Discounts(
            PercentageDiscount(Decimal(usage.percent_off)), UsageDiscount(Decimal(usage.free)) if usage.free else None
        ),
        feature_key=usage.counted,
    )


def price_of(usage: UsagePrice) -> priced.Price:
    """A usage price as the engine knows it."""
    tiers = tuple(Tier(None if up_to is None else Decimal(up_to), unit=Decimal(each)) for up_to, each in usage.tiers)
    if usage.model == "packages":
        [(size, each)] = usage.tiers
        return priced.Package(Decimal(each), Decimal(size or 1))
    return priced.Volume(tiers) if usage.model == "volume" else priced.Graduated(tiers)


def join(spell: Spell, is_new: bool, ctx: Context) -> None:
    key = spell.customer
    if is_new:
        others = tuple(subject for subject in spell.subjects if subject != key)
        customers.create(ctx, CustomerInput(name=key.title(), key=key, subject_keys=others))
    subscriptions.create(ctx, SubscriptionInput(key, spell.prices.plan, billing_anchor=spell.anchor))


def do(deed: Deed, ctx: Context) -> None:
    """Change to another plan, or leave."""
    timing = Moment.IMMEDIATE if deed.now else Moment.NEXT_BILLING_CYCLE
    if deed.plan is None:
        subscriptions.cancel(ctx, current(ctx, deed.customer), timing)
    else:
        subscriptions.change(ctx, current(ctx, deed.customer), PlanChange(deed.plan.plan, timing=timing))


def revise(key: str, usage: UsagePrice, ctx: Context) -> None:
    """Give one customer another price."""
    subscriptions.edit(ctx, current(ctx, key), SubscriptionEdit((ItemAddition("main", usage_card(usage)),)))


def current(ctx: Context, key: str) -> str:
    """The id of a customer's subscription."""
    customer = customers.get(ctx, key)
    return subscriptions.current(ctx, [customer.id])[customer.id].id


def bill_now(key: str, ctx: Context) -> None:
    """Bill usage before its month is over."""
    invoicing.invoice_now(ctx, customers.get(ctx, key).id, progressive=True)


def pay_with(key: str, outcome: str, ctx: Context) -> None:
    """Another card; what could not be paid so far is tried again."""
    customer = customers.get(ctx, key)
    labels = {OUTCOME: outcome}
    customers.update(ctx, key, CustomerInput(customer.name, key, labels=labels, currency=customer.currency))
    failed = InvoiceFilter(states=(State.PAYMENT_FAILED,), customer_ids=(customer.id,))
    for invoice in invoicing.list_invoices(ctx, failed)[0]:
        invoicing.retry(ctx, invoice.id)
