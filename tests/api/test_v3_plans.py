"""Plans of version 3, held against the published document."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract import Contract

ROOT = "/api/v3/openmeter"
PLANS = f"{ROOT}/plans"
PLAN = f"{PLANS}/{{planId}}"
FEE: dict[str, Any] = {
    "key": "fee",
    "name": "Platform fee",
    "billing_cadence": "P1M",
    "price": {"type": "flat", "amount": "20"},
    "payment_term": "in_advance",
}
Card = Callable[..., dict[str, Any]]


def phase(*cards: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A phase with these rate cards."""
    return {"key": "main", "name": "Main", "rate_cards": list(cards)} | changes


def plan(*cards: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A plan with one phase."""
    made = {"key": "pro", "name": "Pro", "currency": "USD", "billing_cadence": "P1M", "phases": [phase(*cards)]}
    return made | changes


@pytest.fixture
def feature(api: httpx.Client) -> dict[str, Any]:
    """A feature measured by tokens."""
    meter = {"key": "tokens", "name": "Tokens", "aggregation": "sum", "event_type": "prompt", "value_property": "$.n"}
    measured_by = api.post(f"{ROOT}/meters", json=meter).json()["id"]
    body = {"key": "tokens", "name": "Tokens", "meter": {"id": measured_by}}
    made: dict[str, Any] = api.post(f"{ROOT}/features", json=body).json()
    return made


@pytest.fixture
def usage(feature: dict[str, Any]) -> Card:
    """`usage(price=…)` is a rate card for the use of tokens."""

    def card(**changes: Any) -> dict[str, Any]:
        made = {"key": "tokens", "name": "Tokens", "feature": {"id": feature["id"]}, "billing_cadence": "P1M"}
        return made | {"price": {"type": "unit", "amount": "0.001"}} | changes

    return card


def create(api: httpx.Client, contract: Contract, body: dict[str, Any]) -> Any:
    answer = api.post(PLANS, json=body)
    assert answer.status_code == 201, answer.text
    return contract(answer, "POST", PLANS)


def refused(api: httpx.Client, contract: Contract, body: Any) -> Any:
    """What is said to be wrong with a new plan, of which nothing is kept."""
    answer = api.post(PLANS, json=body)
    assert answer.status_code == 400, answer.text
    assert api.get(PLANS).json()["data"] == []
    return contract(answer, "POST", PLANS)


def faults(problem: Any) -> dict[str, str]:
    return {parameter["field"]: parameter["rule"] for parameter in problem["invalid_parameters"]}


def codes(problem: Any) -> dict[str, str]:
    return {error["field"]: error["code"] for error in problem["extensions"]["validationErrors"]}


def test_a_plan_is_drafted_changed_published_archived_and_deleted(api: httpx.Client, contract: Contract) -> None:
    made = create(api, contract, plan(FEE, description="All in", labels={"tier": "top"}))
    assert (made["status"], made["version"], made["pro_rating_enabled"]) == ("draft", 1, True)
    assert (made["description"], made["labels"]) == ("All in", {"tier": "top"})
    assert made["settlement_mode"] == "credit_then_invoice"
    assert not {"effective_from", "validation_errors"} & made.keys()

    one = f"{PLANS}/{made['id']}"
    change = {"name": "Pro+", "pro_rating_enabled": False, "phases": [phase(FEE, FEE | {"key": "more"})]}
    changed = contract(api.put(one, json=change), "PUT", PLAN)
    assert (changed["name"], changed["pro_rating_enabled"], changed["billing_cadence"]) == ("Pro+", False, "P1M")
    assert [card["key"] for card in changed["phases"][0]["rate_cards"]] == ["fee", "more"]
    assert not {"description", "labels"} & changed.keys()

    published = contract(api.post(f"{one}/publish"), "POST", f"{PLAN}/publish")
    assert (published["status"], "effective_to" in published) == ("active", False)
    for refusal in (api.put(one, json=change), api.delete(one), api.post(f"{one}/publish")):
        assert refusal.status_code == 403
    assert contract(api.put(one, json=change), "PUT", PLAN)["detail"]
    assert contract(api.delete(one), "DELETE", PLAN)["detail"]

    archived = contract(api.post(f"{one}/archive"), "POST", f"{PLAN}/archive")
    assert (archived["status"], archived["effective_from"]) == ("archived", published["effective_from"])
    assert contract(api.delete(one), "DELETE", PLAN) is None
    assert contract(api.get(one), "GET", PLAN)["deleted_at"]
    assert api.get(PLANS).json()["data"] == []


def test_the_next_version_of_a_key_ends_the_one_before(api: httpx.Client, contract: Contract) -> None:
    first = create(api, contract, plan(FEE))
    second_draft = api.post(PLANS, json=plan(FEE))
    assert (second_draft.status_code, second_draft.json()["status"]) == (409, 409)
    api.post(f"{PLANS}/{first['id']}/publish")
    second = create(api, contract, plan(FEE, name="Pro of 2027"))
    assert (second["version"], second["status"]) == (2, "draft")
    on_sale = api.post(f"{PLANS}/{second['id']}/publish").json()
    before = api.get(f"{PLANS}/{first['id']}").json()
    assert (before["status"], before["effective_to"]) == ("archived", on_sale["effective_from"])


TIERS = [
    {"up_to_amount": "100", "flat_price": {"type": "flat", "amount": "5"}},
    {"unit_price": {"type": "unit", "amount": "0.02"}},
]


@pytest.mark.parametrize(
    "card",
    [
        {"price": {"type": "free"}},
        {"price": {"type": "flat", "amount": "12.5"}, "payment_term": "in_advance"},
        {"price": {"type": "flat", "amount": "12.5"}, "payment_term": "in_arrears", "discounts": {"percentage": 12.5}},
        {"price": {"type": "unit", "amount": "0.000001"}, "commitments": {"minimum_amount": "5"}},
        {
            "price": {"type": "unit", "amount": "3"},
            "unit_config": {
                "operation": "divide",
                "conversion_factor": "1000000000",
                "rounding": "ceiling",
                "precision": 2,
                "display_unit": "GB",
            },
        },
        {
            "price": {"type": "unit", "amount": "1"},
            "unit_config": {"operation": "multiply", "conversion_factor": "1.2"},
        },
        {
            "price": {"type": "graduated", "tiers": TIERS},
            "commitments": {"minimum_amount": "5", "maximum_amount": "500"},
            "discounts": {"usage": "1000", "percentage": 10},
        },
        {"price": {"type": "volume", "tiers": TIERS}},
        {"price": {"type": "free"}, "entitlement": {"type": "boolean"}},
        {"price": {"type": "free"}, "entitlement": {"type": "static", "config": {"models": ["a", "b"], "most": 0.5}}},
        {
            "price": {"type": "free"},
            "entitlement": {"type": "metered", "is_soft_limit": True, "limit": 15000000, "usage_period": "P1W"},
        },
    ],
)
def test_a_rate_card_is_read_as_it_was_written(
    api: httpx.Client, contract: Contract, usage: Card, card: dict[str, Any]
) -> None:
    written = usage(labels={"team": "ai"}, description="By the token", **card)
    made = create(api, contract, plan(written))
    assert "validation_errors" not in made
    assert made["phases"][0]["rate_cards"] == [written]
    [listed] = contract(api.get(PLANS), "GET", PLANS)["data"]
    assert listed == made


def test_a_configuration_keeps_every_digit(api: httpx.Client, usage: Card) -> None:
    entitlement = {"type": "static", "config": "CONFIG"}
    config = '{"most":12345678901234567890.123456789012345678901,"whole":123456789012345678901234567890}'
    body = httpx.Request("POST", PLANS, json=plan(usage(price={"type": "free"}, entitlement=entitlement))).content
    body = body.replace(b'"CONFIG"', config.encode())
    made = api.post(PLANS, content=body, headers={"Content-Type": "application/json"})
    assert f'"config":{config}' in made.text


def test_what_is_left_out_has_its_default(api: httpx.Client, usage: Card, contract: Contract) -> None:
    flat = {"key": "fee", "name": "Fee", "price": {"type": "flat", "amount": "1.50"}}
    quota = usage(price={"type": "free"}, entitlement={"type": "metered", "limit": 10}, billing_cadence="P1D")
    [once, daily] = create(api, contract, plan(flat, quota))["phases"][0]["rate_cards"]
    assert (once["payment_term"], once["price"]["amount"], "billing_cadence" in once) == ("in_arrears", "1.5", False)
    entitlement = {"type": "metered", "is_soft_limit": False, "limit": 10, "usage_period": "P1D"}
    assert daily["entitlement"] == entitlement


def test_a_plan_has_phases_of_which_the_last_has_no_end(api: httpx.Client, contract: Contract) -> None:
    free = {"key": "fee", "name": "Fee", "price": {"type": "free"}}
    made = create(api, contract, plan(phases=[phase(free, key="trial", duration="P14D"), phase(FEE)]))
    assert [found.get("duration") for found in made["phases"]] == ["P14D", None]

    wrong = plan(phases=[phase(FEE, key="trial"), phase(key="main", duration="P1M")], key="wrong")
    draft = create(api, contract, wrong)
    blocking = {
        "phases[0].duration": "plan_has_non_last_phase_with_no_duration",
        "phases[1].duration": "plan_has_last_phase_with_duration",
        "phases[1].rate_cards": "plan_phase_has_no_rate_cards",
    }
    assert {error["field"]: error["code"] for error in draft["validation_errors"]} == blocking
    refusal = api.post(f"{PLANS}/{draft['id']}/publish")
    assert refusal.status_code == 400
    problem = contract(refusal, "POST", f"{PLAN}/publish")
    assert codes(problem) == blocking
    assert faults(problem) == dict.fromkeys(blocking, "invalid")
    assert api.get(f"{PLANS}/{draft['id']}").json()["status"] == "draft"
