"""The whole path: a program with the official SDK sells, meters and is paid through Stripe, against the real server."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from openmeter import Client
from openmeter.models import (
    CustomerCreate,
    CustomerUsageAttribution,
    Event,
    FeatureCreateInputs,
    FlatPriceWithPaymentTerm,
    MeterCreate,
    PlanCreate,
    PlanPhase,
    PlanReferenceInput,
    PlanSubscriptionCreate,
    RateCardFlatFee,
    RateCardMeteredEntitlement,
    RateCardUsageBased,
    UnitPriceWithCommitments,
)

from tests.browser import running_meterline
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe.fixture import stripe_fake
from tests.fakes.stripe.server import API_KEY, SECRET

__all__ = ["stripe_fake"]

ROOT_KEY = "ml_e2e_root_key_0123456789abcdef"
FEE = RateCardFlatFee(
    type="flat_fee",
    key="fee",
    name="Platform fee",
    billing_cadence="P1M",
    price=FlatPriceWithPaymentTerm(type="flat", amount="49.99", payment_term="in_advance"),
)
SUPPORT = RateCardFlatFee(
    type="flat_fee",
    key="support",
    name="Support",
    billing_cadence="P1M",
    price=FlatPriceWithPaymentTerm(type="flat", amount="15", payment_term="in_arrears"),
)
TOKENS = RateCardUsageBased(
    type="usage_based",
    key="tokens",
    name="Tokens",
    feature_key="tokens",
    billing_cadence="P1M",
    price=UnitPriceWithCommitments(type="unit", amount="0.0333"),
    entitlement_template=RateCardMeteredEntitlement(type="metered", issue_after_reset=1000, usage_period="P1M"),
)
FIRST_INVOICE, MONTHS_INVOICE = 4999, 4999 + 1500 + 4109
"""In cents: the fee; then the next fee, support, and 1,234 tokens at $0.0333, which is $41.0922."""


@pytest.fixture
def meterline(tmp_path: Path, database_url: str, stripe_fake: FakeStripe) -> Iterator[str]:
    """The real server, as `make run` starts it, with our substitute of Stripe as its Stripe."""
    with running_meterline(
        tmp_path,
        DATABASE_URL=database_url,
        API_KEY=ROOT_KEY,
        STRIPE_API_KEY=API_KEY,
        STRIPE_WEBHOOK_SECRET=SECRET,
        STRIPE_API_BASE=stripe_fake.address,
    ) as address:
        yield address


@pytest.fixture
def sandbox(meterline: str, stripe_fake: FakeStripe) -> Iterator[httpx.Client]:
    """A sandbox with a clock of its own, known to Stripe by the address of its webhooks."""
    body = {"key": "lab", "name": "Lab", "sandbox": True}
    answer = httpx.post(f"{meterline}/api/v1/namespaces", json=body, headers=bearer(ROOT_KEY)).raise_for_status()
    with httpx.Client(base_url=meterline, headers=bearer(answer.json()["apiKey"]), timeout=60) as api:
        app = next(app for app in api.get("/api/v1/apps").json()["items"] if app["type"] == "stripe")
        stripe_fake.webhooks.url = f"{meterline}/api/v1/apps/{app['id']}/stripe/webhook"
        yield api


@pytest.fixture
def sdk(sandbox: httpx.Client) -> Iterator[Client]:
    token = sandbox.headers["Authorization"].removeprefix("Bearer ")
    with Client(endpoint=str(sandbox.base_url), token=token, retry_total=0) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def prompt(number: int, tokens: str) -> Event:
    return Event(
        id=f"prompt-{number}",
        source="chat",
        specversion="1.0",
        type="prompt",
        subject="acme-production",
        time=datetime.now(UTC),
        data={"tokens": tokens, "model": "large"},
    )


def sell(sdk: Client) -> None:
    """A meter, a feature, a plan on sale, and a customer who buys it."""
    sdk.meters.create(
        MeterCreate(
            slug="tokens",
            event_type="prompt",
            aggregation="SUM",
            value_property="$.tokens",
            group_by={"model": "$.model"},
        )
    )
    sdk.features.create(FeatureCreateInputs(key="tokens", name="Tokens", meter_slug="tokens"))
    phases = [PlanPhase(key="main", name="Main", duration=None, rate_cards=[FEE, SUPPORT, TOKENS])]
    plan = sdk.plans.create(PlanCreate(key="pro", name="Pro", currency="USD", billing_cadence="P1M", phases=phases))
    assert sdk.plans.publish(plan.id).status == "active"
    sdk.customers.create(
        CustomerCreate(
            name="Acme",
            key="acme",
            primary_email="billing@acme.example",
            usage_attribution=CustomerUsageAttribution(subject_keys=["acme-production"]),
        )
    )
    bought = sdk.subscriptions.create(
        PlanSubscriptionCreate(plan=PlanReferenceInput(key="pro"), customer_key="acme", timing="immediate")
    )
    assert bought.status == "active"


def quota(sdk: Client) -> tuple[bool, float, float]:
    value = sdk.customer_entitlement.get_customer_entitlement_value("acme", "tokens")
    return value.has_access, value.usage, value.balance


def totals(sdk: Client, status: str) -> list[int]:
    """What the invoices of a status come to, in cents."""
    found = sdk.invoices.list(statuses=[status]).items_property
    return sorted(int(Decimal(invoice.totals.total) * 100) for invoice in found)


def test_from_the_first_event_to_an_invoice_paid_through_stripe(
    sdk: Client, sandbox: httpx.Client, stripe_fake: FakeStripe
) -> None:
    sell(sdk)
    sdk.events.ingest_event(prompt(1, "400.5"))
    assert quota(sdk) == (True, 400.5, 599.5)
    sdk.events.ingest_events([prompt(1, "400.5"), prompt(2, "833.5")])
    assert quota(sdk) == (False, 1234, 0)
    query = {"groupBy": "model", "subject": "acme-production"}
    [row] = sandbox.get("/api/v1/meters/tokens/query", params=query).json()["data"]
    assert (row["value"], row["groupBy"]) == (1234, {"model": "large"})

    for step in ("P1M", "PT2H"):
        sandbox.post("/api/v1/clock/advance", json={"by": step}).raise_for_status()
    stripe_fake.webhooks.settle()
    until_paid(sdk, 2)
    assert totals(sdk, "paid") == [FIRST_INVOICE, MONTHS_INVOICE]
    assert quota(sdk) == (True, 0, 1000)

    theirs = stripe_fake.state.invoices.values()
    assert sorted((invoice["total"], invoice["status"]) for invoice in theirs) == [
        (FIRST_INVOICE, "paid"),
        (MONTHS_INVOICE, "paid"),
    ]
    assert {call.key is not None for call in stripe_fake.calls if call.method == "POST"} == {True}
    assert set(stripe_fake.webhooks.answers) == {200}
    audited = sandbox.get("/api/v1/audit", params={"entity": "namespace_clock"}).json()["items"]
    assert len(audited) == 2


def until_paid(sdk: Client, count: int) -> None:
    """Webhooks come when they come; the scheduler is at work beside us."""
    until = time.monotonic() + 30
    while len(totals(sdk, "paid")) < count and time.monotonic() < until:
        time.sleep(0.2)
