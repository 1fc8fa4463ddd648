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


def test_what_a_plan_cannot_be_is_told_at_once(api: httpx.Client, contract: Contract, usage: Card) -> None:
    deep: Any = {}
    for _ in range(40):
        deep = {"deeper": deep}
    cards = [
        usage(price={"type": "unit", "amount": 0.1}),
        usage(price={"type": "unit", "amount": "1e3"}, payment_term="in_advance"),
        usage(price={"type": "graduated", "tiers": []}, billing_cadence=None),
        usage(price={"type": "package", "amount": "1"}),
        usage(price={"amount": "1"}, discount={}),
        FEE | {"commitments": {"minimum_amount": "1"}},
        {"key": "Fee!", "name": "", "price": {"type": "free"}, "unit_config": {"operation": "add"}},
        usage(price={"type": "free"}, entitlement={"type": "static", "config": deep}),
        usage(price={"type": "free"}, entitlement={"type": "metered"}, billing_cadence=None),
        usage(feature={"id": "tokens"}, unit_config={"operation": "divide", "conversion_factor": "1", "precision": 99}),
    ]
    labels = {"team": "no spaces", "no spaces": "team", "kong_team": "ai"}
    body = plan(*cards, pro_rating_enabled="yes", labels=labels, billing_cadence="monthly")
    problem = refused(api, contract, body)
    place = "phases[0].rate_cards"
    assert faults(problem) == {
        "pro_rating_enabled": "is_boolean",
        "labels.team": "matches_regex",
        "labels.no spaces": "matches_regex",
        "labels.kong_team": "is_label",
        "billing_cadence": "invalid",
        f"{place}[0].price.amount": "is_string",
        f"{place}[1].price.amount": "matches_regex",
        f"{place}[2].price.tiers": "min_items",
        f"{place}[3].price": "enum",
        f"{place}[4].price.type": "required",
        f"{place}[4].discount": "unknown_property",
        f"{place}[5].commitments": "invalid",
        f"{place}[6].key": "matches_regex",
        f"{place}[6].name": "min_length",
        f"{place}[6].unit_config.operation": "enum",
        f"{place}[6].unit_config.conversion_factor": "required",
        f"{place}[7].entitlement.config": "invalid",
        f"{place}[8].entitlement": "required",
        f"{place}[8].key": "invalid",
        f"{place}[9].feature.id": "matches_regex",
        f"{place}[9].unit_config.precision": "max",
    }
    choices = [found["choices"] for found in problem["invalid_parameters"] if found["field"] == f"{place}[3].price"]
    assert choices == [["free", "flat", "unit", "graduated", "volume"]]
    assert {found["source"] for found in problem["invalid_parameters"]} == {"body"}


def test_plans_are_filtered_sorted_and_paged(api: httpx.Client, contract: Contract) -> None:
    for key, currency in (("alpha", "USD"), ("beta", "EUR"), ("gamma", "USD")):
        create(api, contract, plan(FEE, key=key, name=f"The {key} plan", currency=currency))
    [beta] = api.get(PLANS, params={"filter[key]": "beta"}).json()["data"]
    api.post(f"{PLANS}/{beta['id']}/publish")

    def keys(**query: str) -> list[str]:
        answer = api.get(
            PLANS, params={"sort": "key desc"} | {name.replace("__", "[") + "]": query[name] for name in query}
        )
        return [found["key"] for found in contract(answer, "GET", PLANS)["data"]]

    assert keys() == ["gamma", "beta", "alpha"]
    assert keys(filter__currency="USD") == ["gamma", "alpha"]
    assert keys(filter__status="active") == ["beta"]
    assert api.get(PLANS, params={"filter[status][neq]": "active", "sort": "key"}).json()["meta"]["page"]["total"] == 2
    assert api.get(PLANS, params={"filter[status][oeq]": "archived,scheduled"}).json()["data"] == []
    assert api.get(PLANS, params={"filter[name][contains]": "ALPHA"}).json()["meta"]["page"]["total"] == 1
    assert api.get(PLANS, params={"filter[key][ocontains]": "alph,gam"}).json()["meta"]["page"]["total"] == 2
    page = api.get(PLANS, params={"page[size]": 2, "page[number]": 2, "sort": "key"}).json()
    assert ([found["key"] for found in page["data"]], page["meta"]["page"]) == (
        ["gamma"],
        {"number": 2, "size": 2, "total": 3},
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("filter[status]=retired", "filter[status]"),
        ("filter[status][eq]=draft&filter[status][neq]=retired", "filter[status]"),
        ("filter[currency][contains]=U", "filter[currency][contains]"),
        ("filter[colour]=red", "filter[colour]"),
        ("sort=name", "sort"),
        ("page[size]=0", "page[size]"),
        ("page[number]=first", "page[number]"),
    ],
)
def test_a_list_of_plans_that_makes_no_sense_is_refused(
    api: httpx.Client, contract: Contract, query: str, field: str
) -> None:
    problem = contract(api.get(f"{PLANS}?{query}"), "GET", PLANS)
    assert [(found["field"], found["source"]) for found in problem["invalid_parameters"]] == [(field, "query")]


@pytest.mark.parametrize("id_or_key", ["01J0000000000000000000000Z", "nobody", "%F0%9F%98%80", "a" * 300])
def test_a_plan_that_there_is_not(api: httpx.Client, contract: Contract, id_or_key: str) -> None:
    one = f"{PLANS}/{id_or_key}"
    change = {"name": "Pro", "phases": [phase(FEE)]}
    assert contract(api.get(one), "GET", PLAN)["status"] == 404
    assert contract(api.put(one, json=change), "PUT", PLAN)["status"] == 404
    assert contract(api.delete(one), "DELETE", PLAN)["status"] == 404
    for action in ("publish", "archive"):
        assert contract(api.post(f"{one}/{action}"), "POST", f"{PLAN}/{action}")["status"] == 404
