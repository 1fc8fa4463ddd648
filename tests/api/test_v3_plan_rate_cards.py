"""Rate cards in plans of version 3: read as written, and refused by the names of what breaks a rule."""

from typing import Any

import httpx
import pytest

from tests.api.test_v3_plans import FEE, PLANS, Card, codes, create, faults, feature, plan, refused, usage
from tests.contract import Contract

__all__ = ["feature", "usage"]

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


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"price": {"type": "unit", "amount": "1"}, "billing_cadence": None}, "billing_cadence"),
        ({"price": {"type": "unit", "amount": "1"}, "payment_term": "in_advance"}, "payment_term"),
        ({"price": {"type": "free"}, "payment_term": "in_advance"}, "payment_term"),
        ({"price": {"type": "free"}, "commitments": {}}, "commitments"),
        (
            {"price": {"type": "free"}, "unit_config": {"operation": "divide", "conversion_factor": "2"}},
            "unit_config",
        ),
    ],
)
def test_what_fits_one_kind_of_price_is_refused_with_another(
    api: httpx.Client, contract: Contract, usage: Card, wrong: dict[str, Any], field: str
) -> None:
    assert list(faults(refused(api, contract, plan(usage(**wrong))))) == [f"phases[0].rate_cards[0].{field}"]


def test_rules_are_told_by_their_codes_where_version_3_writes_what_breaks_them(
    api: httpx.Client, contract: Contract, usage: Card
) -> None:
    nobody = "01J0000000000000000000000Z"
    cards = [
        usage(key="other", commitments={"minimum_amount": "9", "maximum_amount": "1"}),
        usage(feature={"id": nobody}, discounts={"percentage": 101, "usage": "0"}),
        FEE | {"tax_config": {"code": {"id": nobody}}, "price": {"type": "flat", "amount": "-1"}},
        FEE | {"entitlement": {"type": "metered", "limit": 1}},
        usage(
            unit_config={"operation": "divide", "conversion_factor": "0"},
            entitlement={"type": "static", "config": "text"},
        ),
    ]
    problem = refused(api, contract, plan(*cards, currency="ZZZZ"))
    place = "phases[0].rate_cards"
    assert codes(problem) == {
        "currency": "currency_not_found",
        f"{place}[0].key": "rate_card_key_feature_key_mismatch",
        f"{place}[0].commitments.minimum_amount": "price_minimum_over_maximum",
        f"{place}[1].feature.id": "rate_card_feature_not_found",
        f"{place}[1].discounts.percentage": "percentage_discount_invalid_value",
        f"{place}[1].discounts.usage": "usage_discount_negative_quantity",
        f"{place}[2].price.amount": "price_amount_negative",
        f"{place}[2].tax_config.code.id": "tax_code_not_found",
        f"{place}[3].key": "rate_card_duplicated_key",
        f"{place}[3].feature.id": "entitlement_template_with_no_feature",
        f"{place}[4].key": "rate_card_duplicated_key",
        f"{place}[4].unit_config.conversion_factor": "unit_config_invalid_conversion_factor",
        f"{place}[4].entitlement.config": "entitlement_template_invalid_json_config",
    }


def test_every_price_of_a_plan_is_in_its_currency(api: httpx.Client, contract: Contract) -> None:
    cards = [FEE | {"key": f"fee{currency.lower()}", "currency": currency} for currency in ("USD", "EUR", "GOLD")]
    assert list(codes(refused(api, contract, plan(*cards))).values()) == [
        "rate_card_currency_override_redundant",
        "rate_card_currency_override_not_allowed",
        "currency_not_found",
    ]
