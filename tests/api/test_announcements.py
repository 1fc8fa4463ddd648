"""What happens to invoices and subscriptions is told to those outside as a GET answers after that commit."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend import clockwork
from backend.engine.recurrence import Duration
from backend.infra import outbox
from backend.infra.context import Context
from backend.infra.outbox import OutboxMessage
from backend.invoicing import service as invoicing
from backend.invoicing.events import CREATED, UPDATED
from backend.subscriptions import service as subscriptions
from backend.subscriptions.events import RECONCILED
from backend.subscriptions.terms import Moment, PlanChange
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import JAN, sell, standard_invoices, use_tokens

Told = list[tuple[str, Mapping[str, Any]]]
SOON = datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def somebody_listens(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is announced is heard outside."""
    monkeypatch.setattr(outbox, "_heard", lambda _: {CREATED, UPDATED, *RECONCILED})


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What somebody hears who listens to invoices, after subscriptions were heard."""
    found: Told = []

    def hear(_ctx: Context, payload: Mapping[str, Any]) -> None:
        found.append((json.loads(payload["body"])["type"], payload))

    monkeypatch.setattr(clockwork, "HANDLERS", {**clockwork.HANDLERS, CREATED: hear, UPDATED: hear})
    return found


def _waiting(work: Work) -> list[dict[str, Any]]:
    """The events that wait in the outbox, oldest first."""
    with work(writing=False) as ctx:
        messages = ctx.session.query(OutboxMessage).order_by(OutboxMessage.id).all()
        return [json.loads(message.payload["body"]) for message in messages if "body" in message.payload]


def test_an_invoice_is_told_as_it_is_answered(api: httpx.Client, work: Work, heard: Told, contract: Contract) -> None:
    sell(work)
    use_tokens(work, 1234, JAN.replace(day=9))
    clockwork.run_due("default", now=SOON)
    invoices = {invoice.id: invoice for invoice in standard_invoices(work)}
    last = {}
    for kind, payload in heard:
        event = json.loads(payload["body"])
        schema = (
            "NotificationEventInvoiceCreatedPayload" if kind == CREATED else "NotificationEventInvoiceUpdatedPayload"
        )
        contract.judge(event, schema)
        assert event["data"]["id"] == payload["invoice_id"]
        last[payload["invoice_id"]] = event
    assert Counter(kind for kind, _ in heard)[CREATED] == len(invoices)
    for invoice_id, event in last.items():
        answered = api.get(f"/api/v1/billing/invoices/{invoice_id}").json()
        assert event["data"] == answered
        assert answered["status"] == "paid"
        assert answered["lines"][0]["children"]


def test_steps_of_one_commit_are_told_with_the_invoice_it_leaves(api: httpx.Client, work: Work, heard: Told) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    with work() as ctx:
        steps = [step.to_status for step in invoicing.timeline(ctx, invoice)]
    told = [json.loads(payload["body"])["data"]["statusDetails"]["extendedStatus"] for _, payload in heard]
    assert [payload["to_status"] for _, payload in heard] == steps
    assert all(steps.index(seen) >= number for number, seen in enumerate(told))
    assert len({json.loads(payload["body"])["id"] for _, payload in heard}) == len(steps)


def test_an_invoice_is_read_once_for_all_that_one_commit_tells(
    api: httpx.Client, work: Work, statements: list[str]
) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)

    def asked(times: int) -> int:
        statements.clear()
        with work() as ctx:
            found = invoicing.lock_invoice(ctx, invoice.id)
            for _ in range(times):
                outbox.announce_with(ctx, UPDATED, found)
        return len([asked for asked in statements if asked.startswith("SELECT")])

    assert asked(9) == asked(1)


def test_a_subscription_is_told_as_it_is_answered(api: httpx.Client, work: Work, contract: Contract) -> None:
    sold = sell(work)
    [created] = _waiting(work)
    assert created["type"] == "subscription.created"
    assert created["data"] == api.get(f"/api/v1/subscriptions/{sold.subscription_id}?at=2026-01-01T00:00:00Z").json()
    contract.judge(created["data"], "SubscriptionExpanded")


def test_each_thing_that_becomes_of_a_subscription_has_its_name(api: httpx.Client, work: Work) -> None:
    sold = sell(work)
    later = Duration(days=3).after(JAN)
    with work(now=later) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id, Moment.NEXT_BILLING_CYCLE)
    with work(now=later) as ctx:
        subscriptions.unschedule_cancelation(ctx, sold.subscription_id)
    with work(now=later) as ctx:
        _, following = subscriptions.change(
            ctx, sold.subscription_id, PlanChange(plan_key="plan_acme", timing=Moment.NEXT_BILLING_CYCLE)
        )
    with work(now=later) as ctx:
        subscriptions.delete(ctx, following.id)
    told = _waiting(work)
    assert sorted(event["type"] for event in told) == [
        "subscription.cancelled",
        "subscription.cancelled",
        "subscription.continued",
        "subscription.created",
        "subscription.created",
        "subscription.deleted",
    ]
    linked = [event["data"]["annotations"] for event in told if "annotations" in event["data"]]
    assert {"subscription.previous.id": sold.subscription_id} in linked
    assert {"subscription.superseding.id": following.id} in linked


def test_what_is_only_rehearsed_is_not_told(api: httpx.Client, work: Work) -> None:
    sold = sell(work)
    told = _waiting(work)
    with work(rehearsal=True, now=JAN) as ctx:
        subscriptions.cancel(ctx, sold.subscription_id)
    assert _waiting(work) == told


def test_nothing_is_written_that_nobody_listens_to(
    api: httpx.Client, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_heard", lambda _: {CREATED})
    sell(work)
    assert _waiting(work) == []
