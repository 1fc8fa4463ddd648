"""Whatever kills the server while it draws invoices: nobody is billed twice, here or at Stripe, and nothing is lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from backend.access import service as access
from backend.infra.context import unit_of_work
from backend.infra.db import Database
from tests.conftest import ROOT_KEY, serving
from tests.e2e.process import ApiProcess
from tests.fakes.stripe.server import API_KEY, SECRET, FakeStripe, create_app

MONTH_AND_MORE = timedelta(days=31, hours=3)
CUSTOMERS = ("acme", "globex", "initech")
DEATHS = ((1, False), (2, True), (4, True), (3, False), (5, True))
"""At which of its next changes at Stripe the server dies: before Stripe has done it, or after, with the answer lost."""

METER = {"slug": "tokens", "eventType": "prompt", "aggregation": "SUM", "valueProperty": "$.tokens"}
FEATURE = {"key": "tokens", "name": "Tokens", "meterSlug": "tokens"}
FEE = {
    "type": "flat_fee",
    "key": "fee",
    "name": "Fee",
    "billingCadence": "P1M",
    "price": {"type": "flat", "amount": "20", "paymentTerm": "in_advance"},
}
TOKENS = {
    "type": "usage_based",
    "key": "tokens",
    "name": "Tokens",
    "featureKey": "tokens",
    "billingCadence": "P1M",
    "price": {"type": "unit", "amount": "0.0333"},
}
PLAN = {
    "key": "pro",
    "name": "Pro",
    "currency": "USD",
    "billingCadence": "P1M",
    "phases": [{"key": "main", "name": "Main", "duration": None, "rateCards": [FEE, TOKENS]}],
}


class DeadlyStripe(FakeStripe):
    """A Stripe that outlives the server, and kills it at a chosen change."""

    def __init__(self) -> None:
        super().__init__()
        self.process: ApiProcess | None = None
        self.changes_left: int | None = None
        self.after = False

    def strike(self, change: int, *, after: bool) -> None:
        """Kill the server at one of its next changes, counted from 1."""
        self.changes_left, self.after = change, after

    def answer(self, method: str, path: str, text: str, key: str | None, authorization: str) -> tuple[int, Any]:
        is_last = method == "POST" and self._count_down()
        if is_last and not self.after and self.process:
            self.process.kill()
            return 500, {"error": {"message": "Nobody hears this.", "type": "api_error"}}
        answered = super().answer(method, path, text, key, authorization)
        if is_last and self.process:
            self.process.kill()
        return answered

    def _count_down(self) -> bool:
        if self.changes_left is None:
            return False
        self.changes_left -= 1
        if self.changes_left:
            return False
        self.changes_left = None
        return True


@pytest.fixture
def stripe() -> Iterator[DeadlyStripe]:
    fake = DeadlyStripe()
    fake.webhooks.held = True
    with serving(create_app(fake)) as address:
        fake.address = address
        yield fake
        fake.webhooks.close()


@pytest.fixture
def process(database: Database, database_url: str, stripe: DeadlyStripe) -> Iterator[ApiProcess]:
    """A server that bills through that Stripe."""
    with unit_of_work() as ctx:
        access.ensure_root_key(ctx, ROOT_KEY)
    process = ApiProcess(
        database_url, STRIPE_API_KEY=API_KEY, STRIPE_WEBHOOK_SECRET=SECRET, STRIPE_API_BASE=stripe.address
    )
    stripe.process = process
    process.start()
    yield process
    process.kill()


@pytest.fixture
def sandbox(process: ApiProcess) -> Iterator[httpx.Client]:
    """A client of a sandbox in which three customers have used a plan."""
    root = {"Authorization": f"Bearer {ROOT_KEY}"}
    body = {"key": "lab", "name": "Lab", "sandbox": True}
    secret = httpx.post(f"{process.address}/api/v1/namespaces", json=body, headers=root).json()["apiKey"]
    with httpx.Client(base_url=process.address, headers={"Authorization": f"Bearer {secret}"}, timeout=60) as client:
        sell(client)
        yield client


def sell(api: httpx.Client) -> None:
    def post(path: str, body: Any = None) -> Any:
        answer = api.post(f"/api/v1/{path}", json=body).raise_for_status()
        return answer.json() if answer.content else None

    post("meters", METER)
    post("features", FEATURE)
    post(f"plans/{post('plans', PLAN)['id']}/publish")
    for number, key in enumerate(CUSTOMERS):
        post("customers", {"key": key, "name": key.title(), "primaryEmail": f"billing@{key}.example"})
        post("subscriptions", {"plan": {"key": "pro"}, "customerKey": key})
        event = {"specversion": "1.0", "id": key, "source": "app", "type": "prompt", "subject": key}
        post("events", event | {"data": {"tokens": 1000 + number}})


def test_kill_9_at_any_change_at_stripe_bills_everybody_once(
    process: ApiProcess, sandbox: httpx.Client, stripe: DeadlyStripe
) -> None:
    target = datetime.fromisoformat(sandbox.get("/api/v1/clock").json()["now"]) + MONTH_AND_MORE
    for number, (change, after) in enumerate(DEATHS):
        stripe.strike(change, after=after)
        with pytest.raises(httpx.TransportError):
            travel(sandbox, target + timedelta(minutes=number))
        process.start()
    assert process.deaths == len(DEATHS)
    travel(sandbox, target + timedelta(minutes=len(DEATHS))).raise_for_status()

    deliver_what_was_held(process, sandbox, stripe)
    page = sandbox.get("/api/v1/billing/invoices", params={"expand": "lines", "pageSize": 100}).json()
    drawn = [item for item in page["items"] if item["status"] != "gathering"]
    assert {item["status"] for item in drawn} == {"paid"}
    totals = sorted((item["customer"]["key"], Decimal(item["totals"]["total"])) for item in drawn)
    assert totals == [
        ("acme", Decimal("20")),
        ("acme", Decimal("53.30")),
        ("globex", Decimal("20")),
        ("globex", Decimal("53.33")),
        ("initech", Decimal("20")),
        ("initech", Decimal("53.37")),
    ]
    theirs = sorted(invoice["total"] for invoice in stripe.state.invoices.values())
    assert theirs == [2000, 2000, 2000, 5330, 5333, 5337]
    assert {invoice["status"] for invoice in stripe.state.invoices.values()} == {"paid"}
    assert len(stripe.state.customers) == len(CUSTOMERS)
    assert {item["number"] for item in drawn} == {invoice["number"] for invoice in stripe.state.invoices.values()}


def travel(api: httpx.Client, to: datetime) -> httpx.Response:
    return api.post("/api/v1/clock/advance", json={"to": to.isoformat()})


def deliver_what_was_held(process: ApiProcess, api: httpx.Client, stripe: DeadlyStripe) -> None:
    """Stripe tries again until the server is there."""
    app = next(app for app in api.get("/api/v1/apps").json()["items"] if app["type"] == "stripe")
    stripe.webhooks.url = f"{process.address}/api/v1/apps/{app['id']}/stripe/webhook"
    for event in list(stripe.webhooks.events):
        stripe.webhooks.send(event)
    stripe.webhooks.settle()
    assert set(stripe.webhooks.answers) == {200}
