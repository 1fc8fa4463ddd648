"""Entitlements of a customer over HTTP, with the official SDK and against the published contract (version 2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from corehttp.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from openmeter import Client
from openmeter.models import (
    EntitlementBooleanCreateInputs,
    EntitlementGrantCreateInputV2,
    EntitlementMeteredV2CreateInputs,
    EntitlementStaticCreateInputs,
    ExpirationPeriod,
    RecurringPeriodCreateInput,
    ResetEntitlementUsageInput,
)

from tests.api.conftest import Use
from tests.contract import Contract

OWN = "/api/v2/customers/acme/entitlements"
PATH = "/api/v2/customers/{customerIdOrKey}/entitlements"
ONE = f"{PATH}/{{entitlementIdOrFeatureKey}}"
METERED: dict[str, Any] = {"type": "metered", "featureKey": "tokens", "usagePeriod": {"interval": "MONTH"}}


def ago(**length: float) -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(**length)


def metered(**more: Any) -> EntitlementMeteredV2CreateInputs:
    return EntitlementMeteredV2CreateInputs(
        type="metered", feature_key="tokens", usage_period=RecurringPeriodCreateInput(interval="MONTH"), **more
    )


@pytest.mark.usefixtures("quota_shop")
def test_the_sdk_lives_with_a_quota(sdk: Client, use_tokens: Use) -> None:
    made = sdk.customer_entitlements_v2.post("acme", metered(issue={"amount": 100, "priority": 3}))
    assert (made["customerKey"], made["featureKey"]) == ("acme", "tokens")
    assert made["issue"] == {"amount": 100, "priority": 3}
    assert sdk.customer_entitlements_v2.get("acme", "tokens") == sdk.customer_entitlements_v2.get("acme", made["id"])
    assert sdk.entitlements_v2.get(made["id"]) == made

    issued = sdk.customer_entitlement_v2.get_grants("acme", "tokens").items_property[0]
    assert (issued.amount, issued.priority, issued.min_rollover_amount, issued.max_rollover_amount) == (
        100,
        3,
        100,
        100,
    )
    assert issued.annotations == {"issueAfterReset": True}

    use_tokens(30)
    use_tokens(15, subject="acme_eu")
    value = sdk.customer_entitlement_v2.get_customer_entitlement_value("acme", "tokens")
    assert (value.has_access, value.balance, value.usage, value.overage) == (True, 55, 45, 0)
    assert (value.total_available_grant_amount, value["grantBalances"]) == (100, {issued.id: 55})

    added = sdk.customer_entitlement_v2.create_customer_entitlement_grant(
        "acme",
        "tokens",
        EntitlementGrantCreateInputV2(
            amount=20,
            effective_at=datetime.now(UTC),
            priority=1,
            expiration=ExpirationPeriod(duration="DAY", count=2),
            recurrence=RecurringPeriodCreateInput(interval="DAY"),
        ),
    )
    assert added.expires_at - added.effective_at == timedelta(days=2)
    assert added.next_recurrence - added.effective_at == timedelta(days=1)
    assert (added.max_rollover_amount, added.min_rollover_amount) == (20, 0)
    assert sdk.customer_entitlement_v2.get_customer_entitlement_value("acme", made["id"]).balance == 75
    listed = sdk.grants_v2.list(feature=["tokens"], customer=["acme"], order_by="id")
    assert [grant.id for grant in listed.items_property] == sorted([issued.id, added.id])

    sdk.grants.delete(added.id)
    with pytest.raises(HttpResponseError, match="already voided"):
        sdk.grants.delete(added.id)
    assert sdk.customer_entitlement.get_customer_entitlement_value("acme", "tokens").balance == 55

    history = sdk.customer_entitlement_v2.get_customer_entitlement_history("acme", "tokens", window_size="HOUR")
    assert sum(segment.usage for segment in history.burndown_history) == 45
    sdk.customer_entitlements_v2.delete("acme", "tokens")
    assert sdk.customer_entitlement.get_customer_entitlement_value("acme", "tokens").has_access is False
    with pytest.raises(ResourceNotFoundError):
        sdk.customer_entitlements_v2.get("acme", "tokens")
    with pytest.raises(ResourceNotFoundError):
        sdk.grants.delete("01G65Z755AFWAKHE12NY0CQ9FH")


@pytest.mark.usefixtures("quota_shop")
def test_plain_access_and_configurations(sdk: Client) -> None:
    sdk.customer_entitlements_v2.post("acme", EntitlementBooleanCreateInputs(type="boolean", feature_key="sso"))
    static = EntitlementStaticCreateInputs(type="static", feature_key="limits", config='{"seats": 5}')
    made = sdk.customer_entitlements_v2.post("acme", static)
    assert made["config"] == '{"seats": 5}'
    assert sdk.customer_entitlement_v2.get_customer_entitlement_value("acme", "limits").config == '{"seats": 5}'
    access = sdk.customer.get_customer_access("acme").entitlements
    assert {key: value["hasAccess"] for key, value in access.items()} == {"sso": True, "limits": True}
    with pytest.raises(ResourceExistsError) as refused:
        sdk.customer_entitlements_v2.post("acme", static)
    assert refused.value.response.json()["extensions"]["conflictingEntityId"] == made["id"]


@pytest.mark.usefixtures("quota_shop")
def test_usage_is_measured_from_the_past_and_reset_once_a_minute(sdk: Client, use_tokens: Use) -> None:
    start = ago(days=3)
    use_tokens(70, start + timedelta(hours=1))
    use_tokens(50, start + timedelta(days=1))
    quota = metered(measure_usage_from=start, issue={"amount": 100}, preserve_overage_at_reset=True)
    sdk.customer_entitlements_v2.post("acme", quota)

    def value(**query: Any) -> Any:
        return sdk.customer_entitlement_v2.get_customer_entitlement_value("acme", "tokens", **query)

    # the quota is issued when the current usage period starts, here at the creation; it pays earlier overage first
    assert (value().balance, value().usage, value().overage) == (0, 0, 20)

    def reset(**input_: Any) -> None:
        wanted = ResetEntitlementUsageInput(**input_)
        sdk.customer_entitlement_v2.reset_customer_entitlement("acme", "tokens", wanted)

    with pytest.raises(HttpResponseError, match="in the future"):
        reset(effective_at=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(HttpResponseError, match="before current usage period start"):
        reset(effective_at=start - timedelta(minutes=1))


def test_resets_start_new_periods(quota_shop: httpx.Client, use_tokens: Use) -> None:
    start = ago(days=3)
    body = METERED | {"usagePeriod": {"interval": "MONTH", "anchor": start.isoformat()}, "issueAfterReset": 100}
    body |= {"measureUsageFrom": "CURRENT_PERIOD_START"}
    made = quota_shop.post(OWN, json=body).json()
    assert made["measureUsageFrom"] == made["currentUsagePeriod"]["from"] == start.isoformat().replace("+00:00", "Z")
    use_tokens(70, start + timedelta(hours=1))
    use_tokens(50, start + timedelta(days=1))
    use_tokens(5, start + timedelta(days=2))
    assert value_of(quota_shop)["balance"] == 0
    assert value_of(quota_shop, time=(start + timedelta(hours=2)).isoformat()) == {"hasAccess": False}

    def reset(**input_: Any) -> httpx.Response:
        return quota_shop.post(f"{OWN}/tokens/reset", json=input_)

    second = (start + timedelta(days=1, hours=12)).isoformat()
    assert reset(effectiveAt=second, retainAnchor=True).status_code == 204
    refused = reset(effectiveAt=second)
    assert (refused.status_code, "must be after last reset" in refused.json()["detail"]) == (400, True)
    found = value_of(quota_shop)
    assert (found["balance"], found["usage"], found["overage"]) == (95, 5, 0)
    current = quota_shop.get(f"{OWN}/tokens").json()
    assert current["lastReset"] == current["currentUsagePeriod"]["from"]
    assert current["usagePeriod"]["anchor"] == made["usagePeriod"]["anchor"]

    history = quota_shop.get(
        f"{OWN}/tokens/history", params={"windowSize": "DAY", "from": made["measureUsageFrom"]}
    ).json()
    assert sum(window["usage"] for window in history["windowedHistory"]) <= 125
    assert [segment["usage"] for segment in history["burndownHistory"]][:1] == [120]
    assert quota_shop.get(f"{OWN}/tokens/history", params={"windowSize": "MONTH"}).status_code == 400
    early = {"windowSize": "DAY", "from": (start - timedelta(days=2)).isoformat()}
    assert quota_shop.get(f"{OWN}/tokens/history", params=early).status_code == 400


def value_of(api: httpx.Client, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{OWN}/tokens/value", params=query).json()
    return found


def test_answers_follow_the_contract(quota_shop: httpx.Client, contract: Contract, use_tokens: Use) -> None:
    grant = {"amount": 10, "effectiveAt": ago().isoformat(), "metadata": {"order": "7"}, "annotations": {"by": "test"}}
    body = METERED | {"metadata": {"team": "x"}, "grants": [grant, grant | {"priority": 5, "minRolloverAmount": 2}]}
    made = contract(quota_shop.post(OWN, json=body), "POST", PATH)
    assert made["metadata"] == {"team": "x"}
    assert "issue" not in made
    contract(quota_shop.get(f"{OWN}/tokens"), "GET", ONE)
    page = contract(quota_shop.get(OWN, params={"pageSize": 1}), "GET", PATH)
    assert (page["totalCount"], page["page"], page["pageSize"]) == (1, 1, 1)
    use_tokens(3)
    value = contract(quota_shop.get(f"{OWN}/tokens/value"), "GET", f"{ONE}/value")
    assert (value["balance"], sorted(value["grantBalances"].values())) == (17, [7, 10])
    listed = contract(quota_shop.get(f"{OWN}/tokens/grants"), "GET", f"{ONE}/grants")
    assert sorted(found["maxRolloverAmount"] for found in listed["items"]) == [10, 10]
    added = contract(quota_shop.post(f"{OWN}/tokens/grants", json=grant), "POST", f"{ONE}/grants")
    assert (added["metadata"], added["annotations"]) == ({"order": "7"}, {"by": "test"})
    contract(quota_shop.get(f"{OWN}/tokens/history", params={"windowSize": "DAY"}), "GET", f"{ONE}/history")
    contract(quota_shop.get("/api/v2/entitlements"), "GET", "/api/v2/entitlements")
    contract(quota_shop.get(f"/api/v2/entitlements/{made['id']}"), "GET", "/api/v2/entitlements/{entitlementId}")
    contract(quota_shop.get("/api/v2/grants"), "GET", "/api/v2/grants")
    override = contract(quota_shop.put(f"{OWN}/tokens/override", json=METERED), "PUT", f"{ONE}/override")
    assert override["id"] != made["id"]
    assert quota_shop.get(f"/api/v2/entitlements/{made['id']}").json()["activeTo"] == override["activeFrom"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"featureKey": "sso"}, "featureKey"),
        ({"featureKey": None}, "featureKey"),
        ({"usagePeriod": {"interval": "PT59M"}}, "usagePeriod.interval"),
        ({"usagePeriod": {"interval": "FORTNIGHT"}}, "usagePeriod.interval"),
        ({"usagePeriod": {"interval": "P0D"}}, "usagePeriod.interval"),
        ({"usagePeriod": {"interval": "MONTH", "anchor": "yesterday"}}, "usagePeriod.anchor"),
        ({"issueAfterResetPriority": 3}, "issueAfterResetPriority"),
        ({"issueAfterReset": 10, "issueAfterResetPriority": 256}, "issueAfterResetPriority"),
        ({"issueAfterReset": -1}, "issueAfterReset"),
        ({"issueAfterReset": 1, "issue": {"amount": 1}}, "issue"),
        ({"issue": {"amount": 1}, "grants": [{"amount": 1, "effectiveAt": "2040-01-01T00:00:00Z"}]}, "grants"),
        ({"grants": [{"amount": 0, "effectiveAt": "2040-01-01T00:00:00Z"}]}, "grants[0].amount"),
        ({"grants": [{"amount": 1, "effectiveAt": "2020-01-01T00:00:00Z"}]}, "grants[0].effectiveAt"),
        ({"config": "{}"}, "config"),
        ({"measureUsageFrom": "LATER"}, "measureUsageFrom"),
        ({"measureUsageFrom": "2026-01-01T00:00:00"}, "measureUsageFrom"),
        ({"measureUsageFrom": "1900-01-01T00:00:00Z", "usagePeriod": {"interval": "DAY"}}, "measureUsageFrom"),
        ({"type": "boolean", "issueAfterReset": 1}, "issueAfterReset"),
        ({"type": "static", "config": "[1]"}, "config"),
        ({"type": "static", "config": "{"}, "config"),
        ({"type": "static"}, "config"),
        ({"type": "unlimited"}, ""),
    ],
)
def test_what_no_entitlement_can_be(quota_shop: httpx.Client, changes: dict[str, Any], field: str) -> None:
    refused = quota_shop.post(OWN, json=METERED | changes)
    assert refused.status_code == 400
    issues = refused.json()["extensions"]["validationErrors"]
    assert {issue["field"] for issue in issues} == {field}, issues
    assert quota_shop.get(OWN).json()["totalCount"] == 0


def test_what_is_not_there(quota_shop: httpx.Client) -> None:
    assert quota_shop.post("/api/v2/customers/nobody/entitlements", json=METERED).status_code == 404
    assert quota_shop.post(OWN, json=METERED | {"featureKey": "nothing"}).status_code == 404
    quota_shop.delete("/api/v1/features/limits")
    assert quota_shop.post(OWN, json={"type": "boolean", "featureKey": "limits"}).status_code == 404
    assert quota_shop.get(f"{OWN}/tokens").status_code == 404
    assert quota_shop.get(f"{OWN}/tokens/value").status_code == 404
    assert quota_shop.get("/api/v1/customers/acme/entitlements/tokens/value").json() == {"hasAccess": False}
    gone = quota_shop.post("/api/v1/customers", json={"name": "Gone", "key": "gone"}).json()["id"]
    quota_shop.delete("/api/v1/customers/gone")
    assert quota_shop.post(f"/api/v2/customers/{gone}/entitlements", json=METERED).status_code == 412


def test_measuring_cannot_start_before_the_calendar(quota_shop: httpx.Client) -> None:
    assert quota_shop.post(OWN, json=METERED | {"measureUsageFrom": "0001-01-01T00:00:00Z"}).status_code == 400


@pytest.mark.parametrize("time", ["9998-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "noon"])
def test_nobody_waits_for_a_value_of_the_far_future(quota_shop: httpx.Client, time: str) -> None:
    quota_shop.post(OWN, json=METERED | {"usagePeriod": {"interval": "PT1H"}})
    assert quota_shop.get(f"{OWN}/tokens/value", params={"time": time}).status_code == 400
    history = {"windowSize": "DAY", "from": "9990-01-01T00:00:00Z", "to": "9990-01-02T00:00:00Z"}
    assert quota_shop.get(f"{OWN}/tokens/history", params=history).status_code == 400


def test_annotations_come_back_as_they_were(quota_shop: httpx.Client) -> None:
    grant = {"amount": 1, "effectiveAt": datetime.now(UTC).isoformat()}
    kept = {"order": {"number": 7, "urgent": True, "parts": ["a", None]}}
    made = quota_shop.post(OWN, json=METERED | {"grants": [grant | {"annotations": kept}]})
    assert made.status_code == 201
    assert quota_shop.get(f"{OWN}/tokens/grants").json()["items"][0]["annotations"] == kept
    assert quota_shop.post(f"{OWN}/tokens/grants", json=grant | {"annotations": {"a": [1.5]}}).status_code == 400


def test_only_quotas_have_grants_resets_and_histories(quota_shop: httpx.Client) -> None:
    quota_shop.post(OWN, json={"type": "boolean", "featureKey": "sso"})
    grant = {"amount": 1, "effectiveAt": datetime.now(UTC).isoformat()}
    assert quota_shop.post(f"{OWN}/sso/grants", json=grant).status_code == 400
    assert quota_shop.post(f"{OWN}/sso/reset", json={}).status_code == 400
    assert quota_shop.get(f"{OWN}/sso/history", params={"windowSize": "DAY"}).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": "NaN"},
        {"priority": 0},
        {"priority": 256},
        {"effectiveAt": "2020-01-01T00:00:00Z"},
        {"expiration": {"duration": "DAY", "count": 0}},
        {"expiration": {"duration": "DAY", "count": 1001}},
        {"expiration": {"duration": "MINUTE", "count": 1}},
        {"expiration": {"duration": "YEAR", "count": 1000}, "effectiveAt": "9990-01-01T00:00:00Z"},
        {"recurrence": {"interval": "PT1S"}},
        {"recurrence": {"interval": "-P1D"}},
        {"maxRolloverAmount": -1},
        {"minRolloverAmount": -1},
        {"unknown": 1},
    ],
)
def test_what_no_grant_can_be(quota_shop: httpx.Client, changes: dict[str, Any]) -> None:
    quota_shop.post(OWN, json=METERED)
    grant = {"amount": 1, "effectiveAt": datetime.now(UTC).isoformat()}
    refused = quota_shop.post(f"{OWN}/tokens/grants", json=grant | changes)
    assert refused.status_code == 400
    assert quota_shop.get(f"{OWN}/tokens/grants").json()["totalCount"] == 0


def test_a_meter_stays_while_somebody_is_entitled_to_its_usage(quota_shop: httpx.Client) -> None:
    made = quota_shop.post(OWN, json=METERED).json()
    quota_shop.delete("/api/v1/features/tokens")
    refused = quota_shop.delete("/api/v1/meters/tokens")
    assert (refused.status_code, refused.json()["extensions"]["conflictingEntityId"]) == (409, made["id"])
    assert quota_shop.get(f"{OWN}/tokens/value").json()["usage"] == 0
    quota_shop.delete(f"{OWN}/tokens")
    assert quota_shop.delete("/api/v1/meters/tokens").status_code == 204


def test_an_override_keeps_customer_and_feature(quota_shop: httpx.Client) -> None:
    made = quota_shop.post(OWN, json={"type": "boolean", "featureKey": "sso"}).json()
    other = {"type": "boolean", "featureKey": "limits"}
    assert quota_shop.put(f"{OWN}/sso/override", json=other).status_code == 400
    static = {"type": "static", "featureKey": "sso", "config": "{}"}
    replaced = quota_shop.put(f"{OWN}/{made['id']}/override", json=static).json()
    assert quota_shop.get(f"{OWN}/sso").json()["id"] == replaced["id"]
    assert quota_shop.put(f"{OWN}/{made['id']}/override", json=static).status_code == 404
    assert [found["id"] for found in quota_shop.get(OWN).json()["items"]] == [replaced["id"]]
    everything = quota_shop.get(OWN, params={"includeDeleted": True, "order": "DESC"}).json()["items"]
    assert {found["id"] for found in everything} == {made["id"], replaced["id"]}


def test_lists_are_filtered_and_paged(quota_shop: httpx.Client) -> None:
    quota_shop.post("/api/v1/customers", json={"name": "Globex", "key": "globex"})
    for customer in ("acme", "globex"):
        for body in ({"type": "boolean", "featureKey": "sso"}, METERED):
            assert quota_shop.post(f"/api/v2/customers/{customer}/entitlements", json=body).status_code == 201

    def found(**query: Any) -> list[tuple[str, str]]:
        items = quota_shop.get("/api/v2/entitlements", params=query).json()["items"]
        return [(item["customerKey"], item["featureKey"]) for item in items]

    assert len(found()) == 4
    assert found(customerKeys="acme", feature="sso") == [("acme", "sso")]
    assert found(entitlementType="metered", order="DESC") == [("globex", "tokens"), ("acme", "tokens")]
    assert found(customerKeys=["acme", "nobody"], page=2, pageSize=1) == [("acme", "tokens")]
    assert found(customerKeys="nobody") == []
    assert found(limit=1, offset=3) == [("globex", "tokens")]
    assert quota_shop.get("/api/v2/entitlements", params={"order": "UP"}).status_code == 400
    assert quota_shop.get("/api/v2/entitlements", params={"page": 0}).status_code == 400
    sso = quota_shop.get(f"{OWN}/sso").json()["id"]
    quota_shop.delete(f"{OWN}/{sso}")
    assert len(found()) == 3
