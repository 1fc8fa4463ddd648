"""The Stripe app from end to end: our API, a strict Stripe, its signed webhooks, and the official SDK."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from openmeter import Client

from backend import bootstrap, clockwork
from backend.access import service as access
from backend.engine.invoice.lifecycle import State
from backend.engine.rate.prices import Unit
from backend.infra.context import unit_of_work
from backend.integrations.sandbox import SandboxApp
from backend.integrations.stripe import StripeApp, StripeConnection
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice
from backend.jobs import apps as apps_job
from tests.conftest import Work
from tests.contract import Contract
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe.fixture import stripe_connection, stripe_fake  # noqa: F401 - fixtures
from tests.services.company import PLATFORM_IN_ADVANCE, sell, standard_invoices, tokens_at, use_tokens

WEBHOOK = "/api/v1/apps/{id}/stripe/webhook"


@pytest.fixture
def app_id(
    api: httpx.Client,
    server: str,
    stripe_fake: FakeStripe,  # noqa: F811
    stripe_connection: StripeConnection,  # noqa: F811
) -> Iterator[str]:
    """The Stripe app, connected both ways."""
    bootstrap.use({"sandbox": SandboxApp(), "stripe": StripeApp(stripe_connection, retries=0)})
    items = api.get("/api/v1/apps").json()["items"]
    found = next(item["id"] for item in items if item["type"] == "stripe")
    stripe_fake.webhooks.url = server + WEBHOOK.format(id=found)
    yield found
    stripe_fake.webhooks.settle()
    bootstrap.use(None)


def the_invoice(work: Work) -> Invoice:
    [invoice] = standard_invoices(work)
    return invoice


def deliver(api: httpx.Client, fake: FakeStripe, app: str, event: dict[str, Any], **options: Any) -> httpx.Response:
    body, headers = fake.webhooks.signed(event, **options)
    return api.post(WEBHOOK.format(id=app), content=body, headers=headers)


def test_the_apps_are_listed_without_their_secrets(api: httpx.Client, app_id: str, contract: Contract) -> None:
    page = contract(api.get("/api/v1/apps"), "GET", "/api/v1/apps")
    assert [item["type"] for item in page["items"]] == ["sandbox", "stripe"]
    stripe = contract(api.get(f"/api/v1/apps/{app_id}"), "GET", "/api/v1/apps/{id}")
    assert (stripe["maskedAPIKey"], stripe["livemode"]) == ("sk_test_***sts", False)
    assert "fake_key" not in api.get("/api/v1/apps").text


def test_usage_becomes_an_invoice_that_stripe_reports_paid(
    api: httpx.Client,
    sdk: Client,
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    started = (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)
    sell(work, at=started, cards=(PLATFORM_IN_ADVANCE, tokens_at(Unit(Decimal("0.0333")))))
    use_tokens(work, 1234, started + timedelta(days=2))
    clockwork.run_due("default", now=started)
    clockwork.run_due("default")
    stripe_fake.webhooks.settle()
    page = sdk.invoices.list(statuses=["paid"])
    assert sorted(Decimal(item.totals.total) for item in page.items_property) == [Decimal(20), Decimal("61.09")]
    theirs = sorted(invoice["total"] for invoice in stripe_fake.state.invoices.values())
    assert theirs == [2000, 6109]
    assert {item.number for item in page.items_property} == {
        invoice["number"] for invoice in stripe_fake.state.invoices.values()
    }
    assert len(stripe_fake.state.customers) == 1
    assert set(stripe_fake.webhooks.answers) == {200}


def test_a_declined_card_fails_the_payment_until_it_is_paid_after_all(
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    stripe_fake.state.card = "pm_card_chargeDeclined"
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    stripe_fake.webhooks.settle()
    assert the_invoice(work).status == State.PAYMENT_FAILED
    [customer] = stripe_fake.state.customers.values()
    customer["invoice_settings"]["default_payment_method"] = "pm_card_visa"
    stripe_fake.state.charge(the_invoice(work).external_id or "")
    stripe_fake.webhooks.settle()
    assert the_invoice(work).status == State.PAID


@pytest.mark.parametrize(("act", "status"), [("void", State.VOIDED), ("mark_uncollectible", State.UNCOLLECTIBLE)])
def test_what_people_do_in_stripe_is_known_here(
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
    act: str,
    status: State,
) -> None:
    stripe_fake.state.card = "pm_card_authenticationRequired"
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    getattr(stripe_fake.state, act)(the_invoice(work).external_id)
    stripe_fake.webhooks.settle()
    assert the_invoice(work).status == status


def test_an_event_counts_once_however_often_it_comes(
    api: httpx.Client,
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
    contract: Contract,
) -> None:
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    stripe_fake.webhooks.settle()
    before = the_invoice(work)
    [paid] = [event for event in stripe_fake.webhooks.events if event["type"] == "invoice.paid"]
    answer = contract(deliver(api, stripe_fake, app_id, paid), "POST", WEBHOOK)
    assert answer["appId"] == app_id
    after = the_invoice(work)
    assert (after.version, after.paid_at) == (before.version, before.paid_at)


def test_events_in_the_wrong_order_lead_to_the_same_end(
    api: httpx.Client,
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    stripe_fake.webhooks.held = True
    stripe_fake.state.card = "pm_card_chargeDeclined"
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    [customer] = stripe_fake.state.customers.values()
    customer["invoice_settings"]["default_payment_method"] = "pm_card_visa"
    stripe_fake.state.charge(the_invoice(work).external_id or "")
    for event in reversed(stripe_fake.webhooks.events):
        assert deliver(api, stripe_fake, app_id, event).status_code == 200
    assert the_invoice(work).status == State.PAID


def test_a_payment_reported_before_the_invoice_is_issued_here_waits_for_it(
    api: httpx.Client,
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    sell(work, at=datetime.now(UTC))
    stripe_fake.fail_next("POST", "/v1/invoices/.*/finalize", after=True)
    clockwork.run_due("default")
    stripe_fake.webhooks.settle()
    assert the_invoice(work).status == State.ISSUING_SYNCING
    assert set(stripe_fake.webhooks.answers) == {200}
    clockwork.run_due("default")
    assert the_invoice(work).status == State.PAID
    assert len(stripe_fake.state.invoices) == 1


def test_only_stripe_is_believed(
    api: httpx.Client,
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    stripe_fake.webhooks.held = True
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    paid = stripe_fake.webhooks.events[-1]
    path = WEBHOOK.format(id=app_id)
    assert api.post(path, json=paid).status_code == 400
    body, headers = stripe_fake.webhooks.signed(paid)
    assert api.post(path, content=body + b" ", headers=headers).status_code == 400
    old = deliver(api, stripe_fake, app_id, paid, timestamp=int(time.time()) - 301)
    assert (old.status_code, "Timestamp" in old.json()["detail"]) == (400, True)
    stripe_fake.webhooks.secret = "whsec_another"
    assert deliver(api, stripe_fake, app_id, paid).status_code == 400
    assert the_invoice(work).status == State.PAYMENT_PENDING


def test_unknown_events_and_strange_invoices_are_accepted_and_ignored(
    api: httpx.Client,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    stranger = {"id": "in_1", "object": "invoice", "metadata": {"meterline_invoice": "01G65Z755AFWAKHE12NY0CQ9FH"}}
    for number, (kind, subject) in enumerate(
        [
            ("customer.created", {"object": "customer"}),
            ("invoice.paid", stranger),
            ("invoice.paid", {"object": "invoice"}),
        ]
    ):
        event = {"id": f"evt_{number}", "object": "event", "type": kind, "created": 1, "data": {"object": subject}}
        assert deliver(api, stripe_fake, app_id, event).status_code == 200
    body, headers = stripe_fake.webhooks.signed({"object": "nothing"})
    assert api.post(WEBHOOK.format(id=app_id), content=body, headers=headers).status_code == 400


def test_a_webhook_for_an_unknown_app_is_not_found(
    api: httpx.Client,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    event = {"id": "evt_1", "object": "event", "type": "x", "created": 1, "data": {"object": {}}}
    assert deliver(api, stripe_fake, "01G65Z755AFWAKHE12NY0CQ9FH", event).status_code == 404


def test_a_deleted_draft_is_deleted_in_stripe(
    api: httpx.Client,
    sdk: Client,
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    with unit_of_work() as ctx:
        profile = invoicing.default_profile(ctx)
        profile.workflow = {**profile.workflow, "auto_advance": False}
        ctx.session.add(profile)
    sell(work, at=datetime.now(UTC))
    clockwork.run_due("default")
    assert len(stripe_fake.state.invoices) == 1
    sdk.invoice.delete_invoice(the_invoice(work).id)
    assert stripe_fake.state.invoices == {}
    assert json.dumps(api.get("/api/v1/billing/invoices").json()).count("voided") == 0


def test_the_account_behind_the_key_is_shown_and_a_revoked_key_noticed(
    api: httpx.Client,
    app_id: str,
    stripe_connection: StripeConnection,  # noqa: F811
) -> None:
    apps_job.run()
    shown = api.get(f"/api/v1/apps/{app_id}").json()
    assert (shown["status"], shown["stripeAccountId"]) == ("ready", "acct_fake00000001")
    revoked = StripeApp(replace(stripe_connection, api_key="sk_test_revoked_key"), retries=0)
    bootstrap.use({"sandbox": SandboxApp(), "stripe": revoked})
    apps_job.run()
    shown = api.get(f"/api/v1/apps/{app_id}").json()
    assert (shown["status"], shown["stripeAccountId"]) == ("unauthorized", "acct_fake00000001")


def test_a_sandbox_that_travels_is_paid_by_stripe_in_its_own_namespace(
    work: Work,
    server: str,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
) -> None:
    with work() as ctx:
        access.create_namespace(ctx, access.NamespaceInput("lab", "Lab", sandbox=True))
    bootstrap.ensure_billing("lab")
    with work("lab", writing=False) as ctx:
        own = next(app.id for app in invoicing.list_apps(ctx) if app.kind == "stripe")
    stripe_fake.webhooks.url = server + WEBHOOK.format(id=own)
    start = datetime.now(UTC).replace(microsecond=0)
    sell(work, at=start, namespace="lab", cards=(tokens_at(Unit(Decimal("0.015"))),))
    use_tokens(work, 333, start + timedelta(hours=1), namespace="lab")
    clockwork.travel("lab", start + timedelta(days=32))
    stripe_fake.webhooks.settle()
    [invoice] = standard_invoices(work, "lab")
    assert (invoice.status, invoice.total) == (State.PAID, Decimal("5.00"))
    assert [theirs["amount_paid"] for theirs in stripe_fake.state.invoices.values()] == [500]


def test_a_customer_that_stripe_has_already_is_billed_as_that_one(
    api: httpx.Client,
    work: Work,
    app_id: str,
    stripe_fake: FakeStripe,  # noqa: F811
    contract: Contract,
) -> None:
    known = stripe_fake.state.create_customer({"name": "Acme", "email": "acme@example.com"})
    sell(work, at=datetime.now(UTC))
    path = "/api/v1/customers/{customerIdOrKey}/stripe"
    own = path.format(customerIdOrKey="acme")
    assert api.get(own).status_code == 404
    contract(api.put(own, json={"stripeCustomerId": known["id"]}), "PUT", path)
    assert contract(api.get(own), "GET", path)["stripeCustomerId"] == known["id"]
    clockwork.run_due("default")
    assert [invoice["customer"] for invoice in stripe_fake.state.invoices.values()] == [known["id"]]
    assert len(stripe_fake.state.customers) == 1
