"""Billing profiles and the billing of customers in version 3, held against the published document."""

from typing import Any

import httpx
import pytest

from tests.contract import Contract

ROOT = "/api/v3/openmeter"
PROFILES = f"{ROOT}/profiles"
PROFILE = f"{PROFILES}/{{id}}"
BILLING = f"{ROOT}/customers/{{customerId}}/billing"
WORKFLOW = {
    "collection": {
        "alignment": {"type": "anchored", "recurring_period": {"anchor": "2026-01-15T00:00:00Z", "interval": "P1M"}},
        "interval": "P1D",
    },
    "invoicing": {
        "auto_advance": False,
        "draft_period": "P2D",
        "progressive_billing": False,
        "subscription_end_proration_mode": "bill_full_period",
    },
    "payment": {"collection_method": "send_invoice", "due_after": "P14D"},
    "tax": {"enabled": True, "enforced": True, "default_tax_config": {"behavior": "inclusive"}},
}


@pytest.fixture
def body(api: httpx.Client) -> dict[str, Any]:
    """A new profile with nothing but what is needed."""
    app = {"id": api.get("/api/v1/apps").json()["items"][0]["id"]}
    apps = {"tax": app, "invoicing": app, "payment": app}
    return {"name": "Enterprise", "default": False, "supplier": {"name": "Seller"}, "workflow": {}, "apps": apps}


def test_a_profile_lives_from_creation_to_deletion(api: httpx.Client, contract: Contract, body: dict[str, Any]) -> None:
    made = contract(api.post(PROFILES, json=body), "POST", PROFILES)
    assert made["workflow"]["payment"] == {"collection_method": "charge_automatically"}
    assert made["workflow"]["invoicing"]["progressive_billing"] is True
    supplier = {
        "key": "seller",
        "name": "Seller Inc.",
        "tax_id": {"code": "DE1"},
        "addresses": {"billing_address": {"country": "DE", "postal_code": "10115", "city": "Berlin"}},
    }
    changed = {name: body[name] for name in ("default", "name")} | {"workflow": WORKFLOW, "supplier": supplier}
    answer = contract(api.put(f"{PROFILES}/{made['id']}", json=changed), "PUT", PROFILE)
    assert (answer["workflow"], answer["supplier"]) == (WORKFLOW, supplier)
    assert contract(api.get(f"{PROFILES}/{made['id']}"), "GET", PROFILE) == answer
    page = contract(api.get(PROFILES), "GET", PROFILES)
    assert [item["default"] for item in page["data"]] == [True, False]
    old = api.get(f"/api/v1/billing/profiles/{made['id']}").json()
    assert (old["workflow"]["invoicing"]["dueAfter"], old["supplier"]["addresses"][0]["postalCode"]) == (
        "P14D",
        "10115",
    )
    contract(api.delete(f"{PROFILES}/{made['id']}"), "DELETE", PROFILE)
    assert contract(api.get(f"{PROFILES}/{made['id']}"), "GET", PROFILE)["status"] == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"workflow": {"tax": {"enabled": False, "enforced": True}}}, "workflow.tax.enforced"),
        ({"workflow": {"payment": {"collection_method": "charge_automatically", "due_after": "P1D"}}}, None),
        ({"workflow": {"payment": {"collection_method": "send_invoice", "due_after": "-P1D"}}}, None),
        ({"workflow": {"invoicing": {"due_after": "P1D"}}}, "workflow.invoicing.due_after"),
        ({"supplier": {"addresses": []}}, "supplier.addresses"),
        ({"labels": {"_reserved": "x"}}, None),
    ],
)
def test_what_is_no_profile_is_refused(
    api: httpx.Client, contract: Contract, body: dict[str, Any], change: dict[str, Any], field: str | None
) -> None:
    problem = contract(api.post(PROFILES, json=body | change), "POST", PROFILES)
    assert problem["status"] == 400
    assert field is None or field in {found["field"] for found in problem["invalid_parameters"]}


def test_the_default_profile_stays(api: httpx.Client, contract: Contract, body: dict[str, Any]) -> None:
    [default] = api.get(PROFILES).json()["data"]
    assert contract(api.delete(f"{PROFILES}/{default['id']}"), "DELETE", PROFILE)["status"] == 400
    unset = {name: body[name] for name in ("default", "name", "supplier", "workflow")}
    assert contract(api.put(f"{PROFILES}/{default['id']}", json=unset), "PUT", PROFILE)["status"] == 400


def test_a_customer_is_pinned_and_set_free(api: httpx.Client, contract: Contract, body: dict[str, Any]) -> None:
    made = api.post(PROFILES, json=body).json()
    customer = api.post(f"{ROOT}/customers", json={"key": "acme", "name": "Acme"}).json()
    address = BILLING.replace("{customerId}", customer["id"])
    assert contract(api.get(address), "GET", BILLING) == {}
    pinned = {"billing_profile": {"id": made["id"]}}
    assert contract(api.put(address, json=pinned), "PUT", BILLING) == pinned
    assert api.get(address).json() == pinned
    assert contract(api.delete(f"{PROFILES}/{made['id']}"), "DELETE", PROFILE)["status"] == 400
    assert contract(api.put(address, json={}), "PUT", BILLING) == {}
    assert api.delete(f"{PROFILES}/{made['id']}").status_code == 204
    refused = contract(api.put(address, json=pinned), "PUT", BILLING)
    assert refused["invalid_parameters"][0]["field"] == "billing_profile.id"


def test_an_unknown_customer_is_not_found(api: httpx.Client, contract: Contract) -> None:
    address = BILLING.replace("{customerId}", "01G65Z755AFWAKHE12NY0CQ9FH")
    assert contract(api.get(address), "GET", BILLING)["status"] == 404
    assert contract(api.put(address, json={}), "PUT", BILLING)["status"] == 404
    contract(api.put(f"{address}/app-data", json={}), "PUT", f"{BILLING}/app-data")


def test_customers_are_found_by_the_profile_that_bills_them(
    api: httpx.Client, contract: Contract, body: dict[str, Any]
) -> None:
    path = f"{ROOT}/customers"
    acme, _ = (api.post(path, json={"key": key, "name": key}).json()["id"] for key in ("acme", "globex"))
    mine = api.post(PROFILES, json=body).json()["id"]
    default = next(found["id"] for found in api.get(PROFILES).json()["data"] if found["default"])
    pinned = api.put(f"/api/v1/billing/customers/{acme}", json={"billingProfileId": mine})
    assert pinned.status_code == 200
    for query, keys in (
        (f"={mine}", ["acme"]),
        (f"={default}", ["globex"]),
        (f"[neq]={mine}", ["globex"]),
        (f"[oeq]={mine},{default}", ["acme", "globex"]),
        (f"={acme}", []),
        (f"={mine}&filter[plan_key]=pro", []),
    ):
        page = contract(api.get(f"{path}?filter[billing_profile_id]{query}"), "GET", path)
        assert [customer["key"] for customer in page["data"]] == keys, query
    assert contract(api.get(f"{path}?filter[billing_profile_id]=x"), "GET", path)["status"] == 400
