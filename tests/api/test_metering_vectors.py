"""Events and meters over HTTP answer as OpenMeter's own end-to-end tests say."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backend.api.v3.events import ORDERS
from backend.api.v3.meter_query import MeterQuery, exact_texts
from backend.api.v3.wire import Sort, read_sort
from backend.engine.filter import text_filter
from backend.errors import Invalid
from tests.engine.vectors import Case, cases

EVENTS, METERS = "/api/v1/events", "/api/v1/meters"
ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
NOW = datetime.now(UTC).replace(microsecond=0)


def event(number: int, **more: Any) -> dict[str, Any]:
    made = {"specversion": "1.0", "id": f"e{number}", "source": "app", "type": "request", "subject": "acme"}
    return made | {"time": (NOW - timedelta(minutes=number)).isoformat()} | more


def post(api: httpx.Client, body: Any, kind: str = ONE) -> int:
    content = body if isinstance(body, str) else json.dumps(body)
    return api.post(EVENTS, content=content, headers={"Content-Type": kind}).status_code


def meter(api: httpx.Client, aggregation: str, value: str | None = None) -> None:
    wanted = {"slug": "m", "aggregation": aggregation, "eventType": "request"}
    api.post(METERS, json=wanted | ({"valueProperty": value} if value else {})).raise_for_status()


def value(api: httpx.Client) -> Any:
    return [row["value"] for row in api.get(f"{METERS}/m/query").json()["data"]]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "ingest.http"))
def test_a_request_of_events_is_answered(api: httpx.Client, given: Case, expect: Case) -> None:
    if "meter" in given:
        meter(api, given["meter"]["aggregation"], given["meter"]["valueProperty"])
    body = [event(number) for number in range(given["count"])] if "count" in given else given.get("rawBody")
    assert post(api, body or event(0) | given.get("event", {}), given["contentType"]) == expect["status"]
    listed = api.get(EVENTS).json()
    if "stored" in expect:
        assert [found["event"]["id"] for found in listed] == [f"e{number}" for number in range(expect["stored"])]
    if expect.get("listedWithValidationErrorContaining"):
        assert expect["listedWithValidationErrorContaining"] in listed[0]["validationError"]


UNTOLD = ({"data": {"duration_ms": "a while"}}, {"datacontenttype": "application/xml", "data": {"duration_ms": 1}})
"""Two of the source's eight cases that its file does not tell: one is stored without a value, one is refused."""


def all_single_cases(api: httpx.Client, given: Case) -> None:
    """The cases above, one minute apart."""
    meter(api, "SUM", "$.duration_ms")
    singles = [case.values[0].get("event") for case in cases("meters", "ingest.http")]
    told = [single for single in singles if single is not None]
    for number, single in enumerate([*told, *UNTOLD]):
        post(api, event(number) | single)


def many_with_one_id(api: httpx.Client, given: Case) -> None:
    """The same event again and again, at random times."""
    meter(api, "COUNT")
    chance = random.Random(1)
    days = [NOW + timedelta(seconds=chance.randint(-30 * 86400, 30 * 86400)) for _ in range(given["count"])]
    same = {"id": given["id"], "source": given["source"]}
    assert post(api, [event(0, time=day.isoformat()) | same for day in days], MANY) == 204


@pytest.mark.parametrize(("given", "expect"), cases("meters", "ingest.scenario"))
def test_many_requests_come_to_one_number(api: httpx.Client, given: Case, expect: Case) -> None:
    (many_with_one_id if "count" in given else all_single_cases)(api, given)
    assert value(api) == [expect["meterValue"]]
    if "listedEvents" in expect:
        times = [found["event"]["time"] for found in api.get(EVENTS).json()]
        assert len(times) == expect["listedEvents"]
        assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(("given", "expect"), cases("meters", "query.http"))
def test_usage_is_answered_by_window(api: httpx.Client, given: Case, expect: Case) -> None:
    meter(api, "SUM", "$.value")
    start = datetime(2024, 5, 1, tzinfo=UTC)
    steps = {"t": timedelta(0), "t+1m": timedelta(minutes=1), "t+1h": timedelta(hours=1), "t+24h": timedelta(days=1)}
    sent = [
        event(0, id=f"{subject}{step}", subject=subject, time=(start + step).isoformat(), data={"value": 100})
        for subject in "abcde"
        for step in steps.values()
    ]
    assert post(api, sent, MANY) == 204
    rows = api.get(f"{METERS}/m/query", params={"windowSize": given["windowSize"]}).json()["data"]
    found = [(row["value"], datetime.fromisoformat(row["windowStart"]), row["groupBy"]) for row in rows]
    assert found == [(row["value"], start + steps[row["windowStart"]], expect["groupBy"]) for row in expect["rows"]]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "v3.granularity"))
def test_a_granularity_is_a_duration(given: Case, expect: Case) -> None:
    if expect["error"]:
        with pytest.raises(Invalid) as refused:
            MeterQuery.model_validate(given).from_wire()
        assert refused.value.issues[0].code == "invalid_window_size"
        return
    assert MeterQuery.model_validate(given).from_wire().window == expect["windowSize"]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "v3.idFilter"))
def test_owners_are_only_named(given: Case, expect: Case) -> None:
    def read() -> list[str]:
        return list(exact_texts(text_filter(given["filter"] or {}, "subject"), "subject"))

    if not expect["error"]:
        assert read() == expect["values"]
        return
    with pytest.raises(Invalid):
        read()


@pytest.mark.parametrize(("given", "expect"), cases("meters", "events.sort"))
def test_events_are_sorted(given: Case, expect: Case) -> None:
    usual = Sort("", descending=True)
    if "status" in expect:
        with pytest.raises(Invalid) as refused:
            read_sort(given["sort"], ORDERS, usual)
        assert [issue.field for issue in refused.value.issues] == [expect["invalidField"]]
        return
    direction = {"": True, "DESC": True, "ASC": False}
    assert read_sort(given["sort"], ORDERS, usual) == Sort(expect["field"], direction[expect["order"]])


@pytest.mark.parametrize(("given", "expect"), cases("meters", "events.listParams"))
def test_a_list_of_events_makes_sense(api: httpx.Client, given: Case, expect: Case) -> None:
    query = {}
    if "storedAt" in given:
        query["filter[stored_at][gte]"] = NOW.isoformat()
    if "sort" in given:
        query["sort"] = given["sort"]
    answer = api.get("/api/v3/openmeter/events", params=query)
    if "customerId" in given:
        answer = api.get("/api/v2/events", params={"filter": json.dumps({"customerId": given["customerId"]})})
    assert answer.status_code == (400 if expect["error"] else 200)


@pytest.mark.parametrize(("given", "expect"), cases("meters", "meters.listParams"))
def test_a_list_of_meters_makes_sense(api: httpx.Client, given: Case, expect: Case) -> None:
    assert api.get(METERS, params=given).status_code == (400 if expect["error"] else 200)
