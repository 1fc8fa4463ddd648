"""The price linter says what is probably not meant, with exact unit counts."""

from dataclasses import replace
from decimal import Decimal

import pytest

from backend.catalog.lint import Finding, LintCode, NamedPlan, lint_plan, lint_rate_card
from backend.catalog.models import RateCardKind
from backend.catalog.service import advice
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PercentageDiscount,
    Price,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import MONTH
from tests.conftest import Work
from tests.shop import FEE, TOKENS, on_sale, one_phase, tokens_feature

D = Decimal
VOLUME = Volume((Tier(D(5), flat=D(100)), Tier(D(10), flat=D(150)), Tier(D(15), unit=D(10)), Tier(None, unit=D(5))))


def card(price: Price | None, **more: object) -> RateCardTerms:
    """A rate card of tokens."""
    wanted = RateCardTerms("tokens", "Tokens", RateCardKind.USAGE_BASED, price, MONTH, feature_key="tokens")
    return replace(wanted, **more)


def codes(findings: list[Finding]) -> list[LintCode]:
    return [finding.code for finding in findings]


def quota(units: int, *, soft: bool = False) -> MeteredTemplate:
    return MeteredTemplate(D(units), is_soft_limit=soft)


def test_a_volume_cliff_is_told_with_the_exact_unit_and_where_the_bill_is_as_large_again() -> None:
    cliffs = [finding for finding in lint_rate_card(card(VOLUME), "USD") if finding.code is LintCode.VOLUME_CLIFF]
    assert [(cliff.units, cliff.field) for cliff in cliffs] == [(D(11), "price.tiers"), (D(16), "price.tiers")]
    assert cliffs[0].message == (
        "At 11 units the bill falls from $150.00 to $110.00; from 15 units on it is as large again."
    )
    assert cliffs[1].message == (
        "At 16 units the bill falls from $150.00 to $80.00; from 30 units on it is as large again."
    )


def test_free_units_move_the_cliff() -> None:
    price = Volume((Tier(D(15), unit=D(10)), Tier(None, unit=D(5))))
    [cliff] = lint_rate_card(card(price, discounts=Discounts(usage=UsageDiscount(D(100)))), "USD")
    assert cliff.units == 116


def test_a_cliff_that_the_minimum_spend_levels_is_none() -> None:
    price = Volume((Tier(D(15), unit=D(10)), Tier(None, unit=D(5))))
    findings = lint_rate_card(card(price, commitment=Commitment(minimum=D(150))), "USD")
    assert codes(findings) == []


def test_a_cliff_may_last_for_ever() -> None:
    price = Volume((Tier(D(10), unit=D(1)), Tier(None, flat=D(5))))
    [cliff] = [found for found in lint_rate_card(card(price), "USD") if found.code is LintCode.VOLUME_CLIFF]
    assert cliff.message == "At 11 units the bill falls from $10.00 to $5.00, and it never recovers."


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (
            card(Graduated((Tier(D(5), unit=D(2)), Tier(D(10), unit=D(0)), Tier(None, unit=D(1))))),
            LintCode.FREE_GAP,
            "price.tiers",
        ),
        (card(Graduated((Tier(D(5), unit=D(1)), Tier(None, unit=D(2))))), LintCode.TIER_PRICE_RISES, "price.tiers"),
        (
            card(Unit(D(1)), entitlement=quota(100), discounts=Discounts(usage=UsageDiscount(D(100)))),
            LintCode.PRICE_NEVER_CHARGED,
            "entitlementTemplate.issueAfterReset",
        ),
        (
            card(Graduated((Tier(D(500), unit=D(2)), Tier(None, unit=D(1)))), entitlement=quota(500)),
            LintCode.TIER_NEVER_REACHED,
            "price.tiers",
        ),
        (
            card(Unit(D(1)), entitlement=quota(1000, soft=True)),
            LintCode.ALLOWANCE_DIFFERS,
            "entitlementTemplate.issueAfterReset",
        ),
        (
            card(Unit(D(1)), entitlement=quota(50), commitment=Commitment(maximum=D(60))),
            LintCode.COMMITMENT_NEVER_REACHED,
            "price.maximumAmount",
        ),
        (
            card(Unit(D(1)), entitlement=quota(50), commitment=Commitment(minimum=D(60))),
            LintCode.COMMITMENT_NEVER_REACHED,
            "price.minimumAmount",
        ),
        (
            card(Graduated((Tier(None, flat=D(30), unit=D(1)),)), commitment=Commitment(minimum=D(20))),
            LintCode.MINIMUM_WITHOUT_EFFECT,
            "price.minimumAmount",
        ),
        (card(Unit(D(0))), LintCode.PRICE_OF_ZERO, "price"),
        (card(Dynamic(D(0))), LintCode.PRICE_OF_ZERO, "price"),
        (card(Flat(D(0))), LintCode.PRICE_OF_ZERO, "price.amount"),
        (
            card(Unit(D(1)), discounts=Discounts(PercentageDiscount(D(100)))),
            LintCode.DISCOUNTED_TO_ZERO,
            "discounts.percentage",
        ),
    ],
)
def test_what_is_odd_about_a_rate_card(wanted: RateCardTerms, code: LintCode, field: str) -> None:
    assert [(finding.code, finding.field) for finding in lint_rate_card(wanted, "USD")] == [(code, field)]


@pytest.mark.parametrize(
    "wanted",
    [
        card(None),
        card(Flat(D(20))),
        card(Unit(D(1)), entitlement=quota(1000), commitment=Commitment(D(10), D(500))),
        card(Unit(D(1)), entitlement=quota(1000, soft=True), discounts=Discounts(usage=UsageDiscount(D(1000)))),
        card(Graduated((Tier(D(1000), unit=D(0)), Tier(None, unit=D(1)))), entitlement=quota(1000, soft=True)),
        card(Volume((Tier(D(10), flat=D(10)), Tier(None, flat=D(15), unit=D(1))))),
        card(Package(D(5), D(10)), commitment=Commitment(maximum=D(100))),
        card(Unit(D(5)), unit_config=UnitConfig(Operation.DIVIDE, D(1000), Rounding.CEILING)),
    ],
)
def test_sound_rate_cards_pass_in_silence(wanted: RateCardTerms) -> None:
    assert lint_rate_card(wanted, "USD") == []


@pytest.mark.parametrize("price", [Unit(D(-1)), Volume(()), Volume((Tier(D(5), unit=D(1)),)), Package(D(1), D(0))])
def test_invalid_prices_are_left_to_the_validation(price: Price) -> None:
    assert lint_rate_card(card(price), "USD") == []


def test_a_plan_is_read_phase_by_phase() -> None:
    trial = PhaseTerms("trial", "Trial", (FEE, TOKENS), MONTH)
    terms = PlanTerms("Pro", MONTH, (trial, PhaseTerms("main", "Main", (replace(FEE, price=None),))))
    findings = lint_plan("USD", terms)
    assert [(finding.code, finding.field) for finding in findings] == [
        (LintCode.LOST_IN_NEXT_PHASE, "phases[0].rateCards[1]"),
        (LintCode.LAST_PHASE_FREE, "phases[1]"),
    ]


def fee(amount: int) -> RateCardTerms:
    return replace(FEE, price=Flat(D(amount)))


def with_free(units: int, price: str) -> RateCardTerms:
    return card(Unit(D(price)), discounts=Discounts(usage=UsageDiscount(D(units))))


STARTER = one_phase(fee(20), with_free(100, "0.10"), name="Starter")
SCALE = one_phase(fee(200), with_free(1000, "0.10"), name="Scale")


def test_overage_that_is_cheaper_than_the_plan_above_is_told_with_both_bills() -> None:
    [finding] = lint_plan("USD", STARTER, [NamedPlan("Scale", SCALE)])
    assert (finding.code, finding.units) == (LintCode.OVERAGE_CHEAPER_THAN_PLAN_ABOVE, D(1000))
    assert finding.message == (
        "At 1,000 units, all that Scale includes, Starter with overage costs $110.00 and Scale $200.00: "
        "nobody has a reason to move up."
    )
    assert codes(lint_plan("USD", SCALE, [NamedPlan("Starter", STARTER)])) == [finding.code]


def test_plans_are_compared_in_the_units_they_bill() -> None:
    thousands = UnitConfig(Operation.DIVIDE, D(1000), Rounding.CEILING)

    def converted(terms: PlanTerms) -> PlanTerms:
        first, usage = terms.phases[0].rate_cards
        return one_phase(first, replace(usage, unit_config=thousands), name=terms.name)

    [finding] = lint_plan("USD", converted(STARTER), [NamedPlan("Scale", converted(SCALE))])
    assert finding.units == 1000
    assert lint_plan("USD", STARTER, [NamedPlan("Scale", converted(SCALE))]) == []


def test_a_plan_above_that_pays_off_is_no_finding() -> None:
    dear = one_phase(fee(20), with_free(100, "0.50"), name="Starter")
    assert lint_plan("USD", dear, [NamedPlan("Scale", SCALE)]) == []


def test_advice_looks_at_the_plans_on_sale(work: Work) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        on_sale(ctx, "scale", SCALE)
        found = advice.advise(ctx, PlanInput("starter", "USD", STARTER))
        assert codes(found) == [LintCode.OVERAGE_CHEAPER_THAN_PLAN_ABOVE]
        assert advice.advise(ctx, PlanInput("scale", "USD", SCALE)) == []
