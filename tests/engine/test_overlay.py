"""Add-ons laid over a plan's rate cards add up, in any order and any number of times."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalog.effective import Addition, effective_cards
from backend.catalog.models import RateCardKind
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import Operation, UnitConfig
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Flat,
    PaymentTerm,
    PercentageDiscount,
    Unit,
    UsageDiscount,
)
from backend.engine.recurrence import MONTH, WEEK, YEAR
from backend.engine.subscribe.overlay import Offered, overlay
from backend.errors import Invalid

D = Decimal
FEE = RateCardTerms("fee", "Fee", RateCardKind.FLAT_FEE, Flat(D(20)), MONTH)
SEATS = replace(FEE, key="seats", name="Seats", price=Flat(D(5)))
TOKENS = RateCardTerms(
    "tokens",
    "Tokens",
    RateCardKind.USAGE_BASED,
    Unit(D("0.01")),
    MONTH,
    commitment=Commitment(D(1), D(100)),
    discounts=Discounts(usage=UsageDiscount(D(100))),
    feature_key="tokens",
    entitlement=MeteredTemplate(D(1000)),
)


def free(**more: object) -> RateCardTerms:
    """A rate card of tokens without a price."""
    bare = replace(TOKENS, price=None, commitment=Commitment(), discounts=Discounts(), entitlement=None)
    return replace(bare, **more)


def effective(own: RateCardTerms, added: RateCardTerms, times: int = 1) -> RateCardTerms:
    [card] = effective_cards((own,), (Addition((added,), times),))
    return card


def test_flat_amounts_add_up_as_often_as_bought() -> None:
    assert effective(FEE, replace(FEE, price=Flat(D("7.5"))), 3) == replace(FEE, price=Flat(D("42.5")))


def test_nothing_bought_changes_nothing() -> None:
    assert effective_cards((FEE, TOKENS), ()) == (FEE, TOKENS)
    assert effective_cards((FEE, TOKENS), (Addition((FEE, SEATS), 0),)) == (FEE, TOKENS)


def test_other_keys_become_new_rate_cards_in_the_order_of_the_add_ons() -> None:
    cards = effective_cards((FEE,), (Addition((SEATS, TOKENS), 1), Addition((replace(SEATS, name="More"),), 2)))
    assert cards == (FEE, replace(SEATS, price=Flat(D(15))), TOKENS)


def test_a_free_item_takes_over_the_price_with_all_that_belongs_to_it() -> None:
    config = UnitConfig(Operation.DIVIDE, D(1000))
    weekly = replace(TOKENS, billing_cadence=WEEK, unit_config=config)
    taken = effective(free(billing_cadence=None, kind=RateCardKind.FLAT_FEE), weekly)
    assert taken == replace(weekly, name="Tokens")


def test_an_item_keeps_its_price_when_the_add_on_has_none() -> None:
    assert effective(TOKENS, free()) == TOKENS


def test_quotas_add_up_and_a_missing_amount_counts_as_none() -> None:
    more = free(entitlement=MeteredTemplate(D(500)))
    assert effective(TOKENS, more, 2).entitlement == MeteredTemplate(D(2000))
    assert effective(free(), more, 3).entitlement == MeteredTemplate(D(1500))
    unset = free(entitlement=MeteredTemplate(None, is_soft_limit=True))
    assert effective(unset, more).entitlement == MeteredTemplate(D(500), is_soft_limit=True)


def test_access_is_given_as_long_as_one_gives_it() -> None:
    assert effective(free(), free(entitlement=BooleanTemplate())).entitlement == BooleanTemplate()
    assert overlay(Offered(accesses=1), Offered(accesses=1), 3).accesses == 4


def test_free_units_add_up_and_one_percentage_stays() -> None:
    more = free(discounts=Discounts(usage=UsageDiscount(D(50))))
    assert effective(TOKENS, more, 2).discounts.usage == UsageDiscount(D(200))
    half = free(discounts=Discounts(PercentageDiscount(D(50))))
    assert effective(TOKENS, half).discounts == Discounts(PercentageDiscount(D(50)), UsageDiscount(D(100)))


@pytest.mark.parametrize(
    ("own", "added", "code"),
    [
        (TOKENS, replace(TOKENS, entitlement=None), "rate_card_only_flat_price_allowed"),
        (TOKENS, replace(TOKENS, price=Flat(D(1)), entitlement=None), "rate_card_price_type_mismatch"),
        (FEE, replace(FEE, price=Flat(D(1), PaymentTerm.IN_ARREARS)), "rate_card_price_payment_term_mismatch"),
        (FEE, replace(FEE, billing_cadence=YEAR), "rate_card_billing_cadence_mismatch"),
        (FEE, replace(FEE, billing_cadence=None), "rate_card_billing_cadence_mismatch"),
        (TOKENS, free(feature_key="words"), "rate_card_feature_key_mismatch"),
        (replace(TOKENS, feature_id="A"), replace(free(), feature_id="B"), "rate_card_feature_id_mismatch"),
        (
            replace(FEE, discounts=Discounts(PercentageDiscount(D(1)))),
            replace(FEE, discounts=Discounts(PercentageDiscount(D(2)))),
            "rate_card_percentage_discount_not_allowed",
        ),
        (
            replace(TOKENS, unit_config=UnitConfig(Operation.DIVIDE, D(2))),
            replace(free(), unit_config=UnitConfig(Operation.DIVIDE, D(3))),
            "addon_rate_card_unit_config_mismatch",
        ),
    ],
)
def test_what_cannot_be_added_up_is_refused(own: RateCardTerms, added: RateCardTerms, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        effective(own, added)
    assert code in [issue.code for issue in refused.value.issues]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (BooleanTemplate(), "rate_card_entitlement_template_type_mismatch"),
        (
            MeteredTemplate(D(5), usage_period=YEAR),
            "rate_card_metered_entitlement_template_usage_period_mismatch",
        ),
    ],
)
def test_entitlements_must_be_of_one_kind_and_period(more: EntitlementTemplate, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        effective(TOKENS, free(entitlement=more))
    assert [issue.code for issue in refused.value.issues] == [code]


def test_two_configurations_cannot_be_merged() -> None:
    own, more = free(entitlement=StaticTemplate("{}")), free(entitlement=StaticTemplate("{}"))
    with pytest.raises(Invalid) as refused:
        effective(own, more)
    assert [issue.code for issue in refused.value.issues] == ["rate_card_static_entitlement_template_not_allowed"]


def test_a_usage_price_cannot_be_bought_twice() -> None:
    with pytest.raises(Invalid) as refused:
        effective_cards((), (Addition((TOKENS,), 2),))
    assert [issue.code for issue in refused.value.issues] == ["addon_invalid_ratecard_price_for_multi_instance"]


amounts = st.decimals(0, 10**6, places=4)
quantities = st.integers(0, 50)
offers = st.builds(
    lambda amount, free_units, quota, accesses: Offered(
        price=Flat(amount),
        cadence=MONTH,
        discounts=Discounts(usage=None if free_units is None else UsageDiscount(free_units)),
        quota=quota,
        accesses=accesses,
    ),
    amounts,
    st.none() | amounts,
    st.none() | amounts,
    st.integers(0, 2),
)


@given(offers, offers, quantities)
def test_so_many_times_is_so_many_times_once(own: Offered, added: Offered, times: int) -> None:
    one_by_one = own
    for _ in range(times):
        one_by_one = overlay(one_by_one, added, 1)
    assert overlay(own, added, times) == one_by_one


@given(offers, offers, offers, quantities, quantities)
def test_the_order_of_add_ons_does_not_matter(
    own: Offered, one: Offered, other: Offered, times: int, often: int
) -> None:
    assert overlay(overlay(own, one, times), other, often) == overlay(overlay(own, other, often), one, times)
