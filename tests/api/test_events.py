"""Usage events over HTTP: acknowledged once they are on disk, refused with the place of the mistake."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from openmeter import Client
from openmeter.models import Event

from backend.access import service as access
from backend.access.models import Scope
from backend.infra.context import unit_of_work
from backend.ingest.cloudevents import MOST_BYTES, MOST_EVENTS
from tests.contract import Contract

URL = "/api/v1/events"
ONE, MANY, PLAIN = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"
EVENT: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "app", "type": "prompt", "subject": "acme"}


def post(api: httpx.Client, body: Any, kind: str = PLAIN) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.post(URL, content=content, headers={"Content-Type": kind})


def ids(api: httpx.Client, **query: Any) -> list[str]:
    return [item["event"]["id"] for item in api.get(URL, params=query).raise_for_status().json()]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (ONE, EVENT),
        (MANY, [EVENT]),
        (PLAIN, EVENT),
        (PLAIN, [EVENT]),
        ("application/json; charset=utf-8", EVENT),
        ("Application/CloudEvents+JSON;charset=UTF-8", EVENT),
    ],
)
def test_events_come_in_every_shape(api: httpx.Client, contract: Contract, kind: str, body: Any) -> None:
    answer = post(api, body, kind)
    assert answer.status_code == 204
    contract(answer, "POST", URL)
    assert ids(api) == ["1"]


def test_an_event_sent_again_is_acknowledged_and_counts_once(api: httpx.Client) -> None:
    for change in ({}, {"subject": "other", "type": "other", "data": {"n": 1}}):
        assert post(api, EVENT | change).status_code == 204
    assert [item["event"]["subject"] for item in api.get(URL).json()] == ["acme"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/cloudevents+xml", ""])
def test_other_content_types_are_refused(api: httpx.Client, contract: Contract, kind: str) -> None:
    problem = contract(post(api, EVENT, kind), "POST", URL)
    assert (problem["status"], problem["detail"]) == (400, f"invalid content type: {kind}")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"id": None}, "id"),
        ({"data": "text"}, "data"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"time": "noon"}, "time"),
        ({"specversion": "2.0"}, "specversion"),
    ],
)
def test_one_mistake_refuses_the_whole_request_and_is_named(
    api: httpx.Client, contract: Contract, change: dict[str, Any], field: str
) -> None:
    batch = [EVENT | {"id": str(number)} for number in range(5)]
    batch[3] |= change
    answer = post(api, batch, MANY)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = contract(answer, "POST", URL)
    assert problem["status"] == 400
    assert problem["detail"].startswith(f"events[3].{field}: ")
    assert problem["extensions"]["validationErrors"][0]["field"] == f"events[3].{field}"
    assert ids(api) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b'"text"', b"null"])
def test_what_is_not_an_event_is_refused(api: httpx.Client, body: bytes) -> None:
    assert post(api, body).status_code == 400


@pytest.mark.parametrize("data", [None, {}, {"tokens": None}, {"tokens": "many"}])
def test_data_that_cannot_be_counted_is_stored_all_the_same(api: httpx.Client, data: Any) -> None:
    assert post(api, EVENT | {"data": data}).status_code == 204
    assert ids(api) == ["1"]


def test_too_much_at_once_is_refused(api: httpx.Client) -> None:
    assert post(api, [EVENT] * (MOST_EVENTS + 1)).status_code == 413
    assert post(api, b" " * (MOST_BYTES + 1)).status_code == 413


def test_a_key_may_be_for_sending_only(server: str) -> None:
    with unit_of_work() as ctx:
        secrets = {scope: access.create_api_key(ctx, "k", scope)[1] for scope in Scope}
    answers = {}
    for scope, secret in secrets.items():
        with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {secret}"}) as client:
            answers[scope.value] = (post(client, EVENT).status_code, client.get(URL).status_code)
    assert answers == {"ingest": (204, 403), "read": (403, 200), "full": (204, 200)}
    with httpx.Client(base_url=server) as nobody:
        assert post(nobody, EVENT).status_code == 401


def test_a_listed_event_is_as_it_was_sent(api: httpx.Client, contract: Contract) -> None:
    customer = api.post("/api/v1/customers", json={"name": "Acme", "key": "acme"}).json()
    api.post("/api/v1/meters", json={"slug": "calls", "aggregation": "COUNT", "eventType": "prompt"})
    time = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    number = "12345678901234567890.10"
    sent = json.dumps(EVENT | {"time": time.isoformat(), "data": {"n": "N"}}).replace('"N"', number)
    assert post(api, sent.encode()).status_code == 204
    answer = api.get(URL)
    (item,) = contract(answer, "GET", URL)
    assert f'"data":{{"n": {number}}}' in answer.text
    assert {key: item["event"][key] for key in EVENT} == EVENT
    assert item["event"]["time"] == time.isoformat().replace("+00:00", "Z")
    assert item["customerId"] == customer["id"]
    assert "validationError" not in item


def test_a_listed_event_says_why_it_does_not_count(api: httpx.Client, contract: Contract) -> None:
    post(api, EVENT)
    (item,) = contract(api.get(URL), "GET", URL)
    assert "no meter found for event type: prompt" in item["validationError"]
    assert "no customer found for event subject: acme" in item["validationError"]


def test_lists_are_filtered(api: httpx.Client) -> None:
    customer = api.post("/api/v1/customers", json={"name": "Globex", "key": "globex"}).json()
    now = datetime.now(UTC).replace(microsecond=0)
    for number, subject in enumerate(("acme", "globex", "acme")):
        time = (now - timedelta(hours=number)).isoformat()
        assert post(api, EVENT | {"id": f"order-{number}", "subject": subject, "time": time}).status_code == 204
    hour_ago = (now - timedelta(hours=1)).isoformat()
    assert ids(api) == ["order-0", "order-1", "order-2"]
    assert ids(api, limit=1) == ["order-0"]
    assert ids(api, id="er-2") == ["order-2"]
    assert ids(api, id="ER-2") == []
    assert ids(api, subject="acme") == ["order-0", "order-2"]
    assert ids(api, customerId=[customer["id"]]) == ["order-1"]
    assert ids(api, **{"from": hour_ago}) == ["order-0", "order-1"]
    assert ids(api, to=hour_ago) == ["order-1", "order-2"]
    assert ids(api, ingestedAtTo=hour_ago) == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 101},
        {"limit": 0},
        {"from": "2001-01-01T00:00:00Z"},
        {"from": "soon"},
        {"from": "2100-01-02T00:00:00Z", "to": "2100-01-01T00:00:00Z"},
        {"ingestedAtFrom": "2100-01-02T00:00:00Z", "ingestedAtTo": "2100-01-01T00:00:00Z"},
        {"clientId": ""},
        {"customerId": "01J0000000000000000000000Z"},
    ],
)
def test_a_listing_that_makes_no_sense_is_refused(api: httpx.Client, contract: Contract, query: dict[str, Any]) -> None:
    assert contract(api.get(URL, params=query), "GET", URL)["status"] == 400


def test_the_sdk_sends_and_lists_events(sdk: Client) -> None:
    now = datetime.now(UTC).replace(microsecond=0)

    def event(number: int) -> Event:
        return Event(
            id=str(number), source="sdk", specversion="1.0", type="prompt", subject="acme", time=now, data={"n": number}
        )

    sdk.events.ingest_event(event(1))
    sdk.events.ingest_events([event(2), event(3)])
    sdk.events.ingest_events_json(event(4))
    listed = {item.event.id: item.event for item in sdk.events.list()}
    assert sorted(listed) == ["1", "2", "3", "4"]
    assert (listed["3"].time, listed["3"].data) == (now, {"n": 3})
