"""What can be wrong with a plan: each rule finds its mistake, names the place, and nothing else."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from backend.catalog.rate_card_validation import FeatureFacts
from backend.catalog.templates import MeteredTemplate, StaticTemplate
from backend.catalog.terms import PhaseTerms, PlanTerms, RateCardTerms
from backend.catalog.validation import is_critical, plan_issues
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Graduated,
    Package,
    PercentageDiscount,
    Tier,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import DAY, WEEK, YEAR, Duration
from tests.shop import FEE, TERMS, TOKENS, one_phase

D = Decimal
KNOWN = {
    "tokens": FeatureFacts("1", is_metered=True, is_archived=False),
    "sso": FeatureFacts("2", is_metered=False, is_archived=False),
    "old": FeatureFacts("3", is_metered=True, is_archived=True),
}
CARD = "phases[0].rateCards[0]"
OPEN = Tier(None, unit=D(1))


def found(terms: PlanTerms) -> list[tuple[str, str]]:
    return [(issue.field, issue.code) for issue in plan_issues("USD", terms, KNOWN)]


def test_a_right_plan_has_no_issues() -> None:
    assert found(TERMS) == []


def card(**changes: Any) -> RateCardTerms:
    return replace(TOKENS, **changes)


def discounts(percentage: str = "0", usage: str | None = None) -> Discounts:
    return Discounts(PercentageDiscount(D(percentage)), None if usage is None else UsageDiscount(D(usage)))


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        (card(key="a", feature_key="old"), "key", "rate_card_key_feature_key_mismatch"),
        (card(key="old", feature_key="old"), "featureKey", "rate_card_feature_archived"),
        (card(key="x", feature_key="x"), "featureKey", "rate_card_feature_not_found"),
        (card(feature_key=None, entitlement=None), "featureKey", "rate_card_usage_based_price_with_no_feature"),
        (card(feature_key=None, price=None), "featureKey", "entitlement_template_with_no_feature"),
        (
            card(key="sso", feature_key="sso", price=None),
            "featureKey",
            "entitlement_template_with_feature_and_no_meter",
        ),
        (card(billing_cadence=WEEK), "billingCadence", "rate_card_billing_cadence_unaligned"),
        (card(billing_cadence=Duration(minutes=30)), "billingCadence", "billing_cadence_invalid_value"),
        (card(billing_cadence=Duration()), "billingCadence", "billing_cadence_invalid_value"),
        (card(discounts=discounts("100.1")), "discounts.percentage.percentage", "percentage_discount_invalid_value"),
        (card(discounts=discounts(usage="0")), "discounts.usage.quantity", "usage_discount_negative_quantity"),
        (replace(FEE, discounts=discounts(usage="1")), "discounts.usage", "usage_discount_with_flat_price"),
        (card(price=Graduated((Tier(D(5), unit=D(1)),))), "price.tiers", "price_tiers_without_open_end"),
        (card(price=Volume((OPEN, OPEN))), "price.tiers[1].upToAmount", "price_tiers_duplicated"),
        (card(price=Volume((Tier(None),))), "price.tiers[0]", "price_tier_without_price"),
        (
            card(price=Graduated((OPEN, Tier(D(-1), flat=D(1))))),
            "price.tiers[1].upToAmount",
            "price_amount_negative",
        ),
        (card(price=Package(D(1), D(0))), "price.quantityPerPackage", "price_package_size_invalid"),
        (card(price=Dynamic(D(-1))), "price.multiplier", "price_amount_negative"),
        (card(commitment=Commitment(D(-1))), "price.minimumAmount", "price_amount_negative"),
        (card(commitment=Commitment(D(2), D(1))), "price.minimumAmount", "price_minimum_over_maximum"),
        (
            card(entitlement=StaticTemplate("[1]")),
            "entitlementTemplate.config",
            "entitlement_template_invalid_json_config",
        ),
        (
            card(entitlement=StaticTemplate("{")),
            "entitlementTemplate.config",
            "entitlement_template_invalid_json_config",
        ),
        (
            card(entitlement=MeteredTemplate()),
            "entitlementTemplate.issueAfterReset",
            "entitlement_template_issue_after_reset_required",
        ),
        (
            card(entitlement=MeteredTemplate(D(1), usage_period=Duration(minutes=1))),
            "entitlementTemplate.usagePeriod",
            "entitlement_template_usage_period_less_then_an_hour",
        ),
    ],
)
def test_each_mistake_of_a_rate_card_is_named(wrong: RateCardTerms, field: str, code: str) -> None:
    issues = found(one_phase(wrong))
    assert (f"{CARD}.{field}", code) in issues
    assert len(issues) == (2 if code == "rate_card_key_feature_key_mismatch" else 1)


@pytest.mark.parametrize("cadence", [DAY, YEAR, Duration(hours=1), None])
def test_cadences_that_fit_into_the_month_are_fine(cadence: Duration | None) -> None:
    assert found(one_phase(card(billing_cadence=cadence))) == []


def test_what_is_free_needs_no_matching_cadence() -> None:
    assert found(one_phase(card(price=None, billing_cadence=WEEK))) == []


def test_a_maximum_without_a_minimum_is_no_contradiction() -> None:
    assert found(one_phase(card(commitment=Commitment(D(5), D(0))))) == []


def test_phases_are_checked_too() -> None:
    endless = PhaseTerms("main", "Main", (FEE,))
    short = PhaseTerms("main", "Main", (FEE,), Duration(minutes=1))
    assert found(replace(TERMS, phases=())) == [("phases", "plan_with_no_phases")]
    assert found(replace(TERMS, phases=(short, endless))) == [
        ("phases[0].duration", "plan_phase_duration_less_then_an_hour"),
        ("phases[1].key", "plan_phase_duplicated_key"),
    ]


def test_what_a_draft_may_keep_and_what_it_may_not() -> None:
    kept = plan_issues("USD", one_phase(card(billing_cadence=WEEK)), KNOWN)
    refused = plan_issues("USD", one_phase(card(price=Dynamic(D(-1)))), KNOWN)
    assert [is_critical(issue) for issue in kept + refused] == [False, True]
