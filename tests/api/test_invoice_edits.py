"""A person edits drafts over HTTP: lines, parties and workflow, checked against the published contract."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from openmeter import Client

from backend import clockwork
from tests.api.test_invoices import INVOICE, INVOICES, PROFILES, approval_by_hand
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import PLATFORM_IN_ADVANCE, TOKENS, Sold, sell, use_tokens

LINE_FIELDS = ("id", "name", "description", "metadata", "taxConfig", "period", "invoiceAt", "rateCard")
INVOICING = ("autoAdvance", "draftPeriod", "dueAfter", "subscriptionEndProrationMode")


@pytest.fixture
def draft(api: httpx.Client, work: Work) -> dict[str, Any]:
    """A draft that waits for approval: 20 USD for the platform and 12.34 for 1234 tokens of a month that is over."""
    approval_by_hand(api)
    started = (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)
    sell(work, at=started)
    use_tokens(work, 1234, started + timedelta(days=3))
    clockwork.run_due("default")
    shown = api.get(INVOICES, params={"statuses": "draft", "expand": "lines"}).json()["items"]
    return dict(next(item for item in shown if any(line["name"] == "Tokens" for line in item["lines"])))


def replacing(invoice: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The body that says the invoice as it is, but for some changes."""
    workflow = invoice["workflow"]["workflow"]
    body = {
        "supplier": {"name": invoice["supplier"]["name"]},
        "customer": {"name": invoice["customer"]["name"], "key": invoice["customer"]["key"]},
        "lines": [{name: line[name] for name in LINE_FIELDS if name in line} for line in invoice["lines"]],
        "workflow": {
            "workflow": {
                "invoicing": {name: workflow["invoicing"][name] for name in INVOICING},
                "payment": workflow["payment"],
            }
        },
    }
    return body | changes


def named(invoice: dict[str, Any], name: str) -> dict[str, Any]:
    return next(line for line in invoice["lines"] if line["name"] == name)


def added(name: str, amount: str, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    price = {"type": "flat", "amount": amount}
    return {"name": name, "period": {"from": now, "to": now}, "invoiceAt": now, "rateCard": {"price": price}} | changes


def put(api: httpx.Client, invoice: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
    return api.put(f"{INVOICES}/{invoice['id']}", json=body)


def codes(problem: dict[str, Any]) -> set[tuple[str, str]]:
    return {(issue["field"], issue["code"]) for issue in problem["extensions"]["validationErrors"]}


def test_saying_the_same_again_changes_nothing(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    answer = contract(put(api, draft, replacing(draft)), "PUT", INVOICE)
    assert answer["totals"] == draft["totals"]
    assert {line["managedBy"] for line in answer["lines"]} == {"subscription"}
    assert answer["statusDetails"]["extendedStatus"] == "draft.manual_approval_needed"
    assert [line["id"] for line in answer["lines"]] == [line["id"] for line in draft["lines"]]


def test_lines_are_taxed_as_the_profile_says_unless_they_say_it(
    api: httpx.Client, work: Work, contract: Contract
) -> None:
    default = {"behavior": "exclusive", "stripe": {"code": "txcd_10000000"}}
    taxed = {"invoicing": {"autoAdvance": False, "defaultTaxConfig": default}}
    [profile] = api.get(PROFILES).json()["items"]
    body = {"name": "Taxed", "supplier": {"name": "Seller"}, "default": True, "workflow": taxed}
    api.put(f"{PROFILES}/{profile['id']}", json=body).raise_for_status()
    own = replace(PLATFORM_IN_ADVANCE, key="gross", name="Gross", tax_config={"behavior": "inclusive"})
    sell(work, at=datetime.now(UTC), cards=(PLATFORM_IN_ADVANCE, own))
    clockwork.run_due("default")
    [draft] = contract(api.get(INVOICES, params={"statuses": "draft", "expand": "lines"}), "GET", INVOICES)["items"]
    assert named(draft, "Platform")["taxConfig"] == named(draft, "Platform")["rateCard"]["taxConfig"] == default
    assert named(draft, "Gross")["taxConfig"] == default | {"behavior": "inclusive"}
    said = replacing(draft)
    said["workflow"]["workflow"]["invoicing"]["defaultTaxConfig"] = default
    again = contract(put(api, draft, said), "PUT", INVOICE)
    assert {line["managedBy"] for line in again["lines"]} == {"subscription"}
    assert [line["taxConfig"] for line in again["lines"]] == [line["taxConfig"] for line in draft["lines"]]


def test_lines_are_changed_added_and_removed(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    body = replacing(draft)
    tokens = next(line for line in body["lines"] if line["name"] == "Tokens")
    tokens["rateCard"]["price"]["amount"] = "0.02"
    body["lines"] = [tokens, added("Setup", "99")]
    answer = contract(put(api, draft, body), "PUT", INVOICE)
    assert (named(answer, "Tokens")["totals"]["total"], named(answer, "Tokens")["managedBy"]) == ("24.68", "manual")
    assert (named(answer, "Setup")["totals"]["total"], named(answer, "Setup")["managedBy"]) == ("99", "manual")
    assert (len(answer["lines"]), answer["totals"]["total"]) == (2, "123.68")
    everything = api.get(f"{INVOICES}/{draft['id']}", params={"includeDeletedLines": "true"}).json()
    assert named(everything, "Platform")["deletedAt"]


def test_what_a_person_changed_the_subscription_leaves_alone(
    api: httpx.Client, sdk: Client, work: Work, draft: dict[str, Any]
) -> None:
    body = replacing(draft, lines=[added("Goodwill", "1")])
    assert put(api, draft, body).status_code == 200
    clockwork.run_due("default")
    assert sdk.invoice.get_invoice(draft["id"]).totals.total == "1"
    [gathering] = api.get(INVOICES, params={"statuses": "gathering", "expand": "lines"}).json()["items"]
    ids = {line["subscription"]["billingPeriod"]["from"] for line in gathering["lines"]}
    assert draft["period"]["from"] not in ids


def test_usage_that_came_too_late_does_not_slip_in_by_an_edit(
    api: httpx.Client, work: Work, draft: dict[str, Any]
) -> None:
    use_tokens(work, 1000, datetime.fromisoformat(draft["period"]["from"]) + timedelta(days=4))
    body = replacing(draft)
    tokens = next(line for line in body["lines"] if line["name"] == "Tokens")
    tokens["name"] = "Tokens of the month"
    renamed = put(api, draft, body).json()
    assert named(renamed, "Tokens of the month")["meteredQuantity"] == "1234"
    assert renamed["collectionAt"] == draft["collectionAt"]
    tokens["period"]["to"] = draft["period"]["from"]
    assert put(api, draft, body).status_code == 400


def test_parties_and_workflow_are_replaced(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    body = replacing(
        draft,
        description="As agreed.",
        metadata={"po": "4711"},
        supplier={"name": "Seller Ltd.", "taxId": {"code": "GB1"}},
        customer={"name": "Acme Europe", "taxId": {"code": "DE2"}, "addresses": [{"country": "DE", "city": "Bonn"}]},
    )
    body["workflow"]["workflow"]["invoicing"] |= {"autoAdvance": True, "draftPeriod": "P1D", "dueAfter": "P7D"}
    answer = contract(put(api, draft, body), "PUT", INVOICE)
    assert (answer["description"], answer["metadata"]) == ("As agreed.", {"po": "4711"})
    assert answer["supplier"] == {"name": "Seller Ltd.", "taxId": {"code": "GB1"}}
    customer = answer["customer"]
    assert (customer["name"], customer["taxId"]) == ("Acme Europe", {"code": "DE2"})
    assert customer["addresses"] == [{"country": "DE", "city": "Bonn"}]
    assert customer["usageAttribution"] == draft["customer"]["usageAttribution"]
    assert answer["workflow"]["workflow"]["collection"] == draft["workflow"]["workflow"]["collection"]
    assert answer["statusDetails"]["extendedStatus"] == "draft.waiting_auto_approval"
    until, due = (datetime.fromisoformat(answer[name]) for name in ("draftUntil", "dueAt"))
    assert due - until.replace(microsecond=0) == timedelta(days=7)


def test_everything_that_is_wrong_with_lines_is_told_at_once(
    api: httpx.Client, contract: Contract, draft: dict[str, Any]
) -> None:
    body = replacing(draft)
    moved = next(line for line in body["lines"] if line["name"] == "Platform")
    moved["period"] = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    usage = {"price": {"type": "unit", "amount": "1"}}
    body["lines"] = [
        moved,
        added("Stranger", "1", id="01G65Z755AFWAKHE12NY0CQ9FH"),
        added("Unmetered", "1", rateCard=usage),
        added("Unknown", "1", rateCard={"price": {"type": "flat", "amount": "1"}, "featureKey": "nothing"}),
        added("Negative", "-1"),
    ]
    problem = contract(put(api, draft, body), "PUT", INVOICE)
    assert problem["status"] == 400
    assert codes(problem) >= {
        ("lines[0].period", "invoice_line_period_managed_by_subscription"),
        ("lines[1].id", "invoice_line_not_found"),
        ("lines[2].rateCard.featureKey", "usage_price_without_meter"),
        ("lines[3].rateCard.featureKey", "rate_card_feature_not_found"),
    }
    assert any(field.startswith("lines[4].rateCard.price") for field, _ in codes(problem))
    assert api.get(f"{INVOICES}/{draft['id']}").json()["totals"] == draft["totals"]


def test_a_draft_without_lines_is_deleted_when_it_would_be_issued(
    api: httpx.Client, contract: Contract, draft: dict[str, Any]
) -> None:
    empty = contract(put(api, draft, replacing(draft, lines=[])), "PUT", INVOICE)
    assert (empty["totals"]["total"], empty["lines"]) == ("0", [])
    gone = contract(api.post(f"{INVOICES}/{draft['id']}/approve"), "POST", f"{INVOICE}/approve")
    assert gone["statusDetails"]["extendedStatus"] == "deleted"
    assert gone["deletedAt"]


def test_an_issued_invoice_stays_as_it_is(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    paid = api.post(f"{INVOICES}/{draft['id']}/approve").json()
    assert paid["statusDetails"]["immutable"] is True
    refused = contract(put(api, draft, replacing(draft)), "PUT", INVOICE)
    assert refused["status"] == 409
    assert api.get(f"{INVOICES}/{draft['id']}").json()["totals"] == paid["totals"]


def test_the_lines_of_a_gathering_invoice_are_edited_too(api: httpx.Client, work: Work, contract: Contract) -> None:
    sold: Sold = sell(work, at=datetime.now(UTC), cards=(PLATFORM_IN_ADVANCE, TOKENS))
    clockwork.run_due("default")
    [gathering] = api.get(INVOICES, params={"statuses": "gathering", "expand": "lines"}).json()["items"]
    body = replacing(gathering)
    body["lines"].append(added("Setup", "10", invoiceAt="2099-01-01T00:00:00Z"))
    answer = contract(put(api, gathering, body), "PUT", INVOICE)
    assert (answer["status"], named(answer, "Setup")["managedBy"]) == ("gathering", "manual")
    assert sold.customer_id == answer["customer"]["id"]


def test_the_sdk_edits_an_invoice(sdk: Client, draft: dict[str, Any]) -> None:
    body = replacing(draft, lines=[added("Only this", "5")])
    assert sdk.invoice.update_invoice(draft["id"], body).totals.total == "5"


def test_too_many_new_lines_at_once_are_refused(api: httpx.Client, contract: Contract, draft: dict[str, Any]) -> None:
    problem = contract(put(api, draft, replacing(draft, lines=[added("Fee", "1")] * 1001)), "PUT", INVOICE)
    assert codes(problem) == {("lines", "too_long")}


@pytest.mark.parametrize(
    "change",
    [{"lines": "none"}, {"supplier": None}, {"workflow": {}}, {"lines": [{"name": "x"}]}, {"currency": "EUR"}],
)
def test_what_is_no_edit_is_refused(
    api: httpx.Client, contract: Contract, draft: dict[str, Any], change: dict[str, Any]
) -> None:
    assert contract(put(api, draft, replacing(draft, **change)), "PUT", INVOICE)["status"] == 400
