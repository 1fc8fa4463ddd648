"""Events of version 2: every filter, page by page, the same on both databases."""

import json
from itertools import chain
from typing import Any

import httpx
import pytest

from tests.contract import Contract

PATH = "/api/v2/events"


def event(number: int, subject: str, **more: Any) -> dict[str, Any]:
    made = {"specversion": "1.0", "id": f"e_{number}", "source": "App", "type": "prompt", "subject": subject}
    return made | {"time": f"2026-03-0{number % 3 + 1}T00:00:00Z"} | more


EVENTS = [event(number, ["acme", "Globex", "50%_off"][number % 3]) for number in range(9)]
EVENTS.append(event(9, "acme", source="billing", type="refund"))


@pytest.fixture
def sent(api: httpx.Client) -> httpx.Client:
    assert api.post("/api/v1/events", json=EVENTS).status_code == 204
    return api


def found(api: httpx.Client, **wanted: Any) -> set[str]:
    answer = api.get(PATH, params={"filter": json.dumps(wanted)})
    assert answer.status_code == 200, answer.text
    return {item["event"]["id"] for item in answer.json()["items"]}


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, range(10)),
        ({"id": {"$eq": "e_1"}}, [1]),
        ({"id": {"$in": ["e_1", "e_2", "x"]}}, [1, 2]),
        ({"subject": {"$ne": "acme"}}, [1, 2, 4, 5, 7, 8]),
        ({"subject": {"$like": "globex"}}, []),
        ({"subject": {"$like": "Glo%"}}, [1, 4, 7]),
        ({"subject": {"$ilike": "glo%"}}, [1, 4, 7]),
        ({"subject": {"$nilike": "glo%"}}, [0, 2, 3, 5, 6, 8, 9]),
        ({"subject": {"$nlike": "glo%"}}, range(10)),
        ({"subject": {"$like": "50\\%\\_%"}}, [2, 5, 8]),
        ({"subject": {"$like": "Glo%\\"}}, []),
        ({"subject": {"$nilike": "\\%\\"}}, range(10)),
        ({"subject": {"$contains": "%_O"}}, [2, 5, 8]),
        ({"subject": {"$ncontains": "CME"}}, [1, 2, 4, 5, 7, 8]),
        ({"subject": {"$gt": "Globex"}}, [0, 3, 6, 9]),
        ({"subject": {"$lte": "Globex"}}, [1, 2, 4, 5, 7, 8]),
        ({"subject": {"$exists": False}}, []),
        ({"source": {"$nin": ["App"]}, "type": {"$eq": "refund"}}, [9]),
        ({"id": {"$or": [{"$eq": "e_1"}, {"$eq": "e_9"}]}}, [1, 9]),
        ({"time": {"$gte": "2026-03-02T00:00:00Z"}}, [1, 2, 4, 5, 7, 8]),
        ({"time": {"$and": [{"$gt": "2026-03-01T00:00:00Z"}, {"$lt": "2026-03-03T00:00:00+00:00"}]}}, [1, 4, 7]),
        ({"ingestedAt": {"$lt": "2020-01-01T00:00:00Z"}}, []),
    ],
)
def test_events_are_found_by_filters(sent: httpx.Client, wanted: Any, numbers: Any) -> None:
    assert found(sent, **wanted) == {f"e_{number}" for number in numbers}


def test_pages_follow_each_other_until_the_last(sent: httpx.Client, contract: Contract) -> None:
    pages, cursor = [], {}
    while True:
        answer = sent.get(PATH, params={"limit": 3} | cursor)
        body = contract(answer, "GET", PATH)
        pages.append([item["event"]["id"] for item in body["items"]])
        if "nextCursor" not in body:
            break
        cursor = {"cursor": body["nextCursor"]}
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert sorted(chain.from_iterable(pages)) == [f"e_{number}" for number in range(10)]
    times = {made["id"]: made["time"] for made in EVENTS}
    assert [times[id_] for id_ in chain.from_iterable(pages)] == sorted(times.values(), reverse=True)


def test_events_of_a_customer_are_those_of_its_key_and_subjects(sent: httpx.Client) -> None:
    customer = {"name": "Acme", "key": "acme", "usageAttribution": {"subjectKeys": ["Globex"]}}
    made = sent.post("/api/v1/customers", json=customer).json()
    assert found(sent, customerId={"$in": [made["id"]]}) == {f"e_{number}" for number in (0, 1, 3, 4, 6, 7, 9)}


@pytest.mark.parametrize(
    "wanted",
    [
        "nonsense",
        "[]",
        {"subject": {"$eq": ""}},
        {"subject": {"$eq": "a", "$ne": "b"}},
        {"subject": {"$and": [{"$or": [{"$eq": "a"}]}]}},
        {"customerId": {"$eq": "01G65Z755AFWAKHE12NY0CQ9FH"}},
        {"customerId": {"$in": ["01G65Z755AFWAKHE12NY0CQ9FH"]}},
        {"customerId": {"$in": []}},
        {"stored": {"$eq": "a"}},
        {"time": {"$eq": "2026-01-01T00:00:00Z"}},
    ],
)
def test_what_is_no_filter_is_refused(api: httpx.Client, contract: Contract, wanted: Any) -> None:
    text = wanted if isinstance(wanted, str) else json.dumps(wanted)
    answer = api.get(PATH, params={"filter": text})
    assert answer.status_code == 400, answer.text
    contract(answer, "GET", PATH)


@pytest.mark.parametrize("cursor", ["nonsense", "MjAyNg==", "MjAyNi0wMS0wMVQwMDowMDowMCxh"])
def test_a_cursor_of_others_is_refused(api: httpx.Client, cursor: str) -> None:
    assert api.get(PATH, params={"cursor": cursor}).status_code == 400


def test_dimensions_are_filtered_in_advanced_ways(api: httpx.Client, contract: Contract) -> None:
    meter = {
        "slug": "m",
        "eventType": "prompt",
        "aggregation": "COUNT",
        "groupBy": {"model": "$.model", "kind": "$.kind"},
    }
    api.post("/api/v1/meters", json=meter).raise_for_status()
    data = [{"model": "gpt-4"}, {"model": "gpt-4o", "kind": "in"}, {"model": "claude", "kind": "out"}, {}]
    api.post(
        "/api/v1/events", json=[event(n, "acme", data=part) | {"time": None} for n, part in enumerate(data)]
    ).raise_for_status()
    path = "/api/v1/meters/m/query"

    def value(filters: Any) -> Any:
        both = [
            api.post(path, json={"advancedMeterGroupByFilters": filters}),
            api.get(path, params={"advancedMeterGroupByFilters": json.dumps(filters)}),
        ]
        rows = [contract(answer, "GET", "/api/v1/meters/{meterIdOrSlug}/query")["data"] for answer in both]
        assert [row["value"] for row in rows[0]] == [row["value"] for row in rows[1]]
        return sum(row["value"] for row in rows[0])

    assert value({"model": {"$like": "gpt%"}}) == 2
    assert value({"model": {"$like": "gpt%"}, "kind": {"$exists": True}}) == 1
    assert value({"model": {"$or": [{"$eq": "claude"}, {"$and": [{"$gt": "gpt"}, {"$ne": "gpt-4"}]}]}}) == 2
    assert value({"model": {"$and": []}}) == 4
    for filters in (
        {"other": {"$eq": "a"}},
        {"model": {"$eq": ""}},
        {"model": {"$or": [{"$or": [{"$or": [{"$eq": "a"}]}]}]}},
    ):
        assert api.post(path, json={"advancedMeterGroupByFilters": filters}).status_code == 400
    both = {"advancedMeterGroupByFilters": {"model": {"$eq": "a"}}, "filterGroupBy": {"model": ["a"]}}
    assert api.post(path, json=both).status_code == 400
    values = "/api/v1/meters/{meterIdOrSlug}/group-by/{groupByKey}/values"
    assert contract(api.get("/api/v1/meters/m/group-by/model/values"), "GET", values) == ["claude", "gpt-4", "gpt-4o"]
    assert api.get("/api/v1/meters/m/group-by/model/values?search=4O").json() == ["gpt-4o"]
    assert api.get("/api/v1/meters/m/group-by/other/values").status_code == 400
    assert api.get("/api/v1/meters/m/group-by/model/values?from=2020-01-01T00:00:00Z").status_code == 400
