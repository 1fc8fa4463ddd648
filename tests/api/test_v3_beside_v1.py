"""The same plans and add-ons in version 1 and in version 3: what one writes, the other reads, or refuses to read."""

from typing import Any

import httpx
import pytest

from tests.api.test_v3_plans import FEE, PLANS, Card, create, feature, plan, usage
from tests.contract import Contract

V1 = "/api/v1/plans"
ADDONS, V1_ADDONS = "/api/v3/openmeter/addons", "/api/v1/addons"
__all__ = ["feature", "usage"]


def v1_card(price: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = {"type": "usage_based", "key": "tokens", "name": "Tokens", "featureKey": "tokens", "billingCadence": "P1M"}
    return made | {"price": price} | changes


def v1_plan(card: dict[str, Any]) -> dict[str, Any]:
    phases = [{"key": "main", "name": "Main", "duration": None, "rateCards": [card]}]
    return {"key": "pro", "name": "Pro", "currency": "USD", "billingCadence": "P1M", "phases": phases}


PACKAGE = {"type": "package", "amount": "0.50", "quantityPerPackage": "1000", "minimumAmount": "5"}
DYNAMIC = {"type": "dynamic", "multiplier": "1.2", "minimumAmount": "10", "maximumAmount": "100"}
READ = [
    (
        PACKAGE,
        {"type": "unit", "amount": "0.5"},
        {"operation": "divide", "conversion_factor": "1000", "rounding": "ceiling", "precision": 0},
        {"minimum_amount": "5"},
    ),
    (
        DYNAMIC,
        {"type": "unit", "amount": "1"},
        {"operation": "multiply", "conversion_factor": "1.2"},
        {"minimum_amount": "10", "maximum_amount": "100"},
    ),
]


@pytest.mark.parametrize(("price", "read", "unit_config", "commitments"), READ)
@pytest.mark.usefixtures("feature")
def test_packages_and_dynamic_prices_are_read_as_converted_units(
    api: httpx.Client, contract: Contract, price: Any, read: Any, unit_config: Any, commitments: Any
) -> None:
    made = api.post(V1, json=v1_plan(v1_card(price))).json()
    addon = {"key": "more", "name": "More", "currency": "USD", "instanceType": "single", "rateCards": [v1_card(price)]}
    sold = api.post(V1_ADDONS, json=addon).json()
    shown = contract(api.get(f"{PLANS}/{made['id']}"), "GET", f"{PLANS}/{{planId}}")
    offered = contract(api.get(f"{ADDONS}/{sold['id']}"), "GET", f"{ADDONS}/{{addonId}}")
    for card in (shown["phases"][0]["rate_cards"][0], offered["rate_cards"][0]):
        assert (card["price"], card["unit_config"], card["commitments"]) == (read, unit_config, commitments)
    assert contract(api.get(PLANS), "GET", PLANS)["data"] == [shown]
    assert contract(api.get(ADDONS), "GET", ADDONS)["data"] == [offered]


def test_version_1_refuses_converted_units(api: httpx.Client, contract: Contract, usage: Card) -> None:
    card = usage(unit_config={"operation": "divide", "conversion_factor": "1000"})
    made = create(api, contract, plan(card))
    refusal = api.get(f"{V1}/{made['id']}")
    assert refusal.status_code == 400
    [issue] = refusal.json()["extensions"]["validationErrors"]
    assert issue["code"] == "unit_config_not_representable"


def test_a_configuration_is_an_object_in_version_3_and_text_in_version_1(api: httpx.Client, usage: Card) -> None:
    config = {"integrations": ["github", "slack"], "limit": 10}
    written = usage(price={"type": "free"}, entitlement={"type": "static", "config": config})
    made = api.post(PLANS, json=plan(written)).json()
    [card] = api.get(f"{V1}/{made['id']}").json()["phases"][0]["rateCards"]
    assert card["entitlementTemplate"]["config"] == '{"integrations":["github","slack"],"limit":10}'
    api.delete(f"{V1}/{made['id']}")
    again = api.post(V1, json=v1_plan(card)).json()
    [read] = api.get(f"{PLANS}/{again['id']}").json()["phases"][0]["rate_cards"]
    assert read["entitlement"]["config"] == config


def test_both_versions_read_the_same_plan(api: httpx.Client, contract: Contract, usage: Card) -> None:
    made = create(api, contract, plan(FEE, usage(discounts={"percentage": 5}, commitments={"maximum_amount": "9"})))
    shown = api.get(f"{V1}/{made['id']}").json()
    [fee, tokens] = shown["phases"][0]["rateCards"]
    assert (fee["type"], fee["price"]) == ("flat_fee", {"type": "flat", "amount": "20", "paymentTerm": "in_advance"})
    assert (tokens["type"], tokens["featureKey"]) == ("usage_based", "tokens")
    assert tokens["price"] == {"type": "unit", "amount": "0.001", "maximumAmount": "9"}
    assert tokens["discounts"] == {"percentage": {"percentage": 5}}
    written = {key: shown[key] for key in ("name", "billingCadence", "phases", "proRatingConfig", "settlementMode")}
    api.put(f"{V1}/{made['id']}", json=written)
    again = api.get(f"{PLANS}/{made['id']}").json()
    assert again | {"updated_at": made["updated_at"]} == made


def test_metadata_that_is_no_label_stays_in_version_1(api: httpx.Client, contract: Contract) -> None:
    fee = {"type": "flat_fee", "key": "fee", "name": "Fee", "metadata": {"note": "no label!"}}
    made = api.post(
        V1, json=v1_plan(fee) | {"metadata": {"team": "ai", "_team": "ai", "note": "", "far": "x" * 64}}
    ).json()
    shown = contract(api.get(f"{PLANS}/{made['id']}"), "GET", f"{PLANS}/{{planId}}")
    assert shown["labels"] == {"team": "ai"}
    assert "labels" not in shown["phases"][0]["rate_cards"][0]
