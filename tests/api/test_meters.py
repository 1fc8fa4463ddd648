"""Meters and usage over HTTP: OpenMeter's SDK and document agree with every answer."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from corehttp.exceptions import ResourceExistsError, ResourceNotFoundError
from openmeter import Client
from openmeter.models import MeterCreate, MeterQueryRequest, MeterUpdate

from tests.contract import Contract

ALL, ONE = "/api/v1/meters", "/api/v1/meters/{meterIdOrSlug}"
TOKENS: dict[str, Any] = {
    "slug": "tokens",
    "name": "Tokens",
    "description": "What language models read and write",
    "metadata": {"team": "ai"},
    "aggregation": "SUM",
    "eventType": "prompt",
    "eventFrom": "2026-01-01T00:00:00Z",
    "valueProperty": "$.tokens",
    "groupBy": {"model": "$.model", "kind": "$.kind"},
}
USAGE = (
    ("2026-03-01T10:00:30Z", "acme", {"tokens": 0.1, "model": "gpt", "kind": "in"}),
    ("2026-03-01T10:20:00Z", "acme", {"tokens": "0.2", "model": "gpt", "kind": "out"}),
    ("2026-03-01T11:00:00Z", "globex", {"tokens": 5, "model": "claude", "kind": "in"}),
    ("2026-04-01T00:00:00Z", "acme", {"tokens": 1000, "model": "gpt", "kind": "in"}),
)
MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}


@pytest.fixture
def metered(api: httpx.Client) -> httpx.Client:
    """An API with a meter and some usage."""
    api.post(ALL, json=TOKENS).raise_for_status()
    events = [
        {
            "specversion": "1.0",
            "id": str(n),
            "source": "t",
            "type": "prompt",
            "time": time,
            "subject": who,
            "data": data,
        }
        for n, (time, who, data) in enumerate(USAGE)
    ]
    api.post("/api/v1/events", json=events).raise_for_status()
    return api


def ask(api: httpx.Client, contract: Contract, **query: Any) -> list[Any]:
    rows: list[Any] = contract(api.get(f"{ALL}/tokens/query", params=MARCH | query), "GET", f"{ONE}/query")["data"]
    return rows


def test_a_meter_travels_whole(api: httpx.Client, contract: Contract) -> None:
    created = contract(api.post(ALL, json=TOKENS), "POST", ALL)
    assert TOKENS.items() <= created.items()
    for name in ("tokens", created["id"]):
        assert contract(api.get(f"{ALL}/{name}"), "GET", ONE) == created
    assert contract(api.get(ALL), "GET", ALL) == [created]


def test_a_meter_is_renamed_and_deleted(api: httpx.Client, contract: Contract) -> None:
    created = api.post(ALL, json=TOKENS).json()
    changed = contract(api.put(f"{ALL}/tokens", json={"name": "T", "groupBy": {"x": "$.x"}}), "PUT", ONE)
    assert (changed["name"], changed["groupBy"], changed["slug"]) == ("T", {"x": "$.x"}, "tokens")
    assert "description" not in changed
    for _ in range(2):
        contract(api.delete(f"{ALL}/{created['id']}"), "DELETE", ONE)
    assert contract(api.get(f"{ALL}/tokens"), "GET", ONE)["status"] == 404
    assert api.get(ALL).json() == []
    assert [meter["slug"] for meter in api.get(ALL, params={"includeDeleted": True}).json()] == ["tokens"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "No Slug"}, "slug"),
        ({"aggregation": "MEDIAN"}, "aggregation"),
        ({"aggregation": "COUNT"}, "valueProperty"),
        ({"valueProperty": None}, "valueProperty"),
        ({"valueProperty": "tokens"}, "valueProperty"),
        ({"eventType": ""}, "eventType"),
        ({"groupBy": {"a-b": "$.a"}}, "groupBy.a-b"),
        ({"eventFrom": "2026-01-01T00:00:00"}, "eventFrom"),
    ],
)
def test_a_mistake_is_named(api: httpx.Client, contract: Contract, change: dict[str, Any], field: str) -> None:
    problem = contract(api.post(ALL, json=TOKENS | change), "POST", ALL)
    assert (problem["status"], problem["extensions"]["validationErrors"][0]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ({}, ["a", "b", "c"]),
        ({"order": "DESC", "orderBy": "key"}, ["c", "b", "a"]),
        ({"orderBy": "name"}, ["c", "b", "a"]),
        ({"orderBy": "createdAt"}, ["b", "c", "a"]),
        ({"pageSize": 2, "page": 2}, ["c"]),
    ],
)
def test_lists_are_sorted_and_paged(
    api: httpx.Client, contract: Contract, query: dict[str, Any], slugs: list[str]
) -> None:
    for slug, name in (("b", "Yak"), ("c", "Ant"), ("a", "Zebra")):
        api.post(ALL, json=TOKENS | {"slug": slug, "name": name}).raise_for_status()
    assert [meter["slug"] for meter in contract(api.get(ALL, params=query), "GET", ALL)] == slugs


def test_usage_is_exact_and_echoes_the_question(metered: httpx.Client, contract: Contract) -> None:
    answer = metered.get(f"{ALL}/tokens/query", params=MARCH | {"windowSize": "HOUR", "subject": "acme"})
    assert '"value":0.3,' in answer.text
    assert contract(answer, "GET", f"{ONE}/query") == MARCH | {
        "windowSize": "HOUR",
        "data": [
            {
                "value": 0.3,
                "windowStart": "2026-03-01T10:00:00Z",
                "windowEnd": "2026-03-01T11:00:00Z",
                "subject": "acme",
                "groupBy": {},
            }
        ],
    }


def test_usage_is_grouped_and_filtered(metered: httpx.Client, contract: Contract) -> None:
    def pairs(**query: Any) -> list[tuple[Any, ...]]:
        rows = ask(metered, contract, **query)
        return [(*([row["subject"]] if row["subject"] else []), *row["groupBy"].values(), row["value"]) for row in rows]

    assert pairs() == [(5.3,)]
    assert pairs(groupBy=["model", "kind"]) == [("claude", "in", 5), ("gpt", "in", 0.1), ("gpt", "out", 0.2)]
    assert pairs(groupBy="subject") == [("acme", 0.3), ("globex", 5)]
    assert pairs(subject=["acme", "nobody"]) == [("acme", 0.3)]
    assert pairs(**{"filterGroupBy[model]": "gpt", "filterGroupBy[kind]": "out"}) == [(0.2,)]
    assert pairs(**{"filterGroupBy[model]": ["gpt", "claude"]}) == [(5.3,)]
    assert pairs(windowSize="MONTH", windowTimeZone="Asia/Tokyo") == [(5.3,)]


def test_usage_of_customers(metered: httpx.Client, contract: Contract) -> None:
    acme = metered.post("/api/v1/customers", json={"name": "Acme", "key": "acme"}).json()["id"]
    (row,) = ask(metered, contract, filterCustomerId=acme, groupBy="customer_id")
    assert (row["customerId"], row["subject"], row["value"]) == (acme, None, 0.3)
    unknown = metered.get(f"{ALL}/tokens/query", params={"filterCustomerId": "01J0000000000000000000000Z"})
    assert contract(unknown, "GET", f"{ONE}/query")["status"] == 404


def test_a_question_in_a_body_filters_by_several_values(metered: httpx.Client, contract: Contract) -> None:
    body = MARCH | {"filterGroupBy": {"model": ["gpt", "claude"], "kind": ["in"]}, "groupBy": ["model"]}
    answer = contract(metered.post(f"{ALL}/tokens/query", json=body), "POST", f"{ONE}/query")
    assert [(row["groupBy"]["model"], row["value"]) for row in answer["data"]] == [("claude", 5), ("gpt", 0.1)]


@pytest.mark.parametrize(
    "query",
    [
        {"from": MARCH["to"]},
        {"windowSize": "SECOND"},
        {"windowTimeZone": "Mars/Olympus"},
        {"windowTimeZone": "../../etc/passwd"},
        {"groupBy": "color"},
        {"groupBy": "customer_id"},
        {"filterGroupBy[color]": "red"},
        {"filterGroupBy": "{'model': 'gpt'}"},
        {"subject": ["x"] * 101},
        {"advancedMeterGroupByFilters": '{"color": {"$eq": "red"}}'},
        {"advancedMeterGroupByFilters": "nonsense"},
        {"from": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    metered: httpx.Client, contract: Contract, query: dict[str, Any]
) -> None:
    answer = metered.get(f"{ALL}/tokens/query", params=MARCH | query)
    assert contract(answer, "GET", f"{ONE}/query")["status"] == 400


def test_usage_as_a_table(metered: httpx.Client, contract: Contract) -> None:
    query = MARCH | {"windowSize": "DAY", "groupBy": ["subject", "model"]}
    answer = metered.get(f"{ALL}/tokens/query", params=query, headers={"Accept": "text/csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="tokens.csv"'
    assert answer.headers["content-type"] == "text/csv"
    assert contract(answer, "GET", f"{ONE}/query").splitlines() == [
        "window_start,window_end,subject,model,value",
        "2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,acme,gpt,0.300000",
        "2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,globex,claude,5.000000",
    ]


def test_a_table_names_the_customers_asked_about_behind_the_groups(metered: httpx.Client) -> None:
    acme = metered.post("/api/v1/customers", json={"name": "Acme", "key": "acme"}).json()["id"]
    query = MARCH | {"groupBy": "model", "filterCustomerId": acme}
    answer = metered.get(f"{ALL}/tokens/query", params=query, headers={"Accept": "text/csv"})
    assert answer.text.splitlines() == [
        "window_start,window_end,model,customer_id,value",
        f"2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,gpt,{acme},0.300000",
    ]


def test_the_usage_of_a_deleted_customer_cannot_be_asked_for(metered: httpx.Client, contract: Contract) -> None:
    acme = metered.post("/api/v1/customers", json={"name": "Acme", "key": "acme"}).json()["id"]
    assert metered.delete(f"/api/v1/customers/{acme}").status_code == 204
    answer = metered.get(f"{ALL}/tokens/query", params=MARCH | {"filterCustomerId": acme})
    assert contract(answer, "GET", f"{ONE}/query")["status"] == 404
    body = {"filters": {"dimensions": {"customer_id": {"eq": acme}}}}
    assert metered.post("/api/v3/openmeter/meters/tokens/query", json=body).status_code == 404


def test_one_sum_stands_between_the_very_instants_asked_for(metered: httpx.Client, contract: Contract) -> None:
    asked = {"from": "2026-03-01T00:00:00.250000Z", "to": "2026-03-31T23:59:59.750000Z"}
    (row,) = contract(metered.get(f"{ALL}/tokens/query", params=asked), "GET", f"{ONE}/query")["data"]
    assert (row["windowStart"], row["windowEnd"], row["value"]) == (asked["from"], asked["to"], 5.3)


def test_the_subjects_of_a_meter(metered: httpx.Client, contract: Contract) -> None:
    path = f"{ONE}/subjects"
    assert contract(metered.get(f"{ALL}/tokens/subjects"), "GET", path) == ["acme", "globex"]
    april = {"from": MARCH["to"]}
    assert contract(metered.get(f"{ALL}/tokens/subjects", params=april), "GET", path) == ["acme"]


def test_an_unknown_meter_is_not_found(api: httpx.Client, contract: Contract) -> None:
    for path in ("", "/query", "/subjects"):
        assert contract(api.get(f"{ALL}/unknown{path}"), "GET", ONE + path)["status"] == 404


def test_a_meter_that_a_feature_needs_stays_as_it_is(metered: httpx.Client, contract: Contract) -> None:
    feature = {"key": "gpt", "name": "GPT", "meterSlug": "tokens", "meterGroupByFilters": {"model": "gpt"}}
    metered.post("/api/v1/features", json=feature).raise_for_status()
    kept = {"groupBy": {"model": "$.model"}}
    assert contract(metered.put(f"{ALL}/tokens", json={"name": "T"}), "PUT", ONE)["status"] == 409
    assert contract(metered.delete(f"{ALL}/tokens"), "DELETE", ONE)["status"] == 409
    assert contract(metered.put(f"{ALL}/tokens", json=kept), "PUT", ONE)["groupBy"] == kept["groupBy"]


def test_the_sdk_manages_and_queries_meters(sdk: Client, metered: httpx.Client) -> None:
    created = sdk.meters.create(MeterCreate(slug="calls", aggregation="COUNT", event_type="prompt"))
    assert sdk.meters.get("calls").id == created.id
    with pytest.raises(ResourceExistsError):
        sdk.meters.create(MeterCreate(slug="calls", aggregation="COUNT", event_type="prompt"))
    assert sdk.meters.update("calls", MeterUpdate(name="Calls")).name == "Calls"
    assert {meter.slug for meter in sdk.meters.list()} == {"calls", "tokens"}
    since = datetime(2026, 3, 1, tzinfo=UTC)
    rows = sdk.meters.query_json("calls", from_parameter=since, window_size="DAY", group_by=["subject"]).data
    assert [(row.subject, row.value) for row in rows] == [("acme", 2.0), ("globex", 1.0), ("acme", 1.0)]
    asked = MeterQueryRequest(filter_group_by={"model": ["claude"]})
    assert [row.value for row in sdk.meters.query("tokens", asked).data] == [5.0]
    assert sdk.meters.list_subjects("calls") == ["acme", "globex"]
    table = sdk.meters.query_csv("calls")
    assert (table if isinstance(table, str) else b"".join(table).decode()).startswith("window_start,window_end,value")
    sdk.meters.delete("calls")
    with pytest.raises(ResourceNotFoundError):
        sdk.meters.get("calls")
