"""Which profile each customer is billed by, over HTTP, with the official SDK and against the published contract."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from openmeter import Client

from backend import clockwork
from tests.api.test_billing_profiles import PROFILE, PROFILES, profile
from tests.conftest import Work
from tests.contract import Contract
from tests.services.company import SUPPORT_IN_ARREARS, cancel, sell

BILLING = "/api/v1/billing/customers"
ONE = f"{BILLING}/{{customerId}}"
INVOICES = "/api/v1/billing/invoices"
STRANGER = "01G65Z755AFWAKHE12NY0CQ9FH"


def customer(api: httpx.Client, key: str) -> str:
    body = {"name": key.title(), "key": key, "primaryEmail": f"pay@{key}.example"}
    return str(api.post("/api/v1/customers", json=body).json()["id"])


@pytest.fixture
def enterprise(api: httpx.Client) -> str:
    """A second profile, whose drafts a person approves and whose customers pay within two weeks."""
    workflow = {"invoicing": {"autoAdvance": False, "dueAfter": "P14D"}}
    return str(api.post(PROFILES, json=profile(api, workflow=workflow)).json()["id"])


def test_a_customer_is_billed_by_the_default_profile_until_it_is_pinned(
    api: httpx.Client, sdk: Client, contract: Contract, enterprise: str
) -> None:
    acme = customer(api, "acme")
    unpinned = contract(api.get(f"{BILLING}/{acme}"), "GET", ONE)
    assert "customerOverride" not in unpinned
    assert unpinned["baseBillingProfileId"] != enterprise
    pinned = contract(api.put(f"{BILLING}/{acme}", json={"billingProfileId": enterprise}), "PUT", ONE)
    assert pinned["customerOverride"]["billingProfileId"] == pinned["baseBillingProfileId"] == enterprise
    assert pinned["customerProfile"]["workflow"]["invoicing"]["dueAfter"] == "P14D"
    shown = contract(api.get(f"{BILLING}/{acme}", params={"expand": ["apps", "customer"]}), "GET", ONE)
    assert (shown["customer"]["key"], shown["customerProfile"]["apps"]["tax"]["type"]) == ("acme", "sandbox")
    assert sdk.customer_overrides.get(acme).base_billing_profile_id == enterprise
    contract(api.delete(f"{BILLING}/{acme}"), "DELETE", ONE)
    assert api.get(f"{BILLING}/{acme}").json() == unpinned
    assert api.delete(f"{BILLING}/{acme}").status_code == 404


def test_an_override_without_a_profile_is_billed_by_the_default(api: httpx.Client, enterprise: str) -> None:
    acme = customer(api, "acme")
    answer = api.put(f"{BILLING}/{acme}", json={}).json()
    assert answer["customerOverride"]["customerId"] == acme
    assert answer["baseBillingProfileId"] != enterprise


def test_a_profile_that_customers_are_pinned_to_stays(api: httpx.Client, contract: Contract, enterprise: str) -> None:
    acme = customer(api, "acme")
    api.put(f"{BILLING}/{acme}", json={"billingProfileId": enterprise})
    refused = contract(api.delete(f"{PROFILES}/{enterprise}"), "DELETE", PROFILE)
    assert refused["status"] == 409
    api.delete(f"{BILLING}/{acme}")
    assert api.delete(f"{PROFILES}/{enterprise}").status_code == 204
    problem = contract(api.put(f"{BILLING}/{acme}", json={"billingProfileId": enterprise}), "PUT", ONE)
    assert problem["extensions"]["validationErrors"][0]["code"] == "billing_profile_not_found"


def test_customers_are_listed_with_their_profiles(
    api: httpx.Client, sdk: Client, contract: Contract, enterprise: str
) -> None:
    acme, globex, initech = (customer(api, key) for key in ("acme", "globex", "initech"))
    sdk.customer_overrides.upsert(acme, {"billingProfileId": enterprise})
    [default] = [item["id"] for item in api.get(PROFILES).json()["items"] if item["default"]]
    api.put(f"{BILLING}/{globex}", json={"billingProfileId": default})

    def listed(**params: object) -> list[str]:
        page = contract(api.get(BILLING, params={"orderBy": "customerName", **params}), "GET", BILLING)
        assert page["totalCount"] == len(page["items"])
        found = {item.get("customer", {}).get("id") for item in page["items"]}
        return [name for name, row in (("acme", acme), ("globex", globex), ("initech", initech)) if row in found]

    everything = {"expand": "customer"}
    assert listed(**everything) == ["acme", "globex", "initech"]
    assert listed(**everything, includeAllCustomers="false") == ["acme", "globex"]
    assert listed(**everything, billingProfile=enterprise) == ["acme"]
    assert listed(**everything, billingProfile=default) == ["globex", "initech"]
    assert listed(**everything, billingProfile=default, includeAllCustomers="false") == ["globex"]
    assert listed(**everything, customersWithoutPinnedProfile="true") == ["initech"]
    assert listed(**everything, customerName="glob") == ["globex"]
    assert listed(**everything, customerPrimaryEmail="pay@acme") == ["acme"]
    assert listed(**everything, customerKey="init") == ["initech"]
    assert listed(**everything, customerId=[acme, initech]) == ["acme", "initech"]
    found = sdk.customer_overrides.list(customer_id=[acme, globex], order_by="customerName", order="DESC")
    assert [item.base_billing_profile_id for item in found.items_property] == [default, enterprise]


def test_invoices_follow_the_profile_of_their_customer(
    api: httpx.Client, work: Work, contract: Contract, enterprise: str
) -> None:
    sold = sell(work, at=datetime.now(UTC))
    api.put(f"{BILLING}/{sold.customer_id}", json={"billingProfileId": enterprise})
    clockwork.run_due("default")
    [draft] = api.get(INVOICES, params={"statuses": "draft"}).json()["items"]
    assert draft["workflow"]["sourceBillingProfileId"] == enterprise
    assert draft["statusDetails"]["extendedStatus"] == "draft.manual_approval_needed"
    assert api.delete(f"{BILLING}/{sold.customer_id}").status_code == 204
    [draft] = api.get(INVOICES, params={"statuses": "draft"}).json()["items"]
    assert draft["workflow"]["sourceBillingProfileId"] == enterprise
    [gathering] = api.get(INVOICES, params={"statuses": "gathering"}).json()["items"]
    assert gathering["workflow"]["sourceBillingProfileId"] != enterprise


def test_how_the_last_month_is_billed_is_the_customers_own(api: httpx.Client, work: Work) -> None:
    """Both leave after ten days; only whose profile says so pays the month in full."""
    full = profile(api, workflow={"invoicing": {"subscriptionEndProrationMode": "bill_full_period"}})
    made = api.post(PROFILES, json=full).json()["id"]
    now = datetime.now(UTC)
    sales = {key: sell(work, at=now - timedelta(days=10), cards=(SUPPORT_IN_ARREARS,), customer=key) for key in "ab"}
    clockwork.run_due("default")
    api.put(f"{BILLING}/{sales['a'].customer_id}", json={"billingProfileId": made})
    for sold in sales.values():
        cancel(work, sold, now)
    clockwork.run_due("default")
    totals = {item["customer"]["key"]: Decimal(item["totals"]["total"]) for item in api.get(INVOICES).json()["items"]}
    assert totals["a"] == 5
    assert totals["b"] < 2


def test_what_is_not_there_is_not_found(api: httpx.Client, contract: Contract) -> None:
    for answer, method in (
        (api.get(f"{BILLING}/{STRANGER}"), "GET"),
        (api.put(f"{BILLING}/{STRANGER}", json={}), "PUT"),
    ):
        assert contract(answer, method, ONE)["status"] == 404
    assert api.put(f"{BILLING}/{customer(api, 'acme')}", json={"billingProfileId": "x"}).status_code == 400
