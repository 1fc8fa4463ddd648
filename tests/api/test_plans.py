"""Plans over HTTP, with the official SDK and against the published contract."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from openmeter import Client
from openmeter.models import (
    FlatPriceWithPaymentTerm,
    PlanCreate,
    PlanPhase,
    PlanReplaceUpdate,
    RateCardFlatFee,
    RateCardMeteredEntitlement,
    RateCardUsageBased,
    UnitPriceWithCommitments,
)

from backend.catalog.models import RateCardKind
from backend.catalog.service import plans
from backend.catalog.terms import PlanInput, RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.rate.prices import Unit
from backend.engine.recurrence import MONTH
from backend.infra.context import unit_of_work
from tests.api.test_features import METER
from tests.contract import Contract
from tests.shop import one_phase

PLANS = "/api/v1/plans"
PLAN = f"{PLANS}/{{planId}}"
FEE = {
    "type": "flat_fee",
    "key": "fee",
    "name": "Platform fee",
    "billingCadence": "P1M",
    "price": {"type": "flat", "amount": "20", "paymentTerm": "in_advance"},
}
TOKENS: dict[str, Any] = {
    "type": "usage_based",
    "key": "tokens",
    "name": "Tokens",
    "featureKey": "tokens",
    "billingCadence": "P1M",
    "price": {"type": "unit", "amount": "0.001"},
}


def plan(*cards: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A plan with one phase."""
    phase = {"key": "main", "name": "Main", "duration": None, "rateCards": list(cards)}
    return {"key": "pro", "name": "Pro", "currency": "USD", "billingCadence": "P1M", "phases": [phase]} | changes


@pytest.fixture
def feature(api: httpx.Client) -> str:
    """The key of a feature measured by tokens."""
    assert api.post("/api/v1/meters", json=METER).status_code == 201
    body = {"key": "tokens", "name": "Tokens", "meterSlug": "tokens"}
    assert api.post("/api/v1/features", json=body).status_code == 201
    return "tokens"


def test_the_sdk_drafts_changes_publishes_and_archives(sdk: Client, feature: str) -> None:
    fee = RateCardFlatFee(
        type="flat_fee",
        key="fee",
        name="Fee",
        billing_cadence="P1M",
        price=FlatPriceWithPaymentTerm(type="flat", amount="20.00"),
    )
    usage = RateCardUsageBased(
        type="usage_based",
        key=feature,
        name="Tokens",
        feature_key=feature,
        billing_cadence="P1M",
        price=UnitPriceWithCommitments(type="unit", amount="0.0010", minimum_amount="5"),
        entitlement_template=RateCardMeteredEntitlement(type="metered", issue_after_reset=1000, usage_period="P1M"),
    )
    phases = [PlanPhase(key="main", name="Main", duration=None, rate_cards=[fee, usage])]
    made = sdk.plans.create(PlanCreate(key="pro", name="Pro", currency="USD", billing_cadence="P1M", phases=phases))
    assert (made.status, made.version, made.validation_errors) == ("draft", 1, [])
    card = made.phases[0].rate_cards[1]
    assert card["price"] == {"type": "unit", "amount": "0.001", "minimumAmount": "5"}
    assert card["entitlementTemplate"]["issueAfterReset"] == 1000

    changed = sdk.plans.update(made.id, PlanReplaceUpdate(name="Pro+", billing_cadence="P1M", phases=phases))
    assert changed.name == "Pro+"
    assert sdk.plans.publish(made.id).status == "active"
    assert sdk.plans.get("pro").id == made.id
    assert [found.version for found in sdk.plans.list(status=["active"], key=["pro"])] == [1]
    assert sdk.plans.archive(made.id).status == "archived"
    sdk.plans.delete(made.id)
    assert list(sdk.plans.list()) == []
    assert [found.deleted_at is not None for found in sdk.plans.list(include_deleted=True)] == [True]


@pytest.mark.parametrize(
    "card",
    [
        FEE,
        FEE | {"billingCadence": None, "price": {"type": "flat", "amount": "99.5", "paymentTerm": "in_arrears"}},
        FEE | {"price": None, "description": "Free", "metadata": {"a": "b"}},
        TOKENS,
        TOKENS | {"price": None, "entitlementTemplate": {"type": "boolean"}},
        TOKENS | {"entitlementTemplate": {"type": "static", "config": '{"seats": 5}'}},
        TOKENS
        | {
            "entitlementTemplate": {
                "type": "metered",
                "isSoftLimit": True,
                "issueAfterReset": 0.5,
                "issueAfterResetPriority": 3,
                "preserveOverageAtReset": False,
                "usagePeriod": "P1D",
            }
        },
        TOKENS | {"price": {"type": "dynamic", "multiplier": "1.2", "maximumAmount": "100"}},
        TOKENS | {"price": {"type": "package", "amount": "3", "quantityPerPackage": "10"}},
        TOKENS | {"discounts": {"percentage": {"percentage": 12.5}, "usage": {"quantity": "100"}}},
        TOKENS | {"taxConfig": {"behavior": "exclusive", "stripe": {"code": "txcd_10000000"}}},
        TOKENS
        | {
            "price": {
                "type": "tiered",
                "mode": "graduated",
                "tiers": [
                    {"upToAmount": "10", "flatPrice": {"type": "flat", "amount": "1"}, "unitPrice": None},
                    {"flatPrice": None, "unitPrice": {"type": "unit", "amount": "0.5"}},
                ],
            }
        },
    ],
)
def test_a_rate_card_comes_back_as_it_was_sent(
    api: httpx.Client, contract: Contract, feature: str, card: dict[str, Any]
) -> None:
    made = contract(api.post(PLANS, json=plan(card)), "POST", PLANS)
    assert made["phases"][0]["rateCards"] == [card]
    published = contract(api.post(f"{PLANS}/{made['id']}/publish"), "POST", f"{PLAN}/publish")
    assert published["phases"] == made["phases"]


def test_numbers_are_normalised(api: httpx.Client, feature: str) -> None:
    card = TOKENS | {"price": {"type": "unit", "amount": "000.100", "maximumAmount": "1000.0"}}
    made = api.post(PLANS, json=plan(card)).json()
    price = made["phases"][0]["rateCards"][0]["price"]
    assert price == {"type": "unit", "amount": "0.1", "maximumAmount": "1000"}


def test_the_life_of_a_plan_follows_the_contract(api: httpx.Client, contract: Contract) -> None:
    first = contract(api.post(PLANS, json=plan(FEE, metadata={"tier": "1"})), "POST", PLANS)
    assert (first["status"], first["version"], first["proRatingConfig"]["enabled"]) == ("draft", 1, True)
    contract(api.post(f"{PLANS}/{first['id']}/publish"), "POST", f"{PLAN}/publish")
    second = contract(api.post(f"{PLANS}/pro/next"), "POST", f"{PLANS}/{{planIdOrKey}}/next")
    assert (second["version"], second["metadata"]) == (2, {"tier": "1"})
    refused = api.post(f"{PLANS}/pro/next")
    assert refused.status_code == 409
    body = plan(FEE, name="Better")
    replaced = {key: body[key] for key in ("name", "billingCadence", "phases")}
    assert contract(api.put(f"{PLANS}/{second['id']}", json=replaced), "PUT", PLAN)["name"] == "Better"
    assert contract(api.get(f"{PLANS}/pro"), "GET", PLAN)["version"] == 1
    assert contract(api.get(f"{PLANS}/pro", params={"includeLatest": "true"}), "GET", PLAN)["version"] == 2
    active = contract(api.post(f"{PLANS}/{second['id']}/publish"), "POST", f"{PLAN}/publish")
    before = contract(api.get(f"{PLANS}/{first['id']}"), "GET", PLAN)
    assert (before["status"], before["effectiveTo"]) == ("archived", active["effectiveFrom"])
    listed = contract(api.get(f"{PLANS}?keyVersion[pro]=2&orderBy=version&order=DESC"), "GET", PLANS)
    assert [found["id"] for found in listed["items"]] == [second["id"]]
    assert api.put(f"{PLANS}/{second['id']}", json=replaced).status_code == 403
    assert contract(api.post(f"{PLANS}/{second['id']}/archive"), "POST", f"{PLAN}/archive")["status"] == "archived"
    assert api.delete(f"{PLANS}/{second['id']}").status_code == 204
    assert api.get(f"{PLANS}/nothing").status_code == 404


def test_versions_of_keys_are_listed_however_a_client_writes_them(api: httpx.Client, sdk: Client) -> None:
    first = api.post(PLANS, json=plan(FEE)).json()
    api.post(PLANS, json=plan(FEE, key="other"))
    api.post(f"{PLANS}/{first['id']}/publish")
    api.post(f"{PLANS}/pro/next")
    assert [found.version for found in sdk.plans.list(key_version={"pro": [2, 3]})] == [2]
    assert {found.key for found in sdk.plans.list(key_version={"pro": [1], "other": [1]})} == {"pro", "other"}
    for written, expected in (("1,2", [1, 2]), ("[1,2]", [1, 2]), ("[2]", [2])):
        items = api.get(PLANS, params={"keyVersion[pro]": written}).json()["items"]
        assert [found["version"] for found in items] == expected
    for name, wrong in (("keyVersion", "pro"), ("keyVersion", "{}"), ("keyVersion[pro]", "x"), ("keyVersion[pro]", "")):
        assert api.get(PLANS, params={name: wrong}).status_code == 400


def test_publishing_an_unfinished_plan_names_everything_that_is_wrong(api: httpx.Client, contract: Contract) -> None:
    unfinished = plan(FEE, TOKENS | {"key": "calls", "featureKey": None})
    unfinished["phases"][0]["duration"] = "P1M"
    made = contract(api.post(PLANS, json=unfinished), "POST", PLANS)
    expected = [
        ("phases[0].duration", "plan_has_last_phase_with_duration"),
        ("phases[0].rateCards[1].featureKey", "rate_card_usage_based_price_with_no_feature"),
    ]
    assert [(issue["field"], issue["code"]) for issue in made["validationErrors"]] == expected
    answer = api.post(f"{PLANS}/{made['id']}/publish")
    assert answer.status_code == 400
    issues = contract(answer, "POST", f"{PLAN}/publish")["extensions"]["validationErrors"]
    assert [(issue["field"], issue["code"]) for issue in issues] == expected


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"billingCadence": "monthly"}, "billingCadence"),
        ({"billingCadence": "P1D"}, "billingCadence"),
        ({"currency": "DOLLARS"}, "currency"),
        ({"phases": []}, "phases"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_is_named(api: httpx.Client, contract: Contract, change: dict[str, Any], field: str) -> None:
    answer = api.post(PLANS, json=plan(FEE, **change))
    assert answer.status_code == 400
    issues = contract(answer, "POST", PLANS)["extensions"]["validationErrors"]
    assert field in [issue["field"] for issue in issues]


@pytest.mark.parametrize(
    "card",
    [
        FEE | {"price": {"type": "unit", "amount": "1"}},
        FEE | {"price": {"type": "flat", "amount": "NaN"}},
        FEE | {"price": {"type": "flat", "amount": True}},
        FEE | {"unitConfig": {}},
        FEE | {"type": "something"},
        TOKENS | {"price": {"type": "tiered", "mode": "graduated", "tiers": []}},
    ],
)
def test_what_version_1_does_not_know_is_refused(api: httpx.Client, card: dict[str, Any]) -> None:
    answer = api.post(PLANS, json=plan(card))
    assert answer.status_code == 400
    assert answer.json()["extensions"]["validationErrors"][0]["field"].startswith("phases[0].rateCards[0]")


def with_thousands(keys: tuple[str, ...]) -> None:
    """Plans on sale whose tokens are sold in thousands, as only version 3 can write them."""
    thousands = UnitConfig(Operation.DIVIDE, Decimal(1000), Rounding.CEILING)
    card = RateCardTerms(
        "tokens", "Tokens", RateCardKind.USAGE_BASED, Unit(Decimal(10)), MONTH, thousands, feature_key="tokens"
    )
    with unit_of_work() as ctx:
        for key in keys:
            drafted = plans.create(ctx, PlanInput(key, "USD", one_phase(card)))
            plans.publish(ctx, drafted.row.id)


def test_what_only_version_3_can_say_is_refused_and_never_left_out(api: httpx.Client, feature: str) -> None:
    with_thousands(("converting",))
    made = api.post(PLANS, json=plan(FEE, key="plain")).json()
    found = api.get(PLANS).json()
    assert ([one["key"] for one in found["items"]], found["totalCount"]) == (["plain"], 1)
    with unit_of_work() as ctx:
        plan_id = plans.get(ctx, "converting").row.id
        draft_id = plans.next_version(ctx, "converting").row.id
    replacement = {key: value for key, value in plan(FEE).items() if key not in ("key", "currency")}
    refused = [
        api.get(f"{PLANS}/converting"),
        api.put(f"{PLANS}/{draft_id}", json=replacement),
        api.post(f"{PLANS}/{draft_id}/publish"),
        api.post(f"{PLANS}/{plan_id}/archive"),
        api.get(f"{PLANS}/{plan_id}/addons"),
    ]
    assert api.delete(f"{PLANS}/{draft_id}").status_code == 204
    refused.append(api.post(f"{PLANS}/converting/next"))
    for answer in refused:
        assert answer.status_code == 400, answer.text
        [issue] = answer.json()["extensions"]["validationErrors"]
        assert issue["code"] == "unit_config_not_representable"
    with unit_of_work() as ctx:
        found_now = plans.get(ctx, "converting", latest=True)
        assert (found_now.row.id, found_now.status) == (plan_id, "active")
    assert made["status"] == "draft"


def test_a_subscription_with_converted_units_is_made_but_not_shown(api: httpx.Client, feature: str) -> None:
    with_thousands(("converting",))
    customer = api.post("/api/v1/customers", json={"key": "acme", "name": "Acme"}).json()
    body = {"customerId": customer["id"], "plan": {"key": "converting"}}
    made = api.post("/api/v1/subscriptions", json=body)
    assert made.status_code == 201, made.text
    answer = api.get(f"/api/v1/subscriptions/{made.json()['id']}")
    assert answer.status_code == 400
    assert answer.json()["extensions"]["validationErrors"][0]["code"] == "unit_config_not_representable"
