"""Add-ons of a subscription over HTTP, with the official SDK and against both published contracts."""

from typing import Any

import httpx
import pytest
from corehttp.exceptions import ResourceExistsError
from openmeter import Client
from openmeter.models import (
    SubscriptionAddonCreate,
    SubscriptionAddonCreateAddon,
    SubscriptionAddonUpdate,
)

from tests.api.test_addons import ADDONS, SUPPORT, addon, made
from tests.api.test_plans import FEE, PLANS, TOKENS, feature, plan
from tests.api.test_subscriptions import SUBSCRIPTION, SUBSCRIPTIONS, subscribe
from tests.contract import Contract

__all__ = ["feature"]

BOUGHT = f"{SUBSCRIPTION}/addons"
ONE = f"{BOUGHT}/{{subscriptionAddonId}}"
V3 = "/api/v3/openmeter/subscriptions"
BOUGHT_V3 = f"{V3}/{{subscriptionId}}/addons"
ONE_V3 = f"{BOUGHT_V3}/{{subscriptionAddonId}}"
NOBODY = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def seats(api: httpx.Client, feature: str) -> str:
    """The id of the add-on `seats`, at most five of which the plan `pro` offers; `acme` is a customer."""
    pro = made(api, PLANS, plan(FEE, TOKENS))
    seats = str(made(api, ADDONS, addon(SUPPORT, FEE, instanceType="multiple"), published=True)["id"])
    made(api, f"{PLANS}/{pro['id']}/addons", {"addonId": seats, "fromPlanPhase": "main", "maxQuantity": 5})
    assert api.post(f"{PLANS}/{pro['id']}/publish").status_code == 200
    body = {"key": "acme", "name": "Acme", "usageAttribution": {"subjectKeys": ["acme"]}}
    assert api.post("/api/v1/customers", json=body).status_code == 201
    return seats


@pytest.fixture
def sold(api: httpx.Client, seats: str) -> str:
    """The id of a subscription to the plan `pro`."""
    return str(subscribe(api).json()["id"])


def purchase(seats: str, **changes: Any) -> dict[str, Any]:
    return {"name": "Seats", "quantity": 2, "timing": "immediate", "addon": {"id": seats}} | changes


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without the instant at which it was asked for."""
    return {name: value for name, value in answer.items() if name not in ("quantityAt", "quantity_at")}


def test_the_preview_of_another_plan_tells_which_add_ons_do_not_come_along(
    api: httpx.Client, sold: str, seats: str
) -> None:
    made(api, f"{SUBSCRIPTIONS}/{sold}/addons", purchase(seats))
    gold = made(api, PLANS, plan(FEE, TOKENS) | {"key": "gold", "name": "Gold"}, published=True)
    wanted = {"plan": {"key": gold["key"]}, "timing": "immediate"}
    told = api.post(f"{SUBSCRIPTIONS}/{sold}/change/preview", json=wanted).json()
    left = {"key": "seats", "name": "Seats", "quantity": 2, "reason": "Gold does not offer it."}
    assert [found["addonsLeftBehind"] for found in told] == [[left]]
    following = api.post(f"{SUBSCRIPTIONS}/{sold}/change", json=wanted).json()["next"]["id"]
    assert api.get(f"{SUBSCRIPTIONS}/{following}/addons").json() == []


def test_the_sdk_buys_raises_and_removes(sdk: Client, sold: str, seats: str) -> None:
    wanted = SubscriptionAddonCreate(
        name="Our seats", quantity=2, timing="immediate", addon=SubscriptionAddonCreateAddon(id=seats)
    )
    bought = sdk.subscription_addons.create(sold, wanted)
    assert (bought.name, bought.quantity, bought.addon.key, bought.active_to) == ("Our seats", 2, "seats", None)
    with pytest.raises(ResourceExistsError):
        sdk.subscription_addons.create(sold, wanted)
    raised = sdk.subscription_addons.update(
        sold, bought.id, SubscriptionAddonUpdate(quantity=5, timing="next_billing_cycle")
    )
    assert [segment.quantity for segment in raised.timeline] == [2, 5]
    gone = sdk.subscription_addons.update(sold, bought.id, SubscriptionAddonUpdate(quantity=0, timing="immediate"))
    assert gone.quantity == 0
    assert [found.id for found in sdk.subscription_addons.list(sold)] == [bought.id]
    assert sdk.subscription_addons.get(sold, bought.id).subscription_id == sold


def test_answers_follow_both_contracts(api: httpx.Client, contract: Contract, sold: str, seats: str) -> None:
    address = f"{SUBSCRIPTIONS}/{sold}/addons"
    body = purchase(seats, metadata={"team": "red"}, description="For the team")
    bought = contract(api.post(address, json=body), "POST", BOUGHT)
    one = f"{address}/{bought['id']}"
    [support, fee] = bought["rateCards"]
    assert (support["rateCard"]["key"], fee["rateCard"]["key"]) == ("support", "fee")
    expanded = contract(api.get(f"{SUBSCRIPTIONS}/{sold}"), "GET", SUBSCRIPTION)
    items = {item["key"]: item for item in expanded["phases"][0]["items"]}
    assert (items["fee"]["price"]["amount"], items["support"]["price"]["amount"]) == ("60", "40")
    assert fee["affectedSubscriptionItemIds"] == [items["fee"]["id"]]
    assert support["affectedSubscriptionItemIds"] == [items["support"]["id"]]
    assert timeless(contract(api.get(address), "GET", BOUGHT)[0]) == timeless(contract(api.get(one), "GET", ONE))
    contract(api.post(address, json=body), "POST", BOUGHT)
    changed = contract(api.patch(one, json={"name": "Chairs", "metadata": {}}), "PATCH", ONE)
    assert (changed["name"], changed["quantity"], len(changed["timeline"])) == ("Chairs", 2, 1)
    contract(api.get(f"{address}/{NOBODY}"), "GET", ONE)

    page = contract(api.get(f"{V3}/{sold}/addons"), "GET", BOUGHT_V3)
    assert page["meta"]["page"]["total"] == 1
    seen = contract(api.get(f"{V3}/{sold}/addons/{bought['id']}"), "GET", ONE_V3)
    assert (seen["name"], seen["quantity"], seen["addon"]) == ("Chairs", 2, {"id": seats})
    again = api.get(f"{V3}/{sold}/addons", params={"sort": "updated_at desc"}).json()
    assert timeless(again["data"][0]) == timeless(page["data"][0]) == timeless(seen)
    second = {"addon": {"id": seats}, "quantity": 1, "timing": "immediate"}
    assert contract(api.post(f"{V3}/{sold}/addons", json=second), "POST", BOUGHT_V3)["status"] == 409


def test_version_3_buys_one(api: httpx.Client, contract: Contract, sold: str, seats: str) -> None:
    body = {"addon": {"id": seats}, "quantity": 1, "timing": "immediate", "labels": {"team": "red"}}
    bought = contract(api.post(f"{V3}/{sold}/addons", json=body), "POST", BOUGHT_V3)
    assert (bought["name"], bought["labels"], bought["timeline"][0]["quantity"]) == ("Seats", {"team": "red"}, 1)


@pytest.mark.parametrize(
    ("changes", "status", "codes"),
    [
        ({"quantity": 6}, 400, ["quantity_above_the_most"]),
        ({"quantity": 0}, 400, ["quantity_not_positive"]),
        (
            {"quantity": 6, "timing": "1999-01-01T00:00:00Z"},
            400,
            ["timing_before_the_last_change", "quantity_above_the_most"],
        ),
        ({"addon": {"id": NOBODY}}, 404, []),
    ],
)
def test_a_refusal_names_every_issue_and_changes_nothing(
    api: httpx.Client, sold: str, seats: str, changes: dict[str, Any], status: int, codes: list[str]
) -> None:
    before = api.get(f"{SUBSCRIPTIONS}/{sold}").json()
    answer = api.post(f"{SUBSCRIPTIONS}/{sold}/addons", json=purchase(seats, **changes))
    assert answer.status_code == status, answer.text
    found = answer.json().get("extensions", {}).get("validationErrors", [])
    assert [issue["code"] for issue in found] == codes
    after = api.get(f"{SUBSCRIPTIONS}/{sold}").json()
    assert (after["phases"], api.get(f"{SUBSCRIPTIONS}/{sold}/addons").json()) == (before["phases"], [])


@pytest.mark.parametrize("quantity", ["2", 1.5, -1, None, 2**31, True])
def test_a_quantity_is_a_whole_number(api: httpx.Client, sold: str, seats: str, quantity: object) -> None:
    answer = api.post(f"{SUBSCRIPTIONS}/{sold}/addons", json=purchase(seats, quantity=quantity))
    assert answer.status_code == 400
    assert api.post(f"{SUBSCRIPTIONS}/{sold}/addons", json={}).status_code == 400


def test_previewed_in_money_and_edits_wait(api: httpx.Client, sold: str, seats: str) -> None:
    address = f"{SUBSCRIPTIONS}/{sold}/addons"
    told = api.post(f"{address}/preview", json=purchase(seats, timing="next_billing_cycle"))
    assert told.status_code == 200, told.text
    assert told.json()[0]["currency"] == "USD"
    assert api.get(address).json() == []
    bought = api.post(address, json=purchase(seats)).json()
    less = api.post(f"{address}/{bought['id']}/preview", json={"quantity": 0, "timing": "next_billing_cycle"})
    assert less.status_code == 200, less.text
    assert api.get(f"{address}/{bought['id']}").json()["quantity"] == 2
    edit = {"customizations": [{"op": "unschedule_edit"}]}
    assert api.patch(f"{SUBSCRIPTIONS}/{sold}", json=edit).status_code == 403
    assert api.patch(f"{address}/{bought['id']}", json={"quantity": 0}).status_code == 200
    assert api.patch(f"{SUBSCRIPTIONS}/{sold}", json=edit).status_code == 200
