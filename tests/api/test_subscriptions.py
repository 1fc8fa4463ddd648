"""Subscriptions and what they entitle to over HTTP, with the official SDK and against the published contract."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from corehttp.exceptions import HttpResponseError, ResourceExistsError
from openmeter import Client
from openmeter.models import CancelRequest, PlanReferenceInput, PlanSubscriptionChange, PlanSubscriptionCreate

from tests.api.test_plans import FEE, PLANS, TOKENS, feature, plan
from tests.contract import Contract

__all__ = ["feature"]

SUBSCRIPTIONS = "/api/v1/subscriptions"
SUBSCRIPTION = f"{SUBSCRIPTIONS}/{{subscriptionId}}"
CUSTOMER = "/api/v1/customers/{customerIdOrKey}"
VALUE = f"{CUSTOMER}/entitlements/{{featureKey}}/value"
QUOTA = {"type": "metered", "issueAfterReset": 1000}


@pytest.fixture
def acme(api: httpx.Client, feature: str) -> str:
    """The key of a customer; the plan `pro` with a fee and a quota of tokens is on sale."""
    made = api.post(PLANS, json=plan(FEE, TOKENS | {"entitlementTemplate": QUOTA})).json()
    assert api.post(f"{PLANS}/{made['id']}/publish").status_code == 200
    body = {"key": "acme", "name": "Acme", "usageAttribution": {"subjectKeys": ["acme"]}}
    assert api.post("/api/v1/customers", json=body).status_code == 201
    return "acme"


def use(api: httpx.Client, number: int, tokens: int) -> None:
    event = {
        "specversion": "1.0",
        "id": str(number),
        "source": "test",
        "type": "prompt",
        "subject": "acme",
        "data": {"tokens": tokens},
    }
    answer = api.post("/api/v1/events", json=event, headers={"Content-Type": "application/cloudevents+json"})
    assert answer.status_code == 204


def subscribe(api: httpx.Client, **more: Any) -> httpx.Response:
    return api.post(SUBSCRIPTIONS, json={"plan": {"key": "pro"}, "customerKey": "acme"} | more)


def test_the_id_of_a_customer_comes_before_a_key(api: httpx.Client, acme: str) -> None:
    other = api.post("/api/v1/customers", json={"key": "other", "name": "Other"}).json()
    acme_id = api.get(f"/api/v1/customers/{acme}").json()["id"]
    made = subscribe(api, customerId=acme_id, customerKey=other["key"])
    assert (made.status_code, made.json()["customerId"]) == (201, acme_id)


def test_the_sdk_subscribes_looks_and_cancels(sdk: Client, api: httpx.Client, acme: str) -> None:
    made = sdk.subscriptions.create(
        PlanSubscriptionCreate(plan=PlanReferenceInput(key="pro"), customer_key=acme, timing="immediate")
    )
    assert (made.status, made.plan.version, made.currency, made.billing_cadence.months) == ("active", 1, "USD", 1)
    with pytest.raises(ResourceExistsError):
        sdk.subscriptions.create(
            PlanSubscriptionCreate(plan=PlanReferenceInput(key="pro"), customer_id=made.customer_id)
        )
    seen = sdk.subscriptions.get_expanded(made.id)
    items = {item["key"]: item for item in seen.phases[0]["items"]}
    assert items["fee"]["price"]["amount"] == "20"
    assert items["tokens"]["included"]["entitlement"]["issueAfterReset"] == 1000
    assert items["tokens"]["included"]["feature"]["meterSlug"] == "tokens"

    use(api, 1, 250)
    value = sdk.customer_entitlement.get_customer_entitlement_value(acme, "tokens")
    assert (value.has_access, value.balance, value.usage, value.overage) == (True, 750, 250, 0)
    use(api, 2, 800)
    value = sdk.customer_entitlement.get_customer_entitlement_value(acme, "tokens")
    assert (value.has_access, value.balance, value.usage, value.overage) == (False, 0, 1050, 50)
    assert sdk.customer.get_customer_access(acme).entitlements["tokens"].has_access is False

    canceled = sdk.subscriptions.cancel(made.id, CancelRequest(timing="next_billing_cycle"))
    assert canceled.status == "canceled"
    assert canceled.active_to == seen.alignment.current_aligned_billing_period.to
    assert sdk.subscriptions.unschedule_cancelation(made.id).status == "active"
    assert sdk.subscriptions.cancel(made.id, CancelRequest(timing="immediate")).status == "inactive"
    listed = sdk.customers.list_customer_subscriptions(acme, status=["inactive"])
    assert [found.id for found in listed["items"]] == [made.id]
    with pytest.raises(HttpResponseError) as refused:
        sdk.subscriptions.cancel(made.id, CancelRequest(timing="immediate"))
    assert refused.value.status_code == 403


@pytest.mark.usefixtures("acme")
def test_answers_follow_the_contract(api: httpx.Client, contract: Contract) -> None:
    anchor = f"{datetime.now(UTC):%Y-%m}-01T00:00:00Z"
    made = contract(
        subscribe(api, name="Acme's plan", metadata={"a": "b"}, billingAnchor="2026-01-01T00:00:00Z"),
        "POST",
        SUBSCRIPTIONS,
    )
    assert (made["name"], made["metadata"], made["billingAnchor"]) == ("Acme's plan", {"a": "b"}, anchor)
    assert (made["settlementMode"], made["costBasisPins"]) == ("credit_then_invoice", [])
    one = f"{SUBSCRIPTIONS}/{made['id']}"
    seen = contract(api.get(one), "GET", SUBSCRIPTION)
    assert seen["phases"][0]["itemTimelines"].keys() == {"fee", "tokens"}
    quota = seen["phases"][0]["items"][1]["included"]["entitlement"]
    assert quota["usagePeriod"] == {"interval": "MONTH", "intervalISO": "P1M", "anchor": anchor}
    later = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    contract(api.get(one, params={"at": later}), "GET", SUBSCRIPTION)
    page = contract(api.get("/api/v1/customers/acme/subscriptions"), "GET", f"{CUSTOMER}/subscriptions")
    assert page["items"] == [made]
    value = contract(api.get("/api/v1/customers/acme/entitlements/tokens/value"), "GET", VALUE)
    assert value == {"hasAccess": True, "balance": 1000, "usage": 0, "overage": 0, "totalAvailableGrantAmount": 1000}
    access = contract(api.get("/api/v1/customers/acme/access"), "GET", f"{CUSTOMER}/access")
    assert access == {"entitlements": {"tokens": value}}
    canceled = contract(
        api.post(f"{one}/cancel", json={"timing": "next_billing_cycle"}), "POST", f"{SUBSCRIPTION}/cancel"
    )
    assert canceled["status"] == "canceled"
    contract(api.get(one), "GET", SUBSCRIPTION)
    contract(api.post(f"{one}/unschedule-cancelation"), "POST", f"{SUBSCRIPTION}/unschedule-cancelation")
    ended = contract(api.post(f"{one}/cancel", json={}), "POST", f"{SUBSCRIPTION}/cancel")
    assert ended["status"] == "inactive"
    contract(api.get(one), "GET", SUBSCRIPTION)


@pytest.mark.usefixtures("acme")
def test_an_upgrade_answers_both_subscriptions(sdk: Client, api: httpx.Client, contract: Contract) -> None:
    team = api.post(PLANS, json=plan(FEE, TOKENS | {"entitlementTemplate": QUOTA}, key="team")).json()
    api.post(f"{PLANS}/{team['id']}/publish")
    first = subscribe(api).json()
    body = {"timing": "immediate", "plan": {"key": "team"}}
    answer = api.post(f"{SUBSCRIPTIONS}/{first['id']}/change", json=body)
    changed = contract(answer, "POST", f"{SUBSCRIPTION}/change")
    assert (changed["current"]["id"], changed["current"]["status"]) == (first["id"], "inactive")
    assert (changed["next"]["plan"]["key"], changed["next"]["status"]) == ("team", "active")
    assert changed["next"]["activeFrom"] == changed["current"]["activeTo"]
    back = PlanSubscriptionChange(timing="next_billing_cycle", plan=PlanReferenceInput(key="pro"))
    assert sdk.subscriptions.change(changed["next"]["id"], back).next.status == "scheduled"


@pytest.mark.usefixtures("acme")
def test_an_edit_answers_the_subscription_and_its_items_have_a_history(api: httpx.Client, contract: Contract) -> None:
    made = subscribe(api).json()
    one = f"{SUBSCRIPTIONS}/{made['id']}"
    dearer = FEE | {"price": {"type": "flat", "amount": "50", "paymentTerm": "in_advance"}}
    phase = api.get(one).json()["phases"][0]["key"]
    operations = [
        {"op": "remove_item", "phaseKey": phase, "itemKey": "fee"},
        {"op": "add_item", "phaseKey": phase, "rateCard": dearer},
    ]
    contract(api.patch(one, json={"timing": "immediate", "customizations": operations}), "PATCH", SUBSCRIPTION)
    seen = contract(api.get(one), "GET", SUBSCRIPTION)["phases"][0]
    assert [item["price"]["amount"] for item in seen["itemTimelines"]["fee"]] == ["20", "50"]
    assert [item["price"]["amount"] for item in seen["items"] if item["key"] == "fee"] == ["50"]
    refused = [
        ({"customizations": [{"op": "remove_item", "phaseKey": "nowhere", "itemKey": "fee"}]}, 400),
        ({"customizations": [], "timing": "2030-01-01T00:00:00Z"}, 400),
        ({"customizations": [{"op": "paint"}]}, 400),
        ({"customizations": [{"op": "remove_phase", "phaseKey": phase, "shift": "next"}]}, 403),
        ({"customizations": [{"op": "stretch_phase", "phaseKey": phase, "extendBy": "P1M"}]}, 403),
        ({"customizations": [{"op": "add_phase", "phase": {"key": phase, "name": "x", "startAfter": "P1Y"}}]}, 409),
    ]
    for body, status in refused:
        assert contract(api.patch(one, json=body), "PATCH", SUBSCRIPTION)["status"] == status


@pytest.mark.usefixtures("acme")
def test_a_custom_plan_is_sold_and_changed_to_a_plan(api: httpx.Client, contract: Contract) -> None:
    custom = {name: value for name, value in plan(FEE).items() if name != "key"}
    made = contract(api.post(SUBSCRIPTIONS, json={"customPlan": custom, "customerKey": "acme"}), "POST", SUBSCRIPTIONS)
    assert "plan" not in made
    one = f"{SUBSCRIPTIONS}/{made['id']}"
    assert api.post(f"{one}/migrate", json={}).status_code == 400
    changed = contract(
        api.post(f"{one}/change", json={"timing": "next_billing_cycle", "plan": {"key": "pro"}}),
        "POST",
        f"{SUBSCRIPTION}/change",
    )
    assert changed["current"]["annotations"] == {"subscription.superseding.id": changed["next"]["id"]}
    assert changed["next"]["annotations"] == {"subscription.previous.id": made["id"]}
    restored = contract(api.post(f"{one}/restore"), "POST", f"{SUBSCRIPTION}/restore")
    assert (restored["status"], restored.get("annotations")) == ("active", None)
    assert api.get(f"{SUBSCRIPTIONS}/{changed['next']['id']}").status_code == 404


@pytest.mark.usefixtures("acme")
def test_a_migration_goes_to_a_higher_version(api: httpx.Client, contract: Contract) -> None:
    first = subscribe(api).json()
    migrate = f"{SUBSCRIPTIONS}/{first['id']}/migrate"
    assert api.post(migrate, json={}).status_code == 400
    for _ in range(2):
        draft = api.post(f"{PLANS}/pro/next").json()
        api.post(f"{PLANS}/{draft['id']}/publish").raise_for_status()
    assert api.post(migrate, json={"targetVersion": 9}).status_code == 404
    moved = contract(api.post(migrate, json={"targetVersion": 2}), "POST", f"{SUBSCRIPTION}/migrate")
    assert (moved["next"]["plan"]["version"], moved["next"]["billingAnchor"]) == (2, first["billingAnchor"])


@pytest.mark.usefixtures("acme")
def test_a_dated_subscription_waits_and_can_be_deleted(api: httpx.Client, contract: Contract) -> None:
    start = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    made = contract(subscribe(api, timing=start), "POST", SUBSCRIPTIONS)
    assert (made["status"], made["activeFrom"]) == ("scheduled", start)
    contract(api.get(f"{SUBSCRIPTIONS}/{made['id']}"), "GET", SUBSCRIPTION)
    value = api.get("/api/v1/customers/acme/entitlements/tokens/value")
    assert value.json() == {"hasAccess": False}
    later = api.get("/api/v1/customers/acme/entitlements/tokens/value", params={"time": start})
    assert later.json()["hasAccess"] is True
    assert api.delete(f"{SUBSCRIPTIONS}/{made['id']}").status_code == 204
    assert api.get(f"{SUBSCRIPTIONS}/{made['id']}").status_code == 404


@pytest.mark.usefixtures("acme")
def test_access_to_anything_unknown_is_no_access_but_a_customer_must_exist(api: httpx.Client) -> None:
    answer = api.get("/api/v1/customers/acme/entitlements/nothing/value")
    assert (answer.status_code, answer.json()) == (200, {"hasAccess": False})
    assert api.get("/api/v1/customers/nobody/entitlements/tokens/value").status_code == 404
    assert api.get("/api/v1/customers/nobody/access").status_code == 404


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"customerKey": None}, 400),
        ({"customerKey": "nobody"}, 404),
        ({"plan": {"key": "nothing"}}, 404),
        ({"timing": "next_billing_cycle"}, 400),
        ({"timing": "2020-01-01T00:00:00Z"}, 400),
        ({"timing": "soon"}, 400),
        ({"costBasisMode": "pinned"}, 400),
        ({"settlementMode": "credit_only"}, 400),
        ({"customPlan": {"name": "x"}}, 400),
    ],
)
def test_what_cannot_be_sold_is_refused(
    api: httpx.Client, contract: Contract, change: dict[str, Any], status: int
) -> None:
    answer = subscribe(api, **change)
    assert answer.status_code == status
    contract(answer, "POST", SUBSCRIPTIONS)


@pytest.mark.usefixtures("acme")
def test_a_second_subscription_is_a_conflict_that_names_the_first(api: httpx.Client, contract: Contract) -> None:
    first = subscribe(api).json()
    answer = subscribe(api)
    assert answer.status_code == 409
    problem = contract(answer, "POST", SUBSCRIPTIONS)
    assert problem["extensions"]["conflictingEntityId"] == first["id"]


@pytest.mark.usefixtures("acme")
def test_a_customer_with_a_subscription_cannot_be_deleted(api: httpx.Client) -> None:
    made = subscribe(api).json()
    assert api.delete("/api/v1/customers/acme").status_code == 412
    api.post(f"{SUBSCRIPTIONS}/{made['id']}/cancel", json={})
    assert api.delete("/api/v1/customers/acme").status_code == 204
    assert api.get(f"{SUBSCRIPTIONS}/{made['id']}").status_code == 200


def test_customers_are_found_by_the_plan_they_are_on(api: httpx.Client, acme: str) -> None:
    api.post("/api/v1/customers", json={"name": "Other", "key": "other"}).raise_for_status()
    subscribe(api).raise_for_status()
    found = {
        key: [customer["key"] for customer in api.get("/api/v1/customers", params={"planKey": key}).json()["items"]]
        for key in ("pro", "team")
    }
    assert found == {"pro": [acme], "team": []}
