"""Invoices of version 3, held against the published document."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backend import clockwork
from tests.api.test_invoices import INVOICES as V1
from tests.api.test_invoices import approval_by_hand
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import Sold, sell, use_tokens

INVOICES = "/api/v3/openmeter/billing/invoices"
INVOICE = f"{INVOICES}/{{invoiceId}}"


@pytest.fixture
def started() -> datetime:
    return (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)


@pytest.fixture
def billed(api: httpx.Client, work: Work, started: datetime) -> Sold:
    """A customer with a paid first invoice, a month that is over, and a running one."""
    sold = sell(work, at=started)
    use_tokens(work, 1234, started + timedelta(days=3))
    clockwork.run_due("default", now=started)
    clockwork.run_due("default")
    return sold


@pytest.fixture
def draft(api: httpx.Client, work: Work, contract: Contract, started: datetime) -> dict[str, Any]:
    """A draft that waits for approval: 20 USD for the platform and 12.34 for tokens of a month that is over."""
    approval_by_hand(api)
    sell(work, at=started)
    use_tokens(work, 1234, started + timedelta(days=3))
    clockwork.run_due("default")
    shown = contract(api.get(INVOICES), "GET", INVOICES)["data"]
    return dict(next(item for item in shown if any(line["name"] == "Tokens" for line in item["lines"])))


def replacing(invoice: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The body that says the invoice as it is, but for some changes."""
    line_fields = ("id", "type", "name", "service_period")
    card_fields = ("price", "feature_key", "discounts")
    lines = [
        {name: line[name] for name in line_fields}
        | {"rate_card": {name: line["rate_card"][name] for name in card_fields if name in line["rate_card"]}}
        for line in invoice["lines"]
    ]
    invoicing = invoice["workflow"]["workflow"]["invoicing"]
    body = {name: invoice[name] for name in ("type", "supplier", "customer")}
    body["lines"] = lines
    body["workflow"] = {
        "workflow": {
            "invoicing": {name: invoicing[name] for name in ("auto_advance", "draft_period")},
            "payment": invoice["workflow"]["workflow"]["payment"],
        }
    }
    return body | changes


def put(api: httpx.Client, invoice: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
    return api.put(f"{INVOICES}/{invoice['id']}", json=body)


def test_invoices_are_listed_filtered_and_sorted(api: httpx.Client, billed: Sold, contract: Contract) -> None:
    def totals(**params: str) -> list[str]:
        page = contract(api.get(INVOICES, params=params), "GET", INVOICES)
        assert page["meta"]["page"]["total"] == len(page["data"])
        return [item["totals"]["total"] for item in page["data"]]

    everything = totals()
    assert sorted(everything) == ["20", "32.34"]
    assert totals(**{"filter[status]": "paid"}) == everything
    assert totals(**{"filter[status][neq]": "paid"}) == []
    assert totals(**{"filter[status][oeq]": "draft,issued"}) == []
    assert totals(**{"filter[status]": "nonsense"}) == []
    assert totals(**{"filter[customer_id]": billed.customer_id}) == everything
    assert totals(**{"filter[customer_id]": "01G65Z755AFWAKHE12NY0CQ9FH"}) == []
    assert totals(**{"filter[issued_at][gte]": "2100-01-01T00:00:00Z"}) == []
    assert totals(**{"filter[created_at][lt]": "2100-01-01T00:00:00Z"}) == everything
    assert totals(**{"filter[service_period_start][lt]": "2100-01-01T00:00:00Z"}) == everything
    assert totals(sort="created_at desc") == everything[::-1]
    refused = contract(api.get(INVOICES, params={"filter[number]": "x"}), "GET", INVOICES)
    assert refused["status"] == 400


def test_a_paid_invoice_says_what_it_says_in_version_1(api: httpx.Client, billed: Sold, contract: Contract) -> None:
    for item in api.get(INVOICES).json()["data"]:
        three = contract(api.get(f"{INVOICES}/{item['id']}"), "GET", INVOICE)
        one = api.get(f"{V1}/{item['id']}").json()
        assert three["totals"]["total"] == one["totals"]["total"]
        assert three["status_details"]["extended_status"] == one["statusDetails"]["extendedStatus"]
        assert [line["id"] for line in three["lines"]] == [line["id"] for line in one["lines"]]
        for line, other in zip(three["lines"], one["lines"], strict=True):
            assert [row["unit_price"] for row in line["detailed_lines"]] == [
                row["perUnitAmount"] for row in other["children"]
            ]
            assert line["lifecycle_controller"] == "system"


def test_a_gathering_invoice_is_not_shown(api: httpx.Client, billed: Sold, contract: Contract) -> None:
    [gathering] = api.get(V1, params={"statuses": "gathering"}).json()["items"]
    address = f"{INVOICES}/{gathering['id']}"
    assert contract(api.get(address), "GET", INVOICE)["status"] == 404
    for action in ("advance", "approve", "retry", "snapshot-quantities"):
        assert contract(api.post(f"{address}/{action}"), "POST", f"{INVOICE}/{action}")["status"] == 404
    assert contract(api.delete(address), "DELETE", INVOICE)["status"] == 404


def test_saying_the_same_again_changes_nothing(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    answer = contract(put(api, draft, replacing(draft)), "PUT", INVOICE)
    assert answer["totals"] == draft["totals"]
    assert {line["lifecycle_controller"] for line in answer["lines"]} == {"system"}
    assert answer["status_details"] == draft["status_details"]


def test_lines_are_changed_added_and_removed(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    body = replacing(draft)
    tokens = next(line for line in body["lines"] if line["name"] == "Tokens")
    tokens["rate_card"]["price"] = {"type": "unit", "amount": "0.02"}
    fee = {"type": "flat", "amount": "99"}
    added = {"type": "standard_line", "name": "Setup", "service_period": draft["service_period"]}
    body["lines"] = [tokens, added | {"rate_card": {"price": fee}}]
    answer = contract(put(api, draft, body), "PUT", INVOICE)
    found = {line["name"]: (line["totals"]["total"], line["lifecycle_controller"]) for line in answer["lines"]}
    assert found == {"Tokens": ("24.68", "manual"), "Setup": ("99", "manual")}
    del body["lines"]
    renamed = contract(put(api, draft, body | {"description": "As agreed"}), "PUT", INVOICE)
    assert (renamed["description"], renamed["totals"]) == ("As agreed", answer["totals"])


def test_who_pays_and_when_is_changed(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    workflow = {"workflow": {"payment": {"collection_method": "send_invoice", "due_after": "P7D"}}}
    supplier = {
        "name": "Seller Ltd.",
        "tax_id": {"code": "GB1"},
        "addresses": {"billing_address": {"country": "GB", "postal_code": "E1"}},
    }
    customer = draft["customer"] | {"name": "Acme Europe", "billing_address": {"country": "DE", "city": "Bonn"}}
    body = replacing(draft, workflow=workflow, supplier=supplier, customer=customer)
    answer = contract(put(api, draft, body), "PUT", INVOICE)
    assert answer["supplier"] == supplier
    assert (answer["customer"]["name"], answer["customer"]["billing_address"]["city"]) == ("Acme Europe", "Bonn")
    assert answer["workflow"]["workflow"]["payment"] == workflow["workflow"]["payment"]


def test_what_cannot_be_changed_is_refused(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    moved = replacing(draft)
    moved["lines"][0]["service_period"] = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    stranger = replacing(draft, customer=draft["customer"] | {"id": "01G65Z755AFWAKHE12NY0CQ9FH"})
    subjects = replacing(draft, customer=draft["customer"] | {"usage_attribution": {"subject_keys": ["other"]}})
    for body, field in (
        (moved, "lines[0].service_period"),
        (stranger, "customer.id"),
        (subjects, "customer.usage_attribution.subject_keys"),
        (replacing(draft, currency="EUR"), "currency"),
    ):
        problem = contract(put(api, draft, body), "PUT", INVOICE)
        assert problem["status"] == 400
        assert problem["invalid_parameters"][0]["field"] == field


def test_a_draft_is_approved_and_then_stays(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    assert set(draft["status_details"]["available_actions"]) == {"approve", "delete"}
    address = f"{INVOICES}/{draft['id']}"
    assert contract(api.post(f"{address}/advance"), "POST", f"{INVOICE}/advance")["status"] == "draft"
    assert contract(api.post(f"{address}/approve"), "POST", f"{INVOICE}/approve")["status"] == "paid"
    for answer, method, path in (
        (put(api, draft, replacing(draft)), "PUT", INVOICE),
        (api.post(f"{address}/approve"), "POST", f"{INVOICE}/approve"),
        (api.post(f"{address}/retry"), "POST", f"{INVOICE}/retry"),
        (api.delete(address), "DELETE", INVOICE),
    ):
        assert contract(answer, method, path)["status"] == 400


def test_a_draft_is_deleted(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    contract(api.delete(f"{INVOICES}/{draft['id']}"), "DELETE", INVOICE)
    gone = contract(api.get(f"{INVOICES}/{draft['id']}"), "GET", INVOICE)
    assert gone["deleted_at"]
    assert draft["id"] not in {item["id"] for item in api.get(INVOICES).json()["data"]}


def test_an_unknown_invoice_is_not_found(api: httpx.Client, contract: Contract) -> None:
    assert contract(api.get(f"{INVOICES}/01G65Z755AFWAKHE12NY0CQ9FH"), "GET", INVOICE)["status"] == 404
