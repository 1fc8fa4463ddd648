"""Subscriptions of version 3, held against the published document."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.test_v3_plans import FEE, PLANS, ROOT, Card, feature, phase, plan, usage
from tests.contract import Contract

__all__ = ["feature", "usage"]

SUBSCRIPTIONS = f"{ROOT}/subscriptions"
SUBSCRIPTION = f"{SUBSCRIPTIONS}/{{subscriptionId}}"
NOBODY = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def on_sale(api: httpx.Client, *cards: dict[str, Any], **changes: Any) -> str:
    """The id of a plan on sale."""
    made = api.post(PLANS, json=plan(*cards, **changes))
    assert made.status_code == 201, made.text
    plan_id = str(made.json()["id"])
    assert api.post(f"{PLANS}/{plan_id}/publish").status_code == 200
    return plan_id


def customer(api: httpx.Client, key: str, **changes: Any) -> str:
    """The id of a customer whose usage is counted under its key."""
    body = {"key": key, "name": key.title(), "usage_attribution": {"subject_keys": [key]}} | changes
    made = api.post(f"{ROOT}/customers", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


@pytest.fixture
def pro(api: httpx.Client, usage: Card) -> str:
    """The id of the plan `pro` with a fee and the use of tokens; `acme` is a customer."""
    customer(api, "acme")
    return on_sale(api, FEE, usage(entitlement={"type": "metered", "limit": 1000}))


def subscribe(api: httpx.Client, **changes: Any) -> httpx.Response:
    return api.post(SUBSCRIPTIONS, json={"customer": {"key": "acme"}, "plan": {"key": "pro"}} | changes)


def faults(problem: dict[str, Any]) -> dict[str, str]:
    """Field → rule or code of everything that is said to be wrong."""
    named = {wrong["field"]: wrong["rule"] for wrong in problem["invalid_parameters"]}
    errors = problem.get("extensions", {}).get("validationErrors", [])
    return named | {error["field"]: error["code"] for error in errors}


def test_a_plan_is_bought_by_key_or_id(api: httpx.Client, contract: Contract, pro: str) -> None:
    anchor = f"{datetime.now(UTC):%Y-%m}-01T00:00:00Z"
    body: dict[str, Any] = {"labels": {"team": "red"}, "billing_anchor": "2026-01-01T00:00:00Z"}
    made = contract(subscribe(api, **body), "POST", SUBSCRIPTIONS)
    assert (made["status"], made["name"], made["labels"]) == ("active", "Pro", {"team": "red"})
    assert (made["plan_id"], made["plan"]) == (pro, {"id": pro, "key": "pro", "version": 1})
    assert (made["billing_anchor"], made["billing_cadence"], made["invoice_currency"]) == (anchor, "P1M", "USD")
    assert (made["settlement_mode"], made["cost_basis_mode"]) == ("credit_then_invoice", "dynamic")
    assert made["pro_rating_config"] == {"enabled": True, "mode": "prorate_prices"}
    assert made["current_period"]["to"].endswith("-01T00:00:00Z")
    [main] = made["phases"]
    fee, tokens = (item["rate_card"] for item in main["items"])
    assert (fee["price"], fee["payment_term"]) == ({"type": "flat", "amount": "20"}, "in_advance")
    assert (tokens["price"], tokens["entitlement"]["limit"]) == ({"type": "unit", "amount": "0.001"}, 1000)
    assert contract(api.get(f"{SUBSCRIPTIONS}/{made['id']}"), "GET", SUBSCRIPTION) == made
    globex = customer(api, "globex")
    other = contract(subscribe(api, customer={"id": globex}, plan={"id": pro}), "POST", SUBSCRIPTIONS)
    assert (other["customer_id"], other["plan_id"]) == (globex, pro)


@pytest.mark.usefixtures("pro")
def test_canceled_with_the_cycle_and_taken_back(api: httpx.Client, contract: Contract) -> None:
    made = subscribe(api).json()
    one = f"{SUBSCRIPTIONS}/{made['id']}"
    canceled = contract(
        api.post(f"{one}/cancel", json={"timing": "next_billing_cycle"}), "POST", f"{SUBSCRIPTION}/cancel"
    )
    assert (canceled["status"], canceled["active_to"]) == ("canceled", made["current_period"]["to"])
    assert contract(api.post(f"{one}/cancel", json={}), "POST", f"{SUBSCRIPTION}/cancel")["status"] == 403
    back = contract(api.post(f"{one}/unschedule-cancelation"), "POST", f"{SUBSCRIPTION}/unschedule-cancelation")
    assert (back["status"], "active_to" in back) == ("active", False)
    again = contract(api.post(f"{one}/unschedule-cancelation"), "POST", f"{SUBSCRIPTION}/unschedule-cancelation")
    assert again["status"] == 403
    ended = contract(api.post(f"{one}/cancel", json={}), "POST", f"{SUBSCRIPTION}/cancel")
    assert (ended["status"], "current_period" in ended) == ("inactive", False)


@pytest.mark.usefixtures("pro")
def test_a_cancelation_gives_way_to_what_follows(api: httpx.Client, contract: Contract) -> None:
    on_sale(api, FEE, key="team")
    made = subscribe(api).json()
    one = f"{SUBSCRIPTIONS}/{made['id']}"
    body = {"customer": {"key": "acme"}, "plan": {"key": "team"}, "timing": "next_billing_cycle"}
    changed = contract(api.post(f"{one}/change", json=body), "POST", f"{SUBSCRIPTION}/change")
    assert (changed["current"]["id"], changed["current"]["status"]) == (made["id"], "canceled")
    following = changed["next"]
    assert (following["plan"]["key"], following["status"]) == ("team", "scheduled")
    assert following["active_from"] == changed["current"]["active_to"]
    assert following["billing_anchor"] == made["billing_anchor"]
    conflict = contract(api.post(f"{one}/unschedule-cancelation"), "POST", f"{SUBSCRIPTION}/unschedule-cancelation")
    assert conflict["status"] == 409


def test_lists_are_filtered_sorted_and_paged(api: httpx.Client, contract: Contract, pro: str) -> None:
    team = on_sale(api, FEE, key="team")
    acme = subscribe(api).json()
    globex = subscribe(api, customer={"id": customer(api, "globex")}, plan={"id": team}).json()
    api.post(f"{SUBSCRIPTIONS}/{acme['id']}/cancel", json={"timing": "next_billing_cycle"}).raise_for_status()

    def listed(**params: str) -> list[str]:
        shown = contract(api.get(SUBSCRIPTIONS, params=params), "GET", SUBSCRIPTIONS)["data"]
        return [found["id"] for found in shown]

    both, first, second = [acme["id"], globex["id"]], [acme["id"]], [globex["id"]]
    assert listed() == both
    assert listed(sort="active_from desc") == both[::-1]
    assert listed(sort="active_to") == both
    assert listed(sort="active_to desc") == both[::-1]
    alone: list[dict[str, str]] = [
        {"filter[id]": acme["id"]},
        {"filter[id][neq]": globex["id"]},
        {"filter[customer_id][oeq]": f"{acme['customer_id']},{NOBODY}"},
        {"filter[status]": "canceled"},
        {"filter[status][neq]": "active"},
        {"filter[plan_id]": pro},
        {"filter[plan_key][neq]": "team"},
        {"page[size]": "1"},
    ]
    for wanted in alone:
        assert listed(**wanted) == first, wanted
    assert listed(**{"page[size]": "1", "page[number]": "2"}) == second
    assert listed(**{"filter[plan_key]": "team", "filter[status][oeq]": "active,scheduled"}) == second
    assert listed(**{"filter[status]": "inactive"}) == []
    faulty: list[dict[str, str]] = [
        {"filter[status]": "asleep"},
        {"filter[name]": "x"},
        {"filter[id][contains]": "0"},
        {"sort": "name"},
    ]
    for wrong in faulty:
        assert contract(api.get(SUBSCRIPTIONS, params=wrong), "GET", SUBSCRIPTIONS)["status"] == 400


def test_a_phase_shows_the_rate_cards_in_force(api: httpx.Client, contract: Contract, usage: Card) -> None:
    customer(api, "acme")
    on_sale(api, phases=[phase(usage(price={"type": "free"}), key="trial", duration="P1M"), phase(FEE, usage())])
    made = subscribe(api).json()
    trial, main = made["phases"]
    assert (trial["active_to"], "active_to" in main) == (main["active_from"], False)
    dearer: dict[str, Any] = {"type": "flat_fee", "key": "fee", "name": "Fee", "billingCadence": "P1M"}
    dearer |= {"price": {"type": "flat", "amount": "5"}}
    edit = {"customizations": [{"op": "add_item", "phaseKey": "trial", "rateCard": dearer}]}
    api.patch(f"/api/v1/subscriptions/{made['id']}", json=edit).raise_for_status()
    seen = contract(api.get(f"{SUBSCRIPTIONS}/{made['id']}"), "GET", SUBSCRIPTION)
    shown = {found["key"]: [item["rate_card"]["key"] for item in found["items"]] for found in seen["phases"]}
    assert shown == {"trial": ["tokens", "fee"], "main": ["fee", "tokens"]}


@pytest.mark.usefixtures("pro")
def test_everything_that_is_wrong_is_told_at_once(api: httpx.Client, contract: Contract) -> None:
    def told(**changes: Any) -> dict[str, str]:
        return faults(contract(subscribe(api, **changes), "POST", SUBSCRIPTIONS))

    api.post(PLANS, json=plan(FEE, key="draft")).raise_for_status()
    assert told(customer={}, plan={}) == {"customer": "customer_missing", "plan": "plan_missing"}
    assert told(labels={"kong": "y"}, customer={}, settlement_mode="credit_only") == {
        "labels.kong": "is_label",
        "customer": "invalid",
        "settlement_mode": "invalid",
    }
    assert told(customer={"id": "x"}, plan={"key": "Pro"}, billing_anchor="soon", timing="immediate") == {
        "customer.id": "matches_regex",
        "plan.key": "matches_regex",
        "billing_anchor": "is_date_time",
        "timing": "unknown_property",
    }
    assert told(plan={"key": "draft", "version": 1}, settlement_mode="credit_only") == {
        "plan": "plan_not_on_sale",
        "settlement_mode": "credits_not_enabled",
    }
    customer(api, "euro", currency="EUR", usage_attribution=None)
    assert told(customer={"key": "euro"})["plan"] == "currency_mismatch"
    assert api.get(SUBSCRIPTIONS).json()["data"] == []


@pytest.mark.usefixtures("pro")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"customer": {"key": "nobody"}}, 404),
        ({"customer": {"id": NOBODY}}, 404),
        ({"plan": {"id": NOBODY}}, 404),
        ({"plan": {"key": "pro", "version": 9}}, 404),
        ({"plan": {"key": "pro", "version": 0}}, 400),
        ({"cost_basis_mode": "pinned"}, 400),
    ],
)
def test_what_cannot_be_bought_is_refused(
    api: httpx.Client, contract: Contract, changes: dict[str, Any], status: int
) -> None:
    assert contract(subscribe(api, **changes), "POST", SUBSCRIPTIONS)["status"] == status


@pytest.mark.usefixtures("pro")
def test_a_change_is_refused_with_all_that_is_wrong(api: httpx.Client, contract: Contract) -> None:
    made = subscribe(api).json()
    assert contract(subscribe(api), "POST", SUBSCRIPTIONS)["extensions"]["conflictingEntityId"] == made["id"]
    customer(api, "globex")
    change = f"{SUBSCRIPTIONS}/{made['id']}/change"
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    def refused(**changes: Any) -> Any:
        body = {"customer": {"key": "acme"}, "plan": {"key": "pro"}, "timing": "immediate"} | changes
        return contract(api.post(change, json=body), "POST", f"{SUBSCRIPTION}/change")

    assert faults(refused(customer={"key": "globex"}, timing=soon, settlement_mode="credit_only")) == {
        "customer": "customer_mismatch",
        "timing": "timing_not_aligned",
        "settlement_mode": "credits_not_enabled",
    }
    assert faults(refused(timing="later", plan={})).keys() == {"timing", "plan"}
    assert refused(plan={"key": "nothing"})["status"] == 404
    assert contract(api.get(f"{SUBSCRIPTIONS}/{NOBODY}"), "GET", SUBSCRIPTION)["status"] == 404
    assert contract(api.get(f"{SUBSCRIPTIONS}/x"), "GET", SUBSCRIPTION)["status"] == 400
    assert api.get(f"{SUBSCRIPTIONS}/{made['id']}").json() == made


@pytest.mark.usefixtures("pro")
def test_a_key_that_may_only_read_changes_nothing(api: httpx.Client) -> None:
    made = subscribe(api).json()
    secret = api.post("/api/v1/api-keys", json={"name": "Reader", "scope": "read"}).json()["secret"]
    reader = {"Authorization": f"Bearer {secret}"}
    assert api.get(SUBSCRIPTIONS, headers=reader).status_code == 200
    for path in ("", f"/{made['id']}/cancel", f"/{made['id']}/change", f"/{made['id']}/unschedule-cancelation"):
        assert api.post(f"{SUBSCRIPTIONS}{path}", json={}, headers=reader).status_code == 403
    assert api.get(SUBSCRIPTIONS, headers={"Authorization": "Bearer nothing"}).status_code == 401
