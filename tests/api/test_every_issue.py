"""Bad input is told everything that is wrong with it at once: its shape and its rules, in words; nothing is saved."""

from copy import deepcopy
from typing import Any

import httpx
import pytest

from tests.api.test_plans import FEE, TOKENS, feature, plan

__all__ = ["feature"]

V1, V3 = "/api/v1/plans", "/api/v3/openmeter/plans"
CARD_V1 = FEE
CARD_V3 = {
    "key": "fee",
    "name": "Fee",
    "billing_cadence": "P1M",
    "price": {"type": "flat", "amount": "20"},
}


def plan_v3(*cards: Any, **changes: Any) -> dict[str, Any]:
    phase = {"key": "main", "name": "Main", "rate_cards": list(cards)}
    return {"key": "pro", "name": "Pro", "currency": "USD", "billing_cadence": "P1M", "phases": [phase]} | changes


def told(answer: httpx.Response) -> dict[str, str]:
    """Field → code."""
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    found = problem["extensions"]["validationErrors"]
    assert all(issue["message"].endswith((".", ")")) for issue in found), found
    assert not any("Input should" in issue["message"] for issue in found)
    return {issue["field"]: issue["code"] for issue in found}


def without(card: dict[str, Any], *fields: str, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in deepcopy(card).items() if name not in fields} | changes


LONG_DISCOUNT = {"percentage": {"percentage": 150}}

MISTAKES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a card without a key beside a card with too large a discount": (
        plan(without(FEE, "key"), FEE | {"key": "other", "discounts": LONG_DISCOUNT}),
        {
            "phases[0].rateCards[0].key": "missing",
            "phases[0].rateCards[1].discounts.percentage.percentage": "percentage_discount_invalid_value",
        },
    ),
    "an amount that is no number beside two cards of one key": (
        plan(FEE | {"key": "odd", "price": {"type": "flat", "amount": "ten"}}, FEE, FEE),
        {
            "phases[0].rateCards[0].price.amount": "decimal_parsing",
            "phases[0].rateCards[2].key": "rate_card_duplicated_key",
        },
    ),
    "an unknown currency beside a misspelt field": (
        plan(FEE) | {"currency": "XXQ", "colour": "red"},
        {"colour": "extra_forbidden", "currency": "currency_invalid"},
    ),
    "a metadata list beside a cadence nobody bills in": (
        plan(FEE | {"metadata": []}) | {"billingCadence": "P5D"},
        {"phases[0].rateCards[0].metadata": "dict_type", "billingCadence": "plan_billing_cadence_invalid"},
    ),
    "no name and no such currency": (
        without(plan(FEE), "name", currency="QQQ"),
        {"name": "missing", "currency": "currency_invalid"},
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_shape_and_rules_are_told_together(api: httpx.Client, feature: str, name: str) -> None:
    body, expected = MISTAKES[name]
    assert told(api.post(V1, json=body)).items() >= expected.items()
    assert api.get(V1).json()["totalCount"] == 0


@pytest.mark.parametrize("amount", ["1e3", " 1", "+5", "1_000", "NaN", "", "ten", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_an_amount_is_written_in_digits(api: httpx.Client, feature: str, amount: str) -> None:
    odd = FEE | {"price": {"type": "flat", "amount": amount}}
    assert told(api.post(V1, json=plan(odd))) == {"phases[0].rateCards[0].price.amount": "decimal_parsing"}
    card = CARD_V3 | {"price": {"type": "flat", "amount": amount}}
    [found] = api.post(V3, json=plan_v3(card)).json()["invalid_parameters"]
    assert found["field"] == "phases[0].rate_cards[0].price.amount"


def test_version_3_tells_them_by_its_own_names(api: httpx.Client, feature: str) -> None:
    body = plan_v3(without(CARD_V3, "name"), CARD_V3 | {"key": "other", "discounts": {"percentage": 150}})
    answer = api.post(V3, json=body)
    assert answer.status_code == 400
    named = {found["field"]: found["rule"] for found in answer.json()["invalid_parameters"]}
    assert named["phases[0].rate_cards[0].name"] == "required"
    assert named["phases[0].rate_cards[1].discounts.percentage"] == "invalid"
    assert api.get(V3).json()["meta"]["page"]["total"] == 0


def test_an_update_is_told_everything_too(api: httpx.Client, feature: str) -> None:
    made = api.post(V1, json=plan(FEE)).json()
    body = without(plan(FEE | {"discounts": LONG_DISCOUNT}), "key", "currency", "name")
    found = told(api.put(f"{V1}/{made['id']}", json=body))
    assert found["name"] == "missing"
    assert found["phases[0].rateCards[0].discounts.percentage.percentage"] == "percentage_discount_invalid_value"
    assert api.get(f"{V1}/{made['id']}").json()["phases"] == made["phases"]


def test_an_add_on_is_told_everything(api: httpx.Client, feature: str) -> None:
    body = {"key": "Extra!", "name": "", "currency": "QQQ", "instanceType": "single", "rateCards": [FEE]}
    assert told(api.post("/api/v1/addons", json=body)) == {
        "key": "string_pattern_mismatch",
        "name": "string_too_short",
        "currency": "currency_invalid",
    }


def test_a_feature_is_told_everything(api: httpx.Client, feature: str) -> None:
    body = {
        "key": "01ARZ3NDEKTSV4RRFFQ69G5FAV".lower(),
        "name": 7,
        "meterSlug": "tokens",
        "advancedMeterGroupByFilters": {"colour": {"$eq": "red"}},
    }
    assert told(api.post("/api/v1/features", json=body)) == {
        "key": "invalid_key",
        "name": "string_type",
        "advancedMeterGroupByFilters.colour": "unknown_dimension",
    }
    assert told(api.post("/api/v1/features", json=body | {"name": "Seven", "meterSlug": 7})) == {
        "key": "invalid_key",
        "meterSlug": "string_type",
    }


def test_who_may_not_write_is_told_only_that(api: httpx.Client) -> None:
    answer = httpx.post(f"{api.base_url}{V1}", json={"key": 1})
    assert answer.status_code == 401


def test_what_follows_from_a_fault_is_not_told_as_another(api: httpx.Client, feature: str) -> None:
    body = plan(TOKENS | {"featureKey": 7}) | {"billingCadence": "monthly"}
    assert told(api.post(V1, json=body)) == {
        "phases[0].rateCards[0].featureKey": "string_type",
        "billingCadence": "value_error",
    }
