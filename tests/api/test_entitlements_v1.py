"""Entitlements by subject, and lists of all of them, over HTTP (version 1) and against the published contract."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from openmeter import Client

from tests.api.conftest import Use
from tests.api.test_entitlements import METERED, ago
from tests.contract import Contract

PATH = "/api/v1/subjects/{subjectIdOrKey}/entitlements"
ONE = f"{PATH}/{{entitlementId}}"
EITHER = f"{PATH}/{{entitlementIdOrFeatureKey}}"
OWN = "/api/v1/subjects/acme_eu/entitlements"


def grant(**more: Any) -> dict[str, Any]:
    return {"amount": 10, "effectiveAt": ago().isoformat(), "expiration": {"duration": "MONTH", "count": 1}} | more


@pytest.mark.usefixtures("quota_shop")
def test_a_quota_of_a_subject_lives(api: httpx.Client, contract: Contract, use_tokens: Use) -> None:
    body = METERED | {"issueAfterReset": 100, "isUnlimited": True, "isSoftLimit": True}
    made = contract(api.post(OWN, json=body), "POST", PATH)
    assert (made["subjectKey"], made["isUnlimited"], made["issueAfterReset"]) == ("acme_eu", False, 100)
    assert contract(api.get(f"{OWN}/{made['id']}"), "GET", ONE) == made
    assert contract(api.get(OWN), "GET", PATH) == [made]
    assert (
        contract(api.get(f"/api/v1/entitlements/{made['id']}"), "GET", "/api/v1/entitlements/{entitlementId}") == made
    )
    use_tokens(104)
    value = contract(api.get(f"{OWN}/tokens/value"), "GET", f"{EITHER}/value")
    assert value == {
        "hasAccess": True,
        "balance": 0,
        "usage": 104,
        "overage": 4,
        "totalAvailableGrantAmount": 100,
    }
    added = contract(
        api.post(f"{OWN}/{made['id']}/grants", json=grant(metadata={"a": "b"})), "POST", f"{EITHER}/grants"
    )
    assert (added["maxRolloverAmount"], added["metadata"], "priority" in added) == (0, {"a": "b"}, False)
    value = api.get(f"{OWN}/tokens/value").json()
    assert (value["balance"], value["overage"], value["totalAvailableGrantAmount"]) == (6, 0, 110)
    listed = api.get(f"{OWN}/tokens/grants", params={"orderBy": "createdAt"}).json()
    assert [found["amount"] for found in listed] == [100, 10]
    history = api.get(f"{OWN}/{made['id']}/history", params={"windowSize": "HOUR"})
    found = contract(history, "GET", f"{ONE}/history")
    assert sum(segment["usage"] for segment in found["burndownHistory"]) == 104
    assert api.post(f"{OWN}/{made['id']}/reset").status_code == 400, "it began this very minute"
    override = contract(api.put(f"{OWN}/tokens/override", json=METERED), "PUT", f"{EITHER}/override")
    assert api.get(OWN).json() == [override]
    assert api.delete(f"{OWN}/{override['id']}").status_code == 204
    assert api.get(OWN).json() == []
    assert len(api.get(OWN, params={"includeDeleted": True}).json()) == 2
    assert api.get(f"{OWN}/tokens/value").json() == {"hasAccess": False}


@pytest.mark.usefixtures("quota_shop")
def test_what_version_1_asks_for(api: httpx.Client) -> None:
    assert api.post(OWN, json=METERED | {"issue": {"amount": 1}}).status_code == 400
    assert api.post(OWN, json=METERED | {"grants": []}).status_code == 400
    api.post(OWN, json=METERED)
    lasting = grant()
    del lasting["expiration"]
    assert api.post(f"{OWN}/tokens/grants", json=lasting).status_code == 400
    assert api.post("/api/v1/subjects/nobody/entitlements", json=METERED).status_code == 404


@pytest.mark.usefixtures("quota_shop")
def test_a_deleted_subject_keeps_its_entitlements_and_gets_no_new_ones(api: httpx.Client) -> None:
    subject = api.post("/api/v1/subjects", json=[{"key": "acme_eu"}]).json()[0]
    assert api.post(f"/api/v1/subjects/{subject['id']}/entitlements", json=METERED).status_code == 201
    assert api.delete("/api/v1/subjects/acme_eu").status_code == 204
    assert api.get(f"{OWN}/tokens/value").json()["hasAccess"] is False
    assert api.get(f"{OWN}/tokens/value").json()["balance"] == 0
    assert api.post(OWN, json={"type": "boolean", "featureKey": "sso"}).status_code == 412


@pytest.mark.usefixtures("quota_shop")
def test_a_customer_with_entitlements_stays(api: httpx.Client) -> None:
    made = api.post(OWN, json=METERED).json()
    refused = api.delete("/api/v1/customers/acme")
    assert (refused.status_code, "entitlement to tokens" in refused.json()["detail"]) == (409, True)
    api.delete(f"{OWN}/{made['id']}")
    assert api.delete("/api/v1/customers/acme").status_code == 204
    assert api.delete("/api/v1/customers/acme").status_code == 404
    assert api.get(f"{OWN}/tokens/value").status_code == 412


@pytest.mark.usefixtures("quota_shop")
def test_version_1_writes_a_grant_that_lasts_as_a_hundred_years(api: httpx.Client, contract: Contract) -> None:
    api.post(OWN, json=METERED | {"issueAfterReset": 5})
    [issued] = contract(api.get(f"{OWN}/tokens/grants"), "GET", f"{EITHER}/grants")
    assert (issued["expiration"], "expiresAt" in issued) == ({"duration": "YEAR", "count": 100}, False)
    assert contract(api.get("/api/v1/grants", params={"page": 1}), "GET", "/api/v1/grants")["items"] == [issued]
    [same] = api.get("/api/v2/grants").json()["items"]
    assert "expiration" not in same


@pytest.mark.usefixtures("quota_shop")
def test_the_sdk_lists_everything(sdk: Client, api: httpx.Client) -> None:
    api.post(OWN, json=METERED | {"issueAfterReset": 5})
    api.post(OWN, json={"type": "boolean", "featureKey": "sso"})
    api.post(f"{OWN}/tokens/grants", json=grant())
    assert [found["featureKey"] for found in sdk.entitlements.list()] == ["tokens", "sso"]
    assert [found["featureKey"] for found in sdk.entitlements.list(subject=["acme"], limit=1, offset=1)] == ["sso"]
    paged = sdk.entitlements.list(page=1, page_size=1, entitlement_type=["metered"], exclude_inactive=True)
    assert (paged["totalCount"], [found["featureKey"] for found in paged["items"]]) == (1, ["tokens"])
    assert [found["amount"] for found in sdk.grants.list(feature=["tokens"], subject=["acme_eu"])] == [5, 10]
    assert sdk.grants.list(page=2, page_size=1, order="DESC")["items"][0]["amount"] == 5
    assert sdk.grants.list(subject=["nobody"]) == []


@pytest.mark.usefixtures("quota_shop")
def test_a_grant_can_be_voided_ahead_of_time(api: httpx.Client) -> None:
    api.post(OWN, json=METERED)
    added = api.post(f"{OWN}/tokens/grants", json=grant()).json()
    path, later = f"/api/v1/grants/{added['id']}", datetime.now(UTC) + timedelta(days=1)
    assert api.delete(path, params={"at": ago(days=2).isoformat()}).status_code == 400
    assert api.delete(path, params={"at": later.isoformat()}).status_code == 204
    assert api.get(f"{OWN}/tokens/value").json()["balance"] == 10
    assert api.get(f"{OWN}/tokens/value", params={"time": later.isoformat()}).json()["balance"] == 0
    assert api.delete(path).status_code == 400


@pytest.mark.usefixtures("quota_shop")
def test_version_3_tells_access_of_one_and_of_many(api: httpx.Client, contract: Contract, use_tokens: Use) -> None:
    static = {"type": "static", "featureKey": "limits", "config": '{"seats": 5}'}
    for body in (METERED | {"issueAfterReset": 5}, static):
        assert api.post(OWN, json=body).status_code == 201
    use_tokens(5)
    api.post("/api/v1/customers", json={"name": "Globex", "key": "globex"})
    acme = api.get("/api/v1/customers/acme").json()["id"]
    path = "/openmeter/customers/{customerId}/entitlement-access"
    listed = contract(api.get(f"/api/v3/openmeter/customers/{acme}/entitlement-access"), "GET", f"/api/v3{path}")
    assert listed["data"] == [
        {"type": "static", "feature_key": "limits", "has_access": True, "config": '{"seats": 5}'},
        {"type": "metered", "feature_key": "tokens", "has_access": False},
    ]
    query = "/api/v3/openmeter/entitlement-access/query"
    asked = {"customer": {"keys": ["globex", "acme_eu", "nobody", "acme"]}, "feature": {"keys": ["tokens", "x"]}}
    found = contract(api.post(query, json=asked), "POST", query)
    acme_found, globex = found["data"]
    assert (acme_found["matched"], globex["matched"]) == (["acme_eu", "acme"], ["globex"])
    codes = {key: answer["reason"]["code"] for key, answer in acme_found["features"].items()}
    assert codes == {"tokens": "usage_limit_reached", "x": "feature_not_found"}
    assert globex["features"]["tokens"]["reason"]["code"] == "feature_unavailable"
    assert [(error["code"], error["customer"]) for error in found["errors"]] == [("customer_not_found", "nobody")]
    del asked["feature"]
    first = api.post(query, json=asked, params={"page[size]": 1}).json()
    assert set(first["data"][0]["features"]) == {"tokens", "sso", "limits"}
    second = api.post(first["meta"]["page"]["next"], json=asked).json()
    assert [one["customer"]["key"] for one in second["data"]] == ["globex"]
    assert second["meta"]["page"]["next"] is None
    back = api.post(second["meta"]["page"]["previous"], json=asked).json()
    assert [one["customer"]["key"] for one in back["data"]] == ["acme"]
    assert api.post(query, json={"customer": {"keys": []}}).status_code == 400
    assert api.post(query, json=asked | {"include_credits": True}).status_code == 400
    [wrong] = contract(api.post(query, json=asked, params={"page[after]": "x"}), "POST", query)["invalid_parameters"]
    assert (wrong["field"], wrong["source"]) == ("page[after]", "query")


@pytest.mark.usefixtures("quota_shop")
def test_what_a_subscription_manages_changes_with_it_alone(api: httpx.Client) -> None:
    card = {
        "type": "usage_based",
        "key": "tokens",
        "name": "Tokens",
        "featureKey": "tokens",
        "billingCadence": "P1M",
        "price": {"type": "unit", "amount": "0.01"},
        "entitlementTemplate": {"type": "metered", "issueAfterReset": 100, "isSoftLimit": True},
    }
    phase = {"key": "main", "name": "Main", "duration": None, "rateCards": [card]}
    plan = {"key": "pro", "name": "Pro", "currency": "USD", "billingCadence": "P1M", "phases": [phase]}
    made = api.post("/api/v1/plans", json=plan)
    assert made.status_code == 201, made.text
    assert api.post(f"/api/v1/plans/{made.json()['id']}/publish").status_code == 200
    bought = api.post("/api/v1/subscriptions", json={"customerKey": "acme", "plan": {"key": "pro"}})
    assert bought.status_code == 201, bought.text
    held = api.get(f"{OWN}/tokens").json()
    assert held["annotations"] == {"subscription.id": bought.json()["id"]}
    assert api.delete(f"{OWN}/{held['id']}").status_code == 403
    assert api.put(f"{OWN}/tokens/override", json=METERED).status_code == 403
    assert api.post(OWN, json=METERED).json()["extensions"]["conflictingEntityId"] == held["id"]
    assert api.post(f"{OWN}/tokens/grants", json=grant()).status_code == 201
    assert api.get(f"{OWN}/tokens/value").json()["balance"] == 110
