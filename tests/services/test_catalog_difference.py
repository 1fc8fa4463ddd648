"""Two versions of a plan are told apart field by field, in words and as structure."""

from dataclasses import replace
from decimal import Decimal

from backend.catalog.difference import Change, Difference, addon_differences, plan_differences
from backend.catalog.models import InstanceType
from backend.catalog.templates import BooleanTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import AddonTerms, PhaseTerms, PlanTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Price,
    Tier,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import MONTH, WEEK, YEAR
from tests.shop import FEE, TERMS, TOKENS, one_phase

D = Decimal


def said(before: PlanTerms, after: PlanTerms) -> list[str]:
    return [difference.message for difference in plan_differences(before, after)]


def test_equal_plans_differ_in_nothing() -> None:
    assert plan_differences(TERMS, TERMS) == []


def test_a_difference_says_where_and_what() -> None:
    dearer = one_phase(replace(FEE, price=Flat(D(25))), TOKENS)
    [found] = plan_differences(TERMS, dearer)
    assert found == Difference(
        Change.CHANGED,
        "main",
        "fee",
        "price",
        "20 flat in advance",
        "25 flat in advance",
        "Platform fee of phase Main: the price was 20 flat in advance, is now 25 flat in advance.",
    )


def test_the_plan_itself() -> None:
    after = replace(
        TERMS, name="Pro+", billing_cadence=YEAR, pro_rating_enabled=False, description="New", labels={"a": "b"}
    )
    assert said(TERMS, after) == [
        "The plan: the name was Pro, is now Pro+.",
        "The plan: the description is new: New.",
        "The plan: the metadata is new: a=b.",
        "The plan: the billing cadence was P1M, is now P1Y.",
        "The plan: proration was on, is now off.",
    ]


def test_phases_come_go_and_move() -> None:
    trial, main = PhaseTerms("trial", "Trial", (FEE,), WEEK), PhaseTerms("main", "Main", (FEE, TOKENS))
    one, two = replace(TERMS, phases=(main,)), replace(TERMS, phases=(trial, main))
    assert said(one, two) == ["Phase Trial was added.", "Rate card Platform fee of phase Trial was added."]
    assert said(two, one) == ["Phase Trial was removed."]
    swapped = replace(TERMS, phases=(main, trial))
    assert said(two, swapped) == ["The phases follow each other as main, trial; before: trial, main."]
    longer = replace(TERMS, phases=(replace(trial, duration=MONTH), main))
    assert said(two, longer) == ["Phase Trial: the duration was P1W, is now P1M."]


def test_rate_cards_come_and_go() -> None:
    assert said(TERMS, one_phase(FEE)) == ["Rate card Tokens of phase Main was removed."]
    [added] = plan_differences(one_phase(FEE), TERMS)
    assert (added.change, added.phase, added.card, added.after) == (Change.ADDED, "main", "tokens", "Tokens")


def test_every_part_of_a_rate_card_is_compared() -> None:
    after = replace(
        TOKENS,
        name="Words",
        feature_key="words",
        billing_cadence=WEEK,
        price=Graduated((Tier(None, unit=D("0.5")), Tier(D(10), flat=D(3), unit=D(1)))),
        unit_config=UnitConfig(Operation.DIVIDE, D(1000), Rounding.CEILING, 2, "k"),
        commitment=Commitment(D(5), D(50)),
        discounts=Discounts(PercentageDiscount(D("12.5")), UsageDiscount(D(100))),
        entitlement=MeteredTemplate(D(2000), is_soft_limit=True, usage_period=MONTH, preserve_overage_at_reset=True),
        tax_config={"behavior": "inclusive", "stripe": None},
    )
    found = {part.field: (part.before, part.after) for part in plan_differences(one_phase(TOKENS), one_phase(after))}
    assert found == {
        "name": ("Tokens", "Words"),
        "featureKey": ("tokens", "words"),
        "billingCadence": ("P1M", "P1W"),
        "price": ("0.001 per unit", "graduated: up to 10 3 flat and 1 per unit; then 0.5 per unit"),
        "minimumAmount": ("", "5"),
        "maximumAmount": ("", "50"),
        "unitConfig": ("", "divided by 1000, rounded up to 2 decimals, in k"),
        "percentageDiscount": ("", "12.5%"),
        "usageDiscount": ("", "100 units"),
        "entitlementTemplate": (
            "1000 units, hard limit",
            "2000 units every P1M, soft limit, overage is kept",
        ),
        "taxConfig": ("", "behavior=inclusive"),
    }


def test_every_price_model_has_its_words() -> None:
    prices: list[tuple[Price | None, str]] = [
        (None, "free"),
        (Flat(D(1), PaymentTerm.IN_ARREARS), "1 flat in arrears"),
        (Package(D(3), D(10)), "3 per package of 10"),
        (Dynamic(D("1.2")), "the metered value times 1.2"),
        (Volume((Tier(None, flat=D(7)),)), "volume: then 7 flat"),
    ]
    for price, words in prices:
        [found] = plan_differences(one_phase(TOKENS), one_phase(replace(TOKENS, price=price)))
        assert found.after == words


def test_an_entitlement_that_goes_is_told() -> None:
    before, after = replace(FEE, entitlement=StaticTemplate('{"a": 1}')), replace(FEE, entitlement=BooleanTemplate())
    assert said(one_phase(before), one_phase(after)) == [
        'Platform fee of phase Main: the entitlement was configuration {"a": 1}, is now access.'
    ]
    assert said(one_phase(after), one_phase(FEE)) == [
        "Platform fee of phase Main: the entitlement was access, is gone."
    ]


def test_versions_of_an_add_on_are_compared_too() -> None:
    once = AddonTerms("Seats", InstanceType.SINGLE, (FEE,))
    often = AddonTerms("Seats", InstanceType.MULTIPLE, (FEE, TOKENS))
    assert [found.message for found in addon_differences(once, often)] == [
        "The add-on: how often it can be had was single, is now multiple.",
        "Rate card Tokens was added.",
    ]
