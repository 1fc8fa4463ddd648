"""What no honest client sends: every such request is a 400 that says why, and none is half believed."""

import base64
import json
from typing import Any

import httpx
import pytest

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}


def refused(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), answer.text
    detail: str = answer.json()["detail"]
    return detail


@pytest.mark.parametrize("text", [r"\u0000", r"a\u0000b", r"\ud800", r"\uDC00\uD800", r"\udfff"])
@pytest.mark.parametrize(
    "body", ['{"name": "%s", "key": "acme"}', '{"name": "Acme", "key": "acme", "metadata": {"%s": ""}}']
)
def test_text_that_cannot_be_kept_is_refused(api: httpx.Client, text: str, body: str) -> None:
    assert "cannot be kept" in refused(api.post("/api/v1/customers", content=body % text, headers=JSON))


def test_text_that_only_looks_like_an_escape_is_kept(api: httpx.Client) -> None:
    name = r"C:\u0000 \ud800 and a whole 😀"
    body = json.dumps({"name": name, "key": "acme"})
    assert r"\ud83d\ude00" in body
    assert api.post("/api/v1/customers", content=body, headers=JSON).json()["name"] == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-le"])
def test_json_is_utf_8(api: httpx.Client, encoding: str) -> None:
    body = json.dumps({"name": "Acme", "key": "acme"}).encode(encoding)
    refused(api.post("/api/v1/customers", content=body, headers=JSON))


@pytest.mark.parametrize("body", ["1.5", "1e99999999", "7", '"text"', "[]", "true"])
def test_only_an_object_is_an_object(api: httpx.Client, body: str) -> None:
    made = api.post("/api/v1/meters", json={"slug": "calls", "aggregation": "COUNT", "eventType": "call"})
    assert made.status_code == 201
    refused(api.put("/api/v1/meters/calls", content=body, headers=JSON))
    assert api.get("/api/v1/meters/calls").json()["updatedAt"] == made.json()["updatedAt"]


@pytest.mark.parametrize("cadence", ["P99999999Y", "P9999999999999999999Y", f"P{'9' * 5000}D"])
def test_a_duration_beyond_the_calendar_is_refused(api: httpx.Client, cadence: str) -> None:
    phase: dict[str, Any] = {"key": "main", "name": "Main", "duration": cadence, "rateCards": []}
    plan = {"key": "pro", "name": "Pro", "currency": "USD", "billingCadence": "P1M", "phases": [phase]}
    assert "phases[0].duration" in refused(api.post("/api/v1/plans", json=plan))


def _plan(config: str) -> dict[str, Any]:
    """A plan of version 1 that includes a configuration."""
    template = {"type": "static", "config": config}
    card = {"type": "flat_fee", "key": "calls", "name": "Calls", "featureKey": "calls", "entitlementTemplate": template}
    phases = [{"key": "main", "name": "Main", "rateCards": [card]}]
    return {"key": "pro", "name": "Pro", "currency": "USD", "billingCadence": "P1M", "phases": phases}


@pytest.mark.parametrize(
    "config", ["", "[]", "{", '{"a": NaN}', '{"a": -Infinity}', "[" * 100_000, '{"a":' * 40 + "1" + "}" * 40]
)
def test_a_configuration_that_not_every_program_can_read_is_refused(api: httpx.Client, config: str) -> None:
    assert api.post("/api/v1/features", json={"key": "calls", "name": "Calls"}).status_code == 201
    refused(api.post("/api/v1/plans", json=_plan(config)))


def test_thousands_of_faults_are_told_without_delay(api: httpx.Client) -> None:
    phase = {"name": "x", "duration": "P1M", "rate_cards": [{"key": "", "nmae": "x"}] * 500}
    phases: list[dict[str, Any]] = [{**phase, "key": f"x{number}"} for number in range(8)]
    del phases[-1]["duration"]
    body = {"name": "Pro", "key": "pro", "currency": "USD", "billing_cadence": "P1M", "phases": phases}
    answer = api.post("/api/v3/openmeter/plans", json=body, timeout=20)
    assert refused(answer)
    assert len(answer.json()["invalid_parameters"]) == 4 * 4_000


def test_a_plan_has_no_more_parts_than_anybody_sells(api: httpx.Client) -> None:
    card = {"type": "flat_fee", "key": "fee", "name": "Fee", "billingCadence": None}
    tier = {"upToAmount": "1", "unitPrice": {"type": "unit", "amount": "1"}}
    tiered = {"type": "usage_based", "key": "use", "name": "Use", "billingCadence": "P1M"}
    prices = {"type": "tiered", "mode": "graduated", "tiers": [tier] * 1001}

    def plan(phases: int, *cards: Any) -> dict[str, Any]:
        made = [
            {"key": f"p{number}", "name": "Phase", "duration": "P1M", "rateCards": cards} for number in range(phases)
        ]
        return {"key": "pro", "name": "Pro", "currency": "USD", "billingCadence": "P1M", "phases": made}

    assert "phases" in refused(api.post("/api/v1/plans", json=plan(101)))
    assert "phases[0].rateCards" in refused(api.post("/api/v1/plans", json=plan(1, *[card] * 501)))
    assert "tiers" in refused(api.post("/api/v1/plans", json=plan(1, {**tiered, "price": prices})))
    assert "phases" in refused(api.post("/api/v3/openmeter/plans", json={**plan(101), "billing_cadence": "P1M"}))


@pytest.mark.parametrize("text", [r"\u0000", r"\ud800"])
@pytest.mark.parametrize("written", ['{"subject": {"$eq": "%s"}}', '{"customerId": {"$in": ["%s"]}}', '{"%s": {}}'])
def test_a_filter_holds_only_text_that_can_be_kept(api: httpx.Client, text: str, written: str) -> None:
    refused(api.get("/api/v2/events", params={"filter": written % text}))


def test_a_dimension_is_named_by_text_that_can_be_kept(api: httpx.Client) -> None:
    meter = {"slug": "calls", "eventType": "call", "aggregation": "COUNT"}
    assert api.post("/api/v1/meters", json=meter).status_code == 201
    filters = r'{"\ud800": {"$eq": "a"}}'
    refused(api.get("/api/v1/meters/calls/query", params={"advancedMeterGroupByFilters": filters}))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("place", ["v2/events?cursor", "v3/openmeter/events?page[after]"])
def test_a_cursor_beyond_the_calendar_is_refused(api: httpx.Client, place: str, at: str) -> None:
    cursor = base64.urlsafe_b64encode(f"{at},01J0000000000000000000000A".encode()).decode().replace("=", "%3D")
    refused(api.get(f"/api/{place}={cursor}"))


def test_the_values_of_a_dimension_end_with_the_calendar(api: httpx.Client) -> None:
    meter = {"slug": "calls", "eventType": "call", "aggregation": "COUNT", "groupBy": {"model": "$.model"}}
    assert api.post("/api/v1/meters", json=meter).status_code == 201
    refused(api.get("/api/v1/meters/calls/group-by/model/values?from=9999-12-31T23:59:59Z"))


def test_a_filter_joins_no_more_than_a_database_compares(api: httpx.Client) -> None:
    joined = [{"$ne": str(number)} for number in range(1200)]
    assert "at most 100" in refused(api.get("/api/v2/events", params={"filter": json.dumps({"id": {"$and": joined}})}))


@pytest.mark.parametrize("zone", ["localtime", "Factory"])
def test_a_zone_is_not_the_servers_own(api: httpx.Client, zone: str) -> None:
    meter = {"slug": "calls", "eventType": "call", "aggregation": "COUNT"}
    assert api.post("/api/v1/meters", json=meter).status_code == 201
    refused(api.get("/api/v1/meters/calls/query", params={"windowTimeZone": zone}))
