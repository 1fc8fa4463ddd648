"""A small seller for tests: it meters tokens, sells one plan, and has a customer who uses it."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from backend.catalog.models import RateCardKind
from backend.catalog.service import features, plans
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.engine.rate.prices import Flat, PaymentTerm, Price, Unit
from backend.engine.recurrence import MONTH
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import CloudEvent
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice, InvoiceKind
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription

Work = Callable[..., AbstractContextManager[Context]]
JAN, FEB, MAR = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))

PLATFORM_IN_ADVANCE = RateCardTerms(
    key="platform",
    name="Platform",
    kind=RateCardKind.FLAT_FEE,
    price=Flat(Decimal(20), PaymentTerm.IN_ADVANCE),
    billing_cadence=MONTH,
)
SUPPORT_IN_ARREARS = RateCardTerms(
    key="support",
    name="Support",
    kind=RateCardKind.FLAT_FEE,
    price=Flat(Decimal(5), PaymentTerm.IN_ARREARS),
    billing_cadence=MONTH,
)


def tokens_at(price: Price) -> RateCardTerms:
    """The rate card of metered tokens."""
    return RateCardTerms(
        key="tokens",
        name="Tokens",
        kind=RateCardKind.USAGE_BASED,
        price=price,
        billing_cadence=MONTH,
        feature_key="tokens",
    )


TOKENS = tokens_at(Unit(Decimal("0.01")))


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sale left behind."""

    customer_id: str
    subscription_id: str


def sell(
    work: Work,
    *,
    at: datetime = JAN,
    cards: Iterable[RateCardTerms] = (PLATFORM_IN_ADVANCE, TOKENS),
    customer: str = "acme",
    currency: str = "USD",
    namespace: str = "default",
    anchor: datetime | None = None,
) -> Sold:
    """Meter tokens, publish a plan with these rate cards, and subscribe a customer to it."""
    with work(namespace, now=at) as ctx:
        _ensure_tokens(ctx)
        plan = plans.create(ctx, PlanInput(f"plan_{customer}", currency, _terms(tuple(cards))))
        plans.publish(ctx, plan.row.id)
        buyer = customers.create(
            ctx, CustomerInput(name=customer.title(), key=customer, primary_email=f"billing@{customer}.example")
        )
    with work(namespace, now=at) as ctx:
        wanted = subscriptions.SubscriptionInput(buyer.id, f"plan_{customer}", billing_anchor=anchor)
        subscription = subscriptions.create(ctx, wanted)
    return Sold(buyer.id, subscription.id)


def use_tokens(
    work: Work,
    tokens: int,
    at: datetime,
    *,
    stored: datetime | None = None,
    customer: str = "acme",
    namespace: str = "default",
) -> None:
    """A customer uses tokens at an instant; we are told at once, or when it says."""
    with work(namespace, now=stored or at) as ctx:
        event = CloudEvent(
            id=f"{customer}-{at.isoformat()}-{tokens}",
            source="tests",
            type="tokens",
            subject=customer,
            time=at,
            data=f'{{"tokens": {tokens}}}',
        )
        ingest.ingest(ctx, [event])


def standard_invoices(work: Work, namespace: str = "default") -> list[Invoice]:
    """The invoices that are no longer gathering, oldest first."""
    with work(namespace, writing=False) as ctx:
        found, _ = invoicing.list_invoices(ctx, invoicing.InvoiceFilter(kinds=(InvoiceKind.STANDARD,)))
        return list(found)


def gathering_invoices(work: Work, namespace: str = "default") -> list[Invoice]:
    """The invoices that still gather lines."""
    with work(namespace, writing=False) as ctx:
        found, _ = invoicing.list_invoices(ctx, invoicing.InvoiceFilter(kinds=(InvoiceKind.GATHERING,)))
        return list(found)


def cancel(work: Work, sold: Sold, at: datetime) -> Subscription:
    """The customer leaves at once."""
    with work(now=at) as ctx:
        return subscriptions.cancel(ctx, sold.subscription_id)


def _ensure_tokens(ctx: Context) -> None:
    if metering.list_meters(ctx)[1]:
        return
    metering.create_meter(ctx, metering.MeterInput("tokens", Aggregation.SUM, "tokens", "$.tokens"))
    features.create(ctx, FeatureInput("tokens", "Tokens", meter="tokens"))


def _terms(cards: tuple[RateCardTerms, ...]) -> PlanTerms:
    return PlanTerms(name="Pro", billing_cadence=MONTH, phases=(PhaseTerms("default", "Default", cards),))
