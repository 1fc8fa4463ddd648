"""Customers over HTTP: OpenMeter's SDK and document agree with every answer."""

from typing import Any

import httpx
import pytest
from corehttp.exceptions import ResourceExistsError, ResourceNotFoundError
from openmeter import Client
from openmeter.models import CustomerCreate, CustomerReplaceUpdate, CustomerUsageAttribution

from tests.contract import Contract

ALL, ONE = "/api/v1/customers", "/api/v1/customers/{customerIdOrKey}"
ACME: dict[str, Any] = {
    "name": "Acme",
    "key": "acme",
    "usageAttribution": {"subjectKeys": ["acme-eu", "acme-us"]},
    "description": "Anvils",
    "metadata": {"tier": "gold"},
    "primaryEmail": "anna@example.com",
    "currency": "EUR",
    "billingAddress": {"country": "DE", "city": "Berlin", "postalCode": "10115", "line1": "Unter den Linden 1"},
}


def test_a_customer_travels_whole(api: httpx.Client, contract: Contract) -> None:
    created = contract(api.post(ALL, json=ACME), "POST", ALL)
    assert ACME.items() <= created.items()
    for name in ("acme", created["id"]):
        assert contract(api.get(f"{ALL}/{name}"), "GET", ONE) == created
    assert contract(api.get(ALL), "GET", ALL) == {"items": [created], "totalCount": 1, "page": 1, "pageSize": 100}


def test_a_replacement_clears_what_it_leaves_out(api: httpx.Client, contract: Contract) -> None:
    before = api.post(ALL, json=ACME).json()
    after = contract(api.put(f"{ALL}/acme", json={"name": "Acme Inc", "key": "acme-inc"}), "PUT", ONE)
    assert set(after) == {"id", "name", "key", "usageAttribution", "createdAt", "updatedAt"}
    assert after["usageAttribution"] == {"subjectKeys": []}
    assert after["updatedAt"] > before["updatedAt"]


def test_a_deleted_customer_is_gone_from_lists_and_readable_by_id(api: httpx.Client, contract: Contract) -> None:
    created = api.post(ALL, json=ACME).json()
    for _ in range(2):
        contract(api.delete(f"{ALL}/{created['id']}"), "DELETE", ONE)
    assert contract(api.get(f"{ALL}/{created['id']}"), "GET", ONE)["deletedAt"]
    assert contract(api.get(f"{ALL}/acme"), "GET", ONE)["status"] == 404
    assert contract(api.put(f"{ALL}/{created['id']}", json=ACME), "PUT", ONE)["status"] == 412
    assert api.get(ALL).json()["totalCount"] == 0
    assert api.get(ALL, params={"includeDeleted": "true"}).json()["totalCount"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"key": "k" * 257}, "key"),
        ({"usageAttribution": {"subjectKeys": [""]}}, "usageAttribution.subjectKeys[0]"),
        ({"usageAttribution": {"subjectKeys": ["é" * 513]}}, "usageAttribution.subjectKeys[0]"),
        ({"key": None, "usageAttribution": None}, "usageAttribution.subjectKeys"),
        ({"primaryEmail": "nobody"}, "primaryEmail"),
        ({"currency": "euro"}, "currency"),
        ({"billingAddress": {"country": "Germany"}}, "billingAddress.country"),
        ({"nmae": "Acme"}, "nmae"),
    ],
)
def test_a_mistake_is_named(api: httpx.Client, contract: Contract, change: dict[str, Any], field: str) -> None:
    problem = contract(api.post(ALL, json=ACME | change), "POST", ALL)
    assert problem["status"] == 400
    assert problem["extensions"]["validationErrors"][0]["field"] == field


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({}, ["a", "b", "c"]),
        ({"order": "DESC"}, ["c", "b", "a"]),
        ({"orderBy": "createdAt"}, ["b", "a", "c"]),
        ({"page": 2, "pageSize": 2}, ["c"]),
        ({"key": "B"}, ["b"]),
        ({"name": "customer a"}, ["a"]),
        ({"primaryEmail": "C@"}, ["c"]),
        ({"subject": "sub-a"}, ["a"]),
    ],
)
def test_lists_are_sorted_filtered_and_paged(
    api: httpx.Client, contract: Contract, query: dict[str, Any], keys: list[str]
) -> None:
    for key in ("b", "a", "c"):
        customer = {"name": f"Customer {key}", "key": key, "primaryEmail": f"{key}@example.com"}
        api.post(ALL, json=customer | {"usageAttribution": {"subjectKeys": [f"sub-{key}"]}}).raise_for_status()
    assert [item["key"] for item in contract(api.get(ALL, params=query), "GET", ALL)["items"]] == keys


def test_a_name_that_is_taken_is_a_conflict(api: httpx.Client, contract: Contract) -> None:
    first = api.post(ALL, json=ACME).json()
    problem = contract(api.post(ALL, json=ACME), "POST", ALL)
    assert problem["status"] == 409
    assert problem["extensions"]["conflictingEntityId"] == first["id"]


def test_a_null_character_is_refused_on_every_database(api: httpx.Client) -> None:
    assert api.post(ALL, json=ACME | {"name": "A\0"}).status_code == 400
    assert api.get(f"{ALL}/%00").status_code == 400
    assert api.get(ALL, params={"name": "\0"}).status_code == 400


def test_the_sdk_manages_customers(sdk: Client) -> None:
    subjects = CustomerUsageAttribution(subject_keys=["acme-eu"])
    created = sdk.customers.create(CustomerCreate(name="Acme", key="acme", usage_attribution=subjects))
    assert sdk.customers.get("acme").id == created.id
    assert sdk.customers.get("acme").usage_attribution.subject_keys == ["acme-eu"]
    with pytest.raises(ResourceExistsError):
        sdk.customers.create(CustomerCreate(name="Other", key="acme"))
    changed = sdk.customers.update(created.id, CustomerReplaceUpdate(name="Acme Inc", key="acme"))
    assert (changed.name, changed.usage_attribution.subject_keys) == ("Acme Inc", [])
    assert [customer.id for customer in sdk.customers.list(key="ACM").items_property] == [created.id]
    sdk.customers.delete("acme")
    with pytest.raises(ResourceNotFoundError):
        sdk.customers.get("acme")
