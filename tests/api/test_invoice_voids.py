"""Issued invoices are taken back or given up over HTTP, with the SDK and against the published contract."""

import threading
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from openmeter import Client
from openmeter.models import VoidInvoiceActionInput

from backend import clockwork
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.integrations.sandbox.app import OUTCOME
from tests.api.test_invoices import INVOICE, INVOICES, approval_by_hand
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import PLATFORM_IN_ADVANCE, SUPPORT_IN_ARREARS, sell

DISCARD = {"percentage": 100, "action": {"type": "discard"}}
PENDING = {"percentage": 100, "action": {"type": "pending"}}


def issue(api: httpx.Client, work: Work, outcome: str) -> dict[str, Any]:
    """An issued invoice of 20 USD whose payment comes to this."""
    sell(work, at=datetime.now(UTC), cards=(PLATFORM_IN_ADVANCE, SUPPORT_IN_ARREARS))
    with work() as ctx:
        wanted = CustomerInput(name="Acme", key="acme", labels={OUTCOME: outcome}, currency="USD")
        customers.update(ctx, "acme", wanted)
    clockwork.run_due("default")
    items = api.get(INVOICES, params={"expand": "lines"}).json()["items"]
    return dict(next(item for item in items if item["status"] != "gathering"))


@pytest.fixture
def unpaid(api: httpx.Client, work: Work) -> dict[str, Any]:
    return issue(api, work, "pending")


def void(api: httpx.Client, invoice: dict[str, Any], action: dict[str, Any], **more: Any) -> httpx.Response:
    return api.post(f"{INVOICES}/{invoice['id']}/void", json={"action": action, "reason": "A mistake", **more})


def gathered(api: httpx.Client) -> list[dict[str, Any]]:
    items = api.get(INVOICES, params={"statuses": "gathering", "expand": "lines"}).json()["items"]
    return [line for item in items for line in item["lines"]]


def test_an_unpaid_invoice_is_voided(api: httpx.Client, contract: Contract, unpaid: dict[str, Any]) -> None:
    before = gathered(api)
    assert unpaid["statusDetails"]["availableActions"] == {"void": {"resultingState": "voided"}}
    voided = contract(void(api, unpaid, DISCARD), "POST", f"{INVOICE}/void")
    assert (voided["status"], voided["statusDetails"]["availableActions"]) == ("voided", {})
    assert voided["voidedAt"]
    clockwork.run_due("default")
    assert [line["id"] for line in gathered(api)] == [line["id"] for line in before]
    assert void(api, unpaid, DISCARD).status_code == 409


def test_the_sdk_voids_an_invoice(sdk: Client, unpaid: dict[str, Any]) -> None:
    body = VoidInvoiceActionInput({"action": DISCARD, "reason": "A mistake"})
    assert sdk.invoice.void_invoice_action(unpaid["id"], body).status == "voided"


def test_voided_lines_are_invoiced_again_once(api: httpx.Client, contract: Contract, unpaid: dict[str, Any]) -> None:
    contract(void(api, unpaid, PENDING), "POST", f"{INVOICE}/void")
    clockwork.run_due("default")
    clockwork.run_due("default")
    items = api.get(INVOICES, params={"statuses": "payment_processing", "expand": "lines"}).json()["items"]
    assert [[line["managedBy"] for line in item["lines"]] for item in items] == [["manual"]]
    assert items[0]["totals"] == unpaid["totals"]


def test_each_line_may_be_treated_in_its_own_way(api: httpx.Client, unpaid: dict[str, Any]) -> None:
    [line] = unpaid["lines"]
    later = {"percentage": 100, "action": {"type": "pending", "nextInvoiceAt": "2099-01-01T00:00:00Z"}}
    override = {"lineId": line["id"], "action": later}
    assert void(api, unpaid, DISCARD, overrides=[override]).status_code == 200
    assert "2099-01-01T00:00:00Z" in {line["invoiceAt"] for line in gathered(api)}


def test_two_who_void_at_once_gather_the_lines_once(api: httpx.Client, unpaid: dict[str, Any]) -> None:
    before = len(gathered(api))
    later = {"percentage": 100, "action": {"type": "pending", "nextInvoiceAt": "2099-01-01T00:00:00Z"}}
    threads = [threading.Thread(target=void, args=(api, unpaid, later)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gathered(api)) == before + 1


def test_an_unpaid_invoice_is_given_up_and_may_still_be_voided(api: httpx.Client, unpaid: dict[str, Any]) -> None:
    address = f"{INVOICES}/{unpaid['id']}/mark-uncollectible"
    given_up = api.post(address, json={"reason": "Bankrupt"}).json()
    assert given_up["status"] == "uncollectible"
    assert api.post(address, json={}).status_code == 409
    assert void(api, unpaid, DISCARD).json()["status"] == "voided"


def test_a_paid_invoice_is_neither_voided_nor_given_up(api: httpx.Client, contract: Contract, work: Work) -> None:
    paid = issue(api, work, "paid")
    assert contract(void(api, paid, DISCARD), "POST", f"{INVOICE}/void")["status"] == 409
    assert api.post(f"{INVOICES}/{paid['id']}/mark-uncollectible", json={}).status_code == 409


def test_a_draft_is_deleted_not_voided(api: httpx.Client, work: Work) -> None:
    approval_by_hand(api)
    draft = issue(api, work, "paid")
    assert void(api, draft, DISCARD).status_code == 409
    assert set(draft["statusDetails"]["availableActions"]) == {"approve", "delete"}


@pytest.mark.parametrize(
    "body",
    [
        {"action": {"percentage": 50, "action": {"type": "discard"}}, "reason": "x"},
        {"action": {"percentage": 100, "action": {"type": "forget"}}, "reason": "x"},
        {"action": DISCARD},
        {"action": DISCARD, "reason": "x", "overrides": [{"lineId": "01G65Z755AFWAKHE12NY0CQ9FH", "action": PENDING}]},
    ],
)
def test_what_is_no_voiding_is_refused(
    api: httpx.Client, contract: Contract, unpaid: dict[str, Any], body: dict[str, Any]
) -> None:
    answer = api.post(f"{INVOICES}/{unpaid['id']}/void", json=body)
    assert contract(answer, "POST", f"{INVOICE}/void")["status"] == 400
    assert api.get(f"{INVOICES}/{unpaid['id']}").json()["status"] == unpaid["status"]
