"""Reservations over HTTP: what a program sends before and after it serves a request, and what it is told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from backend.catalog.service import features
from backend.catalog.templates import BooleanTemplate, MeteredTemplate
from backend.catalog.terms import FeatureInput
from backend.engine.recurrence import MONTH
from backend.entitlements import service
from backend.entitlements.service import EntitlementInput
from backend.infra.context import unit_of_work
from tests.shop import customer, tokens_feature

ACME = "/api/v1/customers/acme"
RESERVATIONS = f"{ACME}/entitlements/tokens/reservations"
PROBLEM = "application/problem+json"


@pytest.fixture
def quota(api: httpx.Client) -> httpx.Client:
    """The customer `acme` may use 10 tokens a month, measured since an hour ago."""
    with unit_of_work() as ctx:
        tokens, sso = tokens_feature(ctx), features.create(ctx, FeatureInput("sso", "SSO"))
        acme = customer(ctx)
        since = ctx.now - timedelta(hours=1)
        wanted = EntitlementInput(acme.id, tokens, MeteredTemplate(Decimal(10)), since, usage_period=MONTH)
        service.create(ctx, wanted)
        service.create(ctx, EntitlementInput(acme.id, sso, BooleanTemplate(), since))
    return api


def value(api: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{ACME}/entitlements/tokens/value").json()
    return found


def test_reserve_and_commit(quota: httpx.Client) -> None:
    asked = {"amount": 2.5, "ttl": "PT1M", "idempotencyKey": "request-1"}
    answer = quota.post(RESERVATIONS, json=asked)
    made = answer.json()
    assert answer.status_code == 201
    assert (
        made.items()
        >= {
            "featureKey": "tokens",
            "idempotencyKey": "request-1",
            "outcome": "granted",
            "status": "held",
            "amount": 2.5,
            "granted": 2.5,
            "overage": 0,
            "balance": 7.5,
        }.items()
    )
    assert value(quota) == {
        "hasAccess": True,
        "balance": 7.5,
        "reserved": 2.5,
        "usage": 0,
        "overage": 0,
        "totalAvailableGrantAmount": 10,
    }
    again = quota.post(RESERVATIONS, json=asked)
    assert (again.status_code, again.json()) == (201, made)
    place = f"{RESERVATIONS}/{made['id']}"
    committed = quota.post(f"{place}/commit", json={"amount": 2, "event": {"data": {"model": "mini"}}})
    assert committed.status_code == 200
    assert committed.json() == made | {
        "status": "committed",
        "committedAt": committed.json()["committedAt"],
        "committedAmount": 2,
        "committedOverage": 0,
        "event": {"id": made["id"], "source": "meterline/reservations"},
    }
    assert quota.get(place).json() == committed.json()
    [row] = quota.get("/api/v1/meters/tokens/query?groupBy=model").json()["data"]
    assert (row["value"], row["groupBy"]) == (2, {"model": "mini"})
    assert (value(quota)["usage"], value(quota)["balance"], "reserved" in value(quota)) == (2, 8, False)


def test_a_refusal_tells_what_is_left(quota: httpx.Client) -> None:
    refused = quota.post(RESERVATIONS, json={"amount": 11})
    assert (refused.status_code, refused.json()) == (
        200,
        {"outcome": "refused", "amount": 11, "granted": 0, "overage": 0, "balance": 10},
    )
    partly = quota.post(RESERVATIONS, json={"amount": 11, "allowPartial": True})
    assert (partly.status_code, partly.json()["outcome"], partly.json()["granted"]) == (201, "partly_granted", 10)
    assert not value(quota)["hasAccess"]
    assert not quota.get(f"{ACME}/access").json()["entitlements"]["tokens"]["hasAccess"]


def test_release_without_a_body_and_commit_without_a_body(quota: httpx.Client) -> None:
    first, second = (quota.post(RESERVATIONS, json={"amount": 1}).json() for _ in range(2))
    assert quota.post(f"{RESERVATIONS}/{first['id']}/release").json()["status"] == "released"
    assert quota.post(f"{RESERVATIONS}/{first['id']}/release").status_code == 200
    assert quota.post(f"{RESERVATIONS}/{second['id']}/commit").json()["committedAmount"] == 1
    for place in (f"{first['id']}/commit", f"{second['id']}/release"):
        refused = quota.post(f"{RESERVATIONS}/{place}")
        assert (refused.status_code, refused.headers["content-type"]) == (409, PROBLEM)


def test_lists_are_paged_and_chosen_by_status(quota: httpx.Client) -> None:
    ids = [quota.post(RESERVATIONS, json={"amount": 1, "ttl": 3600}).json()["id"] for _ in range(3)]
    quota.post(f"{RESERVATIONS}/{ids[0]}/release")
    page = quota.get(RESERVATIONS, params={"status": "held", "pageSize": 1, "page": 2}).json()
    assert (page["totalCount"], [item["id"] for item in page["items"]]) == (2, [ids[1]])
    assert quota.get(RESERVATIONS).json()["totalCount"] == 3
    both = quota.get(RESERVATIONS, params={"status": ["released", "expired"]}).json()
    assert [item["id"] for item in both["items"]] == [ids[0]]
    assert quota.get(RESERVATIONS, params={"status": "lost"}).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 1e60}, "amount"),
        ({"amount": 1, "ttl": 0}, "ttl"),
        ({"amount": 1, "ttl": 604801}, "ttl"),
        ({"amount": 1, "ttl": 1e300}, "ttl"),
        ({"amount": 1, "ttl": "P8D"}, "ttl"),
        ({"amount": 1, "ttl": "-PT5S"}, "ttl"),
        ({"amount": 1, "ttl": "PT0.5S"}, "ttl"),
        ({"amount": 1, "ttl": "P99999999Y"}, "ttl"),
        ({"amount": 1, "ttl": "soon"}, "ttl"),
        ({"amount": 1, "ttl": None}, "ttl"),
        ({"amount": 1, "ttl": True}, "ttl"),
        ({"amount": 1, "idempotencyKey": ""}, "idempotencyKey"),
        ({"amount": 1, "idempotencyKey": "k" * 257}, "idempotencyKey"),
        ({"amount": 1, "allowPartial": "perhaps"}, "allowPartial"),
        ({"amount": 1, "priority": 1}, "priority"),
    ],
)
def test_bad_requests_name_the_field_and_hold_nothing(quota: httpx.Client, body: dict[str, Any], field: str) -> None:
    refused = quota.post(RESERVATIONS, json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (400, PROBLEM), refused.text
    assert field in {issue["field"] for issue in refused.json()["extensions"]["validationErrors"]}
    assert quota.get(RESERVATIONS).json()["totalCount"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": -1}, "amount"),
        ({"amount": "many"}, "amount"),
        ({"event": {"subject": "globex"}}, "event.subject"),
        ({"event": {"time": "2099-01-01T00:00:00Z"}}, "event.time"),
        ({"event": {"time": "2001-01-01T00:00:00Z"}}, "event.time"),
        ({"event": {"data": {"tokens": 9}}}, "event.data"),
        ({"event": {"data": [1]}}, "event.data"),
        ({"event": {"id": ""}}, "event.id"),
        ({"event": {"type": "prompt"}}, "event.type"),
    ],
)
def test_a_bad_commit_leaves_the_hold_as_it_was(quota: httpx.Client, body: dict[str, Any], field: str) -> None:
    made = quota.post(RESERVATIONS, json={"amount": 1}).json()
    refused = quota.post(f"{RESERVATIONS}/{made['id']}/commit", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (400, PROBLEM), refused.text
    assert field in {issue["field"] for issue in refused.json()["extensions"]["validationErrors"]}
    assert quota.get(f"{RESERVATIONS}/{made['id']}").json() == made


def test_another_body_under_the_same_key_is_a_conflict(quota: httpx.Client) -> None:
    made = quota.post(RESERVATIONS, json={"amount": 1, "idempotencyKey": "k"}).json()
    refused = quota.post(RESERVATIONS, json={"amount": 2, "idempotencyKey": "k"})
    assert (refused.status_code, refused.json()["extensions"]) == (409, {"conflictingEntityId": made["id"]})


def test_what_there_is_nothing_to_reserve_of(quota: httpx.Client) -> None:
    for place, status in (
        (f"{ACME}/entitlements/sso/reservations", 400),
        (f"{ACME}/entitlements/unknown/reservations", 404),
        (f"{ACME}/entitlements/{'x' * 65}/reservations", 400),
        ("/api/v1/customers/unknown/entitlements/tokens/reservations", 404),
    ):
        refused = quota.post(place, json={"amount": 1})
        assert (refused.status_code, refused.headers["content-type"]) == (status, PROBLEM)
    assert quota.get(f"{RESERVATIONS}/unknown").status_code == 404
    assert quota.post(f"{RESERVATIONS}/unknown/commit").status_code == 404
    assert quota.post(f"{RESERVATIONS}/unknown/release").status_code == 404


def test_the_documentation_describes_reservations(server: str) -> None:
    paths = httpx.get(f"{server}/api/openapi.json", timeout=60).json()["paths"]
    place = "/api/v1/customers/{customerIdOrKey}/entitlements/{featureKey}/reservations"
    assert {path: set(paths[path]) for path in paths if path.startswith(place)} == {
        place: {"get", "post"},
        f"{place}/{{reservationId}}": {"get"},
        f"{place}/{{reservationId}}/commit": {"post"},
        f"{place}/{{reservationId}}/release": {"post"},
    }
    assert {"200", "201"} <= set(paths[place]["post"]["responses"])
