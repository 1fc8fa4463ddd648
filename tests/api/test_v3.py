"""Version 3 of the API: events and meters in its own shape, held against the published document."""

from typing import Any

import httpx
import pytest

from backend.api.v3.filters import Kind, parse
from backend.engine.filter import Filter, Operator
from backend.errors import Invalid
from tests.contract import Contract

ROOT = "/api/v3/openmeter"
EVENTS, METERS = f"{ROOT}/events", f"{ROOT}/meters"
METER = {
    "key": "tokens",
    "name": "Tokens",
    "aggregation": "sum",
    "event_type": "prompt",
    "value_property": "$.n",
    "dimensions": {"model": "$.model"},
    "labels": {"team": "ai"},
}


def event(number: int, **more: Any) -> dict[str, Any]:
    made = {"specversion": "1.0", "id": f"e{number}", "source": "app", "type": "prompt", "subject": "acme"}
    data = {"n": "0.1", "model": ["gpt", "claude"][number % 2]}
    return made | {"time": f"2026-03-01T0{number}:00:00Z", "data": data} | more


@pytest.fixture
def metered(api: httpx.Client, contract: Contract) -> httpx.Client:
    contract(api.post(METERS, json=METER), "POST", METERS)
    events = [event(number) for number in range(6)] + [event(6, subject="globex"), event(7, type="other")]
    answer = api.post(EVENTS, json=events)
    assert (answer.status_code, answer.content) == (202, b"")
    return api


def test_meters_are_made_changed_found_and_deleted(metered: httpx.Client, contract: Contract) -> None:
    page = contract(metered.get(METERS, params={"sort": "name desc", "page[size]": 5}), "GET", METERS)
    assert page["meta"] == {"page": {"number": 1, "size": 5, "total": 1}}
    [meter] = page["data"]
    one = f"{METERS}/{meter['id']}"
    changed = contract(metered.put(one, json={"labels": {"a": "b"}}), "PUT", f"{METERS}/{{meterId}}")
    assert (changed["name"], changed["labels"], changed["dimensions"]) == ("Tokens", {"a": "b"}, {"model": "$.model"})
    for wanted, found in (
        ("filter[key]=tokens", 1),
        ("filter[name][contains]=KENS", 1),
        ("filter[key][neq]=tokens", 0),
    ):
        assert metered.get(f"{METERS}?{wanted}").json()["meta"]["page"]["total"] == found
    assert contract(metered.get(one), "GET", f"{METERS}/{{meterId}}")["key"] == "tokens"
    assert metered.delete(one).status_code == 204
    missing = metered.get(f"{METERS}/01J0000000000000000000000Z")
    assert contract(missing, "GET", f"{METERS}/{{meterId}}")["status"] == 404


def test_usage_is_text_by_window_and_dimension(metered: httpx.Client, contract: Contract) -> None:
    def ask(**body: Any) -> list[tuple[str, dict[str, str]]]:
        answer = contract(metered.post(f"{METERS}/tokens/query", json=body), "POST", f"{METERS}/{{meterId}}/query")
        return [(row["value"], row["dimensions"]) for row in answer["data"]]

    march = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    assert ask(**march) == [("0.7", {})]
    assert ask(**march, granularity="PT1H")[0] == ("0.1", {})
    assert ask(**march, group_by_dimensions=["model"]) == [("0.3", {"model": "claude"}), ("0.4", {"model": "gpt"})]
    assert ask(filters={"dimensions": {"subject": {"in": ["globex"]}}}) == [("0.1", {"subject": "globex"})]
    assert ask(filters={"dimensions": {"model": {"neq": "gpt"}}}) == [("0.3", {})]
    customer = metered.post("/api/v1/customers", json={"name": "Acme", "key": "acme"}).json()["id"]
    wanted = {"dimensions": {"customer_id": {"eq": customer}, "model": {"contains": "GP"}}}
    assert ask(filters=wanted) == [("0.3", {"customer_id": customer})]


@pytest.mark.parametrize(
    "body",
    [
        {"granularity": "P1Y"},
        {"granularity": ""},
        {"time_zone": "Mars/Olympus"},
        {"group_by_dimensions": [""]},
        {"filters": {"dimensions": {"subject": {"contains": "x"}}}},
        {"filters": {"dimensions": {"subject": {"and": [{"eq": "x"}]}}}},
        {"filters": {"dimensions": {"model": {"eq": "x", "in": ["y"]}}}},
        {"filters": {"dimensions": {"other": {"eq": "x"}}}},
        {"windowSize": "DAY"},
    ],
)
def test_a_question_that_makes_no_sense_names_the_parameter(
    metered: httpx.Client, contract: Contract, body: Any
) -> None:
    answer = metered.post(f"{METERS}/tokens/query", json=body)
    assert answer.status_code == 400
    problem = contract(answer, "POST", f"{METERS}/{{meterId}}/query")
    assert problem["invalid_parameters"][0]["reason"]


def test_events_are_paged_forth_and_back(metered: httpx.Client, contract: Contract) -> None:
    def ids(page: Any) -> list[str]:
        return [item["event"]["id"] for item in page["data"]]

    first = contract(metered.get(EVENTS, params={"page[size]": 3, "sort": "time asc"}), "GET", EVENTS)
    assert (ids(first), first["meta"]["page"]["previous"]) == (["e0", "e1", "e2"], None)
    second = contract(metered.get(first["meta"]["page"]["next"]), "GET", EVENTS)
    last = metered.get(second["meta"]["page"]["next"]).json()
    assert (ids(second), ids(last), last["meta"]["page"]["next"]) == (["e3", "e4", "e5"], ["e6", "e7"], None)
    assert ids(metered.get(last["meta"]["page"]["previous"]).json()) == ids(second)
    assert ids(metered.get(second["meta"]["page"]["previous"]).json()) == ids(first)


def test_events_tell_whose_they_are_and_why_they_do_not_count(metered: httpx.Client) -> None:
    customer = metered.post("/api/v1/customers", json={"name": "Acme", "key": "acme"}).json()["id"]
    [other] = metered.get(EVENTS, params={"filter[type]": "other"}).json()["data"]
    assert other["customer"] == {"id": customer}
    message = "no meter found for event type: other"
    assert other["validation_errors"] == [{"code": "no_meter_found_for_event_type", "message": message}]
    wanted = {
        "filter[customer_id][oeq]": customer,
        "filter[time][gte]": "2026-03-01T05:00:00Z",
        "filter[id][oeq]": "e5,e6",
    }
    assert [item["event"]["id"] for item in metered.get(EVENTS, params=wanted).json()["data"]] == ["e5"]


@pytest.mark.parametrize(
    "query",
    [
        "sort=created_at",
        "sort=time bogus extra",
        "page[size]=101",
        "page[after]=x",
        "filter[color]=red",
        "filter[customer_id][neq]=01J0000000000000000000000Z",
        "filter[time]=",
    ],
)
def test_a_list_that_makes_no_sense_is_refused(api: httpx.Client, contract: Contract, query: str) -> None:
    assert contract(api.get(f"{EVENTS}?{query}"), "GET", EVENTS)["status"] == 400


def test_a_stranger_is_refused_in_the_shape_of_version_3(api: httpx.Client, contract: Contract) -> None:
    answer = api.get(EVENTS, headers={"Authorization": "Bearer nobody"})
    assert contract(answer, "GET", EVENTS)["type"].endswith("/unauthenticated")


FIELDS = {"field": Kind.TEXT, "at": Kind.TIME, "owner": Kind.EXACT}


@pytest.mark.parametrize(
    ("key", "value", "operator", "operand"),
    [
        ("filter[field]", "my-value", Operator.EQ, "my-value"),
        ("filter[field][neq]", "excluded", Operator.NE, "excluded"),
        ("filter[field][contains]", "partial", Operator.CONTAINS, "partial"),
        ("filter[field][oeq]", "foo , bar,duck", Operator.IN, ("foo", "bar", "duck")),
        ("filter[field][exists]", "", Operator.EXISTS, True),
        ("filter[field][exists]", "false", Operator.EXISTS, False),
        ("filter[field][nexists]", "", Operator.EXISTS, False),
        ("filter[field][nexists]", "false", Operator.EXISTS, True),
        ("filter[field]", "", Operator.EXISTS, True),
    ],
)
def test_a_filter_in_the_address(key: str, value: str, operator: Operator, operand: Any) -> None:
    assert parse([(key, value), ("page[size]", "10")], FIELDS) == {"field": Filter(operator, operand)}


def test_several_filters_of_a_field_are_joined() -> None:
    found = parse([("filter[field][gte]", "1"), ("filter[field][lte]", "9"), ("filter[field[", "boom")], FIELDS)
    assert found == {"field": Filter(Operator.AND, (Filter(Operator.GTE, "1"), Filter(Operator.LTE, "9")))}
    either = parse([("filter[field][ocontains]", "foo, bar")], FIELDS)["field"]
    assert either == Filter(Operator.OR, (Filter(Operator.CONTAINS, "foo"), Filter(Operator.CONTAINS, "bar")))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ([("filter[field][exists]", "anything")], 'invalid boolean "anything"'),
        ([("filter[field][]", "rekt")], "empty operator"),
        ([("filter[field][wibble]", "x")], "unsupported operator"),
        ([("filter[field]gte", "x")], "malformed operator segment"),
        ([("filter[field][a][b]", "x")], "malformed operator segment"),
        ([("filter[at][oeq]", "2024-01-01T00:00:00Z")], "unsupported operator"),
        ([("filter[at][eq]", "not-a-date")], "not a time"),
        ([("filter[unknown][eq]", "x")], "unknown filter field: unknown"),
        ([("filter[zeta][eq]", "1"), ("filter[alpha]", "2")], "alpha, zeta"),
        ([("filter[.][eq]", "foo")], "unknown filter field"),
        ([("filter[field][eq]", "a"), ("filter[field][eq]", "b")], "repeated query parameter"),
        ([("filter[field][ocontains]", ",".join("a" * 51))], "too many comma-separated items"),
        ([("filter[field][contains]", "a" * 1025)], "value too long"),
    ],
)
def test_what_is_no_filter_in_the_address_is_refused(query: Any, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        parse(query, FIELDS)


def test_customers_are_made_changed_found_and_deleted(api: httpx.Client, contract: Contract) -> None:
    path, one = f"{ROOT}/customers", f"{ROOT}/customers/{{customerId}}"
    address = {"country": "DE", "postal_code": "10115", "phone_number": "+49"}
    body = {"key": "acme", "name": "Acme", "usage_attribution": {"subject_keys": ["a1"]}, "billing_address": address}
    made = contract(api.post(path, json=body), "POST", path)
    assert made["billing_address"] == address
    assert api.get("/api/v1/customers/acme").json()["billingAddress"]["postalCode"] == "10115"
    changed = contract(api.put(f"{path}/{made['id']}", json={"name": "Acme Inc", "currency": "EUR"}), "PUT", one)
    assert (changed["key"], changed["name"], changed["usage_attribution"]) == ("acme", "Acme Inc", {"subject_keys": []})
    page = contract(api.get(path, params={"filter[name][contains]": "INC", "sort": "created_at desc"}), "GET", path)
    assert [customer["id"] for customer in page["data"]] == [made["id"]]
    assert api.get(path, params={"filter[key]": "other"}).json()["data"] == []
    for wanted, count in (
        ("[contains]=x", 0),
        ("[exists]=false", 1),
        ("[nexists]=", 1),
        ("[neq]=x", 1),
        ("[gte]=x", 0),
    ):
        assert api.get(f"{path}?filter[primary_email]{wanted}").json()["meta"]["page"]["total"] == count
    assert api.post(path, json={"name": "No key"}).status_code == 400
    assert api.delete(f"{path}/{made['id']}").status_code == 204
    assert "deleted_at" in contract(api.get(f"{path}/{made['id']}"), "GET", one)


def test_features_are_made_listed_and_archived(metered: httpx.Client, contract: Contract) -> None:
    path, one = f"{ROOT}/features", f"{ROOT}/features/{{featureId}}"
    meter = metered.get(f"{METERS}/tokens").json()["id"]
    body = {"key": "gpt", "name": "GPT", "meter": {"id": meter, "filters": {"model": {"eq": "gpt"}}}}
    made = contract(metered.post(path, json=body), "POST", path)
    assert made["meter"] == body["meter"]
    assert contract(metered.get(path, params={"sort": "key"}), "GET", path)["data"] == [made]
    assert metered.delete(f"{path}/{made['id']}").status_code == 204
    assert metered.get(path).json()["data"] == []
    assert "deleted_at" in contract(metered.get(f"{path}/{made['id']}"), "GET", one)
    for wanted, status in (
        (f"filter[meter_id][oeq]={meter},{meter.lower()}", 200),
        ("filter[meter_id][oeq]=x,y", 400),
        ("filter[meter_id]=x", 400),
        ("filter[id]=x", 400),
        ("sort=id", 400),
    ):
        assert metered.get(f"{path}?{wanted}").status_code == status
    cost = {"unit_cost": {"type": "manual", "amount": "0.1"}}
    assert contract(metered.patch(f"{path}/{made['id']}", json=cost), "PATCH", one)["status"] == 404
