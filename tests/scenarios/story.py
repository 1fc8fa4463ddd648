"""Dated stories as data: each step is told to the public services at its clock, and lines must be the facts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from backend import bootstrap, clockwork
from backend.catalog import price_document
from backend.catalog.models import RateCardKind
from backend.catalog.service import features, plans
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.invoice.lifecycle import State
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.rate.prices import Price
from backend.engine.recurrence import Duration
from backend.engine.subscribe.edit import RemoveItem
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice, InvoiceKind
from backend.invoicing.service import InvoiceFilter, LineView
from backend.invoicing.workflow import Workflow, to_document
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import ItemAddition, Moment, PhaseAddition, SubscriptionEdit, SubscriptionInput
from tests.conftest import Work
from tests.engine import prices
from tests.engine.vectors import instant

T = TypeVar("T")
Step = dict[str, Any]
Lines = dict[str, dict[str, Any]]

NAMESPACE, CUSTOMER, FEATURE = "default", "customer", "api-requests-total"


@dataclass
class Story:
    """One customer with one subscription, told step by step; invoices are drawn by hand and approved by hand."""

    work: Work
    clock: datetime = field(default_factory=lambda: instant("2023-01-01T00:00:00Z"))
    subscription_id: str = ""
    drawn: list[str] = field(default_factory=list)
    events: int = 0

    def tell(self, steps: list[Step]) -> None:
        """Everything that happens, from the beginning."""
        bootstrap.ensure_billing(NAMESPACE)
        self._do(_open)
        for step in steps:
            told: Callable[[Step], None] = getattr(self, step["op"])
            told(step)

    def set_clock(self, step: Step) -> None:
        self.clock = instant(step["at"])

    def enable_prorating(self, _: Step) -> None:
        """The plan's own setting decides here."""

    def profile(self, step: Step) -> None:
        self._do(lambda ctx: _bill(ctx, progressive=step["progressiveBilling"]))

    def event(self, step: Step) -> None:
        self.events += 1
        at, data = instant(step["at"]), f'{{"value": {step["value"]}}}'
        self._do(lambda ctx: ingest.ingest(ctx, [CloudEvent(str(self.events), "story", "usage", CUSTOMER, at, data)]))

    def create_plan(self, step: Step) -> None:
        def offer(ctx: Context) -> None:
            wanted = PlanInput("plan", step["plan"]["currency"], plan_terms(step["plan"]))
            plans.publish(ctx, plans.create(ctx, wanted).row.id)

        self._do(offer)

    def create_subscription(self, step: Step) -> None:
        if "plan" in step:
            self.create_plan(step)
        anchor = instant(step["billingAnchor"]) if "billingAnchor" in step else None
        wanted = SubscriptionInput(CUSTOMER, "plan", timing=timing(step), billing_anchor=anchor)
        self.subscription_id = self._do(lambda ctx: subscriptions.create(ctx, wanted).id)

    def cancel(self, step: Step) -> None:
        self._do(lambda ctx: subscriptions.cancel(ctx, self.subscription_id, timing(step)))

    def edit(self, step: Step) -> None:
        wanted = SubscriptionEdit(tuple(map(customization, step["patches"])), timing(step))
        self._do(lambda ctx: subscriptions.edit(ctx, self.subscription_id, wanted))

    def delete_customer(self, _: Step) -> None:
        self._do(lambda ctx: subscriptions.delete_customer(ctx, CUSTOMER))

    def sync(self, step: Step) -> None:
        """Twice, because the second time must change nothing."""
        self._do(lambda ctx: invoicing.sync(ctx, self.subscription_id, instant(step["asOf"])))
        self._advance()
        once = self.lines()
        self._do(lambda ctx: invoicing.sync(ctx, self.subscription_id, instant(step["asOf"])))
        assert self.lines() == once

    def sync_and_invoice(self, step: Step) -> None:
        self.sync(step)
        self._draw(lambda ctx: invoicing.collect(ctx, self._customer_id(ctx)))

    def invoice_pending_lines(self, step: Step) -> None:
        as_of = instant(step["asOf"]) if "asOf" in step else None
        self._draw(lambda ctx: invoicing.invoice_now(ctx, self._customer_id(ctx), as_of=as_of))

    def approve_invoice(self, _: Step) -> None:
        self._do(lambda ctx: invoicing.approve(ctx, self.drawn[-1]))
        self._advance()

    def expect_lines(self, step: Step) -> None:
        """The source of these stories knows no corrections of issued invoices: they come in addition."""
        shown = self.lines(step.get("drawn"))
        found = {reference: line for reference, line in shown.items() if "/correction[" not in reference}
        for wanted in step["lines"]:
            reference = wanted["childUniqueReferenceId"].format(subscriptionId=self.subscription_id)
            line = found.pop(reference.replace("-", "_"), None)
            assert line is not None, f"{reference} is missing"
            assert {name: line[name] for name in expected(wanted)} == expected(wanted)
        assert found == {}

    def expect_no_gathering_invoice(self, _: Step) -> None:
        assert self.lines() == {}

    def expect_warning(self, step: Step) -> None:
        issues = self._do(lambda ctx: invoicing.get(ctx, self.drawn[step["drawn"] - 1]).validation_issues)
        assert [(issue["severity"], issue["code"]) for issue in issues] == [("warning", step["code"])]

    def expect_deleted(self, step: Step) -> None:
        """A draft without lines is deleted instead of issued."""
        self._do(lambda ctx: invoicing.approve(ctx, self.drawn[step["drawn"] - 1]))
        self._advance()
        assert self._do(lambda ctx: invoicing.get(ctx, self.drawn[step["drawn"] - 1]).status) == State.DELETED

    def lines(self, drawn: int | None = None) -> Lines:
        """The lines that gather, or those of a drawn invoice, by reference."""

        def read(ctx: Context) -> Lines:
            kept = [invoicing.get(ctx, self.drawn[drawn - 1])] if drawn else _gathering(ctx)
            shown = [line for invoice in kept for line in invoicing.view(ctx, invoice).lines]
            return {line.line.reference or "": fact(line) for line in shown}

        return self._do(read)

    def _draw(self, draw: Callable[[Context], list[Invoice]]) -> None:
        self.drawn += self._do(lambda ctx: [invoice.id for invoice in draw(ctx)])
        self._advance()

    def _advance(self) -> None:
        for invoice_id in self.drawn:
            clockwork.advance_invoice(NAMESPACE, invoice_id, now=self.clock)

    def _customer_id(self, ctx: Context) -> str:
        return subscriptions.get(ctx, self.subscription_id).customer_id

    def _do(self, act: Callable[[Context], T]) -> T:
        with self.work(NAMESPACE, now=self.clock) as ctx:
            return act(ctx)


def timing(step: Step) -> Moment | datetime:
    """When something takes effect."""
    wanted = step.get("timing", "immediate")
    return Moment(wanted) if wanted in list(Moment) else instant(wanted)


def customization(wire: Step) -> ItemAddition | RemoveItem | PhaseAddition:
    """An operation of an edit as the stories write it."""
    if wire["op"] == "add_phase":
        phase = wire["phase"]
        return PhaseAddition(key_of(phase["key"]), phase["key"], Duration.parse(phase["startAfter"]))
    phase = key_of(wire["phaseKey"])
    if wire["op"] == "remove_item":
        return RemoveItem(phase, key_of(wire["itemKey"]))
    return ItemAddition(phase, rate_card(wire["rateCard"]))


def plan_terms(wire: Step) -> PlanTerms:
    """A plan as the stories write it: that of version 1 of the API."""
    phases = [
        PhaseTerms(
            key=key_of(phase["key"]),
            name=phase["key"],
            rate_cards=tuple(map(rate_card, phase["rateCards"])),
            duration=Duration.parse(phase["duration"]) if phase["duration"] else None,
        )
        for phase in wire["phases"]
    ]
    cadence = Duration.parse(wire["billingCadence"])
    return PlanTerms("Plan", cadence, tuple(phases), pro_rating_enabled=wire["proRatingConfig"]["enabled"])


def rate_card(wire: Step) -> RateCardTerms:
    """A rate card as the stories write it."""
    price = prices.price(wire["price"]) if wire["price"] else None
    return RateCardTerms(
        key=key_of(wire["key"]),
        name=wire["key"],
        kind=RateCardKind(wire.get("type", RateCardKind.USAGE_BASED)),
        price=price,
        billing_cadence=Duration.parse(wire["billingCadence"]) if wire["billingCadence"] else None,
        feature_key=key_of(wire["featureKey"]) if "featureKey" in wire else None,
    )


def key_of(text: str) -> str:
    """Keys are written with underscores here."""
    return text.replace("-", "_")


def fact(line: LineView) -> dict[str, Any]:
    """What the stories tell about a line."""
    row = line.line
    return {
        "period": Period(row.period_start, row.period_end),
        "price": price_document.price_from_document(row.price),
        "invoice_at": row.invoice_at,
        "quantity": line.quantity,
    }


def expected(wire: Step) -> dict[str, Price | Period | datetime | Decimal]:
    """The same from the facts; what they leave out is not compared."""
    period = wire["servicePeriod"]
    found: dict[str, Any] = {"period": Period(instant(period["from"]), instant(period["to"]))}
    if "price" in wire:
        found["price"] = prices.price(wire["price"])
    if "invoiceAt" in wire:
        found["invoice_at"] = instant(wire["invoiceAt"])
    if "quantity" in wire:
        found["quantity"] = Decimal(wire["quantity"])
    return found


def _open(ctx: Context) -> None:
    """What is there before a story begins."""
    _bill(ctx, progressive=True)
    metering.create_meter(ctx, metering.MeterInput("api_requests", Aggregation.SUM, "usage", "$.value"))
    features.create(ctx, FeatureInput(key_of(FEATURE), FEATURE, meter="api_requests"))
    customers.create(ctx, CustomerInput(name="Test Customer", key=CUSTOMER))


def _bill(ctx: Context, *, progressive: bool) -> None:
    profile = invoicing.default_profile(ctx)
    workflow = Workflow(auto_advance=False, collection_interval=Duration(), progressive_billing=progressive)
    profile.workflow = to_document(workflow)
    ctx.session.add(profile)


def _gathering(ctx: Context) -> list[Invoice]:
    found, _ = invoicing.list_invoices(ctx, InvoiceFilter(kinds=(InvoiceKind.GATHERING,)))
    return list(found)
