"""Version 3 in depth: tables of usage, customers found by subject and plan, and what is gone."""

import json
from typing import Any

import httpx
import pytest

from tests.contract import Contract

ROOT = "/api/v3/openmeter"
METERS, CUSTOMERS = f"{ROOT}/meters", f"{ROOT}/customers"
QUERY = f"{METERS}/{{meterId}}/query"
METER = {
    "key": "tokens",
    "name": "Tokens",
    "description": "What models read and write",
    "aggregation": "sum",
    "event_type": "prompt",
    "value_property": "$.n",
    "dimensions": {"model": "$.model"},
}


@pytest.fixture
def metered(api: httpx.Client) -> httpx.Client:
    """A meter, a customer and usage of its two subjects."""
    api.post(METERS, json=METER).raise_for_status()
    customer = {"key": "acme", "name": 'Acme, "Inc"', "usage_attribution": {"subject_keys": ["acme-eu"]}}
    api.post(CUSTOMERS, json=customer).raise_for_status()
    events = [
        {
            "specversion": "1.0",
            "id": str(number),
            "source": "app",
            "type": "prompt",
            "subject": subject,
            "time": f"2026-03-0{number + 1}T12:00:00Z",
            "data": {"n": n, "model": "gpt"},
        }
        for number, (subject, n) in enumerate((("acme", "0.10"), ("acme-eu", 2), ("globex", 3)))
    ]
    api.post(f"{ROOT}/events", json=events).raise_for_status()
    return api


def test_usage_is_a_table_when_asked_for(metered: httpx.Client, contract: Contract) -> None:
    def table(**body: Any) -> list[str]:
        answer = metered.post(f"{METERS}/tokens/query", json=body, headers={"Accept": "text/csv"})
        assert answer.headers["content-disposition"] == 'attachment; filename="tokens.csv"'
        assert answer.headers["content-type"] == "text/csv"
        text: str = contract(answer, "POST", QUERY)
        return text.splitlines()

    march = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    span = "2026-03-01T00:00:00Z,2026-04-01T00:00:00Z"
    assert table(**march) == ["from,to,value", f"{span},5.1"]
    assert table(**march, group_by_dimensions=["model", "subject"]) == [
        "from,to,subject,model,value",
        f"{span},acme,gpt,0.1",
        f"{span},acme-eu,gpt,2",
        f"{span},globex,gpt,3",
    ]
    customer = metered.get(CUSTOMERS).json()["data"][0]["id"]
    filters = {"dimensions": {"customer_id": {"in": [customer]}}}
    assert table(**march, filters=filters, group_by_dimensions=["customer_id"]) == [
        "from,to,customer_id,customer_key,customer_name,value",
        f'{span},{customer},acme,"Acme, ""Inc""",2.1',
    ]
    assert table(**march, filters=filters) == table(**march, filters=filters, group_by_dimensions=["customer_id"])
    subjects = {"dimensions": {"subject": {"in": ["acme", "globex"]}, "model": {"eq": "gpt"}}}
    assert table(**march, filters=subjects) == ["from,to,subject,value", f"{span},acme,0.1", f"{span},globex,3"]


def test_an_average_that_never_comes_out_even_is_answered(metered: httpx.Client) -> None:
    body = METER | {"key": "average", "aggregation": "avg"}
    metered.post(METERS, json=body).raise_for_status()
    march = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    more = [
        {"specversion": "1.0", "id": f"more{number}", "source": "app", "type": "prompt", "subject": "even"}
        | {"time": "2026-03-05T12:00:00Z", "data": {"n": n, "model": "gpt"}}
        for number, n in enumerate((1, 0, 0))
    ]
    metered.post(f"{ROOT}/events", json=more).raise_for_status()
    filters = {"dimensions": {"subject": {"eq": "even"}}}
    answer = metered.post(f"{METERS}/average/query", json=march | {"filters": filters})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"][0]["value"].startswith("0.3333333333333333")


def test_a_meter_keeps_its_description(metered: httpx.Client, contract: Contract) -> None:
    one = f"{METERS}/{{meterId}}"
    assert contract(metered.get(f"{METERS}/tokens"), "GET", one)["description"] == METER["description"]
    renamed = contract(metered.put(f"{METERS}/tokens", json={"name": "T"}), "PUT", one)
    assert (renamed["name"], renamed["description"]) == ("T", METER["description"])
    changed = contract(metered.put(f"{METERS}/tokens", json={"description": "Other"}), "PUT", one)
    assert (changed["name"], changed["description"]) == ("T", "Other")
    assert metered.delete(f"{METERS}/{changed['id']}").status_code == 204
    gone = metered.put(f"{METERS}/{changed['id']}", json={"name": "X"})
    assert (gone.status_code, gone.json()["title"]) == (410, "Gone")


def test_everything_that_is_wrong_with_a_meter_is_named(api: httpx.Client, contract: Contract) -> None:
    wrong = METER | {"event_type": "om.x", "value_property": "n", "dimensions": {"a-b": "$.a", "subject": "$.s"}}
    problem = contract(api.post(METERS, json=wrong), "POST", METERS)
    assert [parameter["field"] for parameter in problem["invalid_parameters"]] == [
        "event_type",
        "value_property",
        "dimensions.a-b",
        "dimensions.subject",
    ]
    assert contract(api.get(METERS), "GET", METERS)["data"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "to"),
        ({"granularity": "P1Y"}, "granularity"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"group_by_dimensions": ["colour"]}, "group_by_dimensions"),
        ({"filters": {"dimensions": {"colour": {"eq": "red"}}}}, "filters.dimensions.colour"),
        ({"filters": {"dimensions": {"subject": {"contains": "a"}}}}, "filters.dimensions.subject"),
        ({"filters": {"dimensions": {"model": {"eq": "a", "in": ["b"]}}}}, "filters.dimensions.model"),
    ],
)
def test_a_question_that_makes_no_sense_is_named(
    metered: httpx.Client, contract: Contract, body: dict[str, Any], field: str
) -> None:
    problem = contract(metered.post(f"{METERS}/tokens/query", json=body), "POST", QUERY)
    assert (problem["status"], problem["invalid_parameters"][0]["field"]) == (400, field)


def test_a_window_that_there_is_not_has_a_code_of_its_own(metered: httpx.Client, contract: Contract) -> None:
    for granularity in ("P1Y", "PT1S", "", "DAY"):
        answer = metered.post(f"{METERS}/tokens/query", json={"granularity": granularity})
        problem = contract(answer, "POST", QUERY)
        [found] = problem["extensions"]["validationErrors"]
        assert (problem["status"], found["field"], found["code"]) == (400, "granularity", "invalid_window_size")


def test_customers_are_found_by_subject_and_plan(metered: httpx.Client, contract: Contract) -> None:
    metered.post(CUSTOMERS, json={"key": "bare", "name": "Bare", "description": "No subjects"}).raise_for_status()
    for query, keys in (
        ("filter[usage_attribution_subject_key]=acme-eu", ["acme"]),
        ("filter[usage_attribution_subject_key][contains]=EU", ["acme"]),
        ("filter[usage_attribution_subject_key][eq]=acme", []),
        ("filter[usage_attribution_subject_key][exists]=false", ["bare"]),
        ("filter[usage_attribution_subject_key]=", ["acme"]),
        ("filter[plan_key]=pro", []),
        ("sort=id desc", ["bare", "acme"]),
    ):
        page = contract(metered.get(f"{CUSTOMERS}?{query}"), "GET", CUSTOMERS)
        assert [customer["key"] for customer in page["data"]] == keys, query
    for query in ("filter[colour]=red", "filter[key][oeq]=", "sort=colour", "filter[name]=a&filter[name]=b"):
        assert contract(metered.get(f"{CUSTOMERS}?{query}"), "GET", CUSTOMERS)["status"] == 400


def test_events_of_a_customer_that_there_is_not_cannot_be_asked_for(metered: httpx.Client, contract: Contract) -> None:
    made = metered.get(f"{CUSTOMERS}/acme").json()["id"]
    path = f"{ROOT}/events"
    found = contract(metered.get(f"{path}?filter[customer_id]={made}"), "GET", path)
    assert [item["event"]["subject"] for item in found["data"]] == ["acme-eu", "acme"]
    metered.delete(f"{CUSTOMERS}/{made}").raise_for_status()
    for customer in (made, "01J0000000000000000000000Z"):
        problem = contract(metered.get(f"{path}?filter[customer_id]={customer}"), "GET", path)
        assert problem["invalid_parameters"][0]["field"] == "filter[customer_id]"
        wanted = {"filter": json.dumps({"customerId": {"$in": [customer]}})}
        assert metered.get("/api/v2/events", params=wanted).status_code == 400


def test_a_dimension_that_tells_a_cost_stays(metered: httpx.Client) -> None:
    meter = metered.get(f"{METERS}/tokens").json()["id"]
    cost = {"type": "llm", "provider": "openai", "model_property": "model", "token_type": "input"}
    body = {"key": "tokens", "name": "Tokens", "meter": {"id": meter}, "unit_cost": cost}
    metered.post(f"{ROOT}/features", json=body).raise_for_status()
    assert metered.put(f"{METERS}/{meter}", json={"dimensions": {}}).status_code == 409
    metered.patch(f"{ROOT}/features/tokens", json={"unit_cost": None}).raise_for_status()
    assert metered.put(f"{METERS}/{meter}", json={"dimensions": {}}).status_code == 200


def test_a_deleted_customer_is_gone(metered: httpx.Client, contract: Contract) -> None:
    one = f"{CUSTOMERS}/{{customerId}}"
    made = contract(metered.get(f"{CUSTOMERS}/acme"), "GET", one)
    kept = contract(metered.put(f"{CUSTOMERS}/{made['id']}", json={"name": "Acme", "description": "Big"}), "PUT", one)
    assert (kept["key"], kept["description"], kept["usage_attribution"]) == ("acme", "Big", {"subject_keys": []})
    for _ in range(2):
        assert metered.delete(f"{CUSTOMERS}/{made['id']}").status_code == 204
    problem = contract(metered.put(f"{CUSTOMERS}/{made['id']}", json={"name": "Again"}), "PUT", one)
    assert (problem["status"], problem["type"]) == (410, "https://kongapi.info/konnect/gone")


def test_a_customer_is_answered_with_its_subscription_when_asked(metered: httpx.Client, contract: Contract) -> None:
    one = "/api/v1/customers/{customerIdOrKey}"
    fee = {
        "type": "flat_fee",
        "key": "fee",
        "name": "Fee",
        "billingCadence": "P1M",
        "price": {"type": "flat", "amount": "1", "paymentTerm": "in_advance"},
    }
    plan = {
        "key": "pro",
        "name": "Pro",
        "currency": "USD",
        "billingCadence": "P1M",
        "phases": [{"key": "main", "name": "Main", "duration": None, "rateCards": [fee]}],
    }
    plan_id = metered.post("/api/v1/plans", json=plan).json()["id"]
    metered.post(f"/api/v1/plans/{plan_id}/publish").raise_for_status()
    wanted = {"customerKey": "acme", "plan": {"key": "pro"}, "timing": "immediate"}
    subscription = metered.post("/api/v1/subscriptions", json=wanted).json()["id"]
    plainly = contract(metered.get("/api/v1/customers/acme"), "GET", one)
    assert (plainly["currentSubscriptionId"], "subscriptions" in plainly) == (subscription, False)
    expanded = contract(metered.get("/api/v1/customers/acme", params={"expand": "subscriptions"}), "GET", one)
    assert [found["id"] for found in expanded["subscriptions"]] == [subscription]
    listed = contract(metered.get("/api/v1/customers?expand=subscriptions"), "GET", "/api/v1/customers")
    assert listed["items"] == [expanded]
    for query in ("filter[plan_key]=pro", "filter[plan_key][contains]=PR"):
        assert [customer["key"] for customer in metered.get(f"{CUSTOMERS}?{query}").json()["data"]] == ["acme"]
