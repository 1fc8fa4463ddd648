"""The worked examples of the billing spec, and the order of the steps."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import pytest

from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.invoice.totals import Totals, due, sum_totals
from backend.engine.period import Period
from backend.engine.pipeline import rate_line
from backend.engine.rate import PRICE_MODELS
from backend.engine.rate.lines import Credit, LineToRate, RatedLine
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
    Unit,
    UsageDiscount,
    Volume,
)
from backend.errors import Invalid

D = Decimal
JANUARY = Period(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))
LATER_PART = Period(datetime(2025, 1, 10, tzinfo=UTC), JANUARY.end)
LINE = LineToRate("Tokens", "USD", Unit(D(1)), JANUARY)
STEPS = (Tier(D(5), flat=D(100)), Tier(D(10), flat=D(50)), Tier(D(15), unit=D(10)), Tier(None, unit=D(5)))
LADDER = (Tier(D(5), flat=D(100)), Tier(D(10), flat=D(150)), Tier(D(15), unit=D(10)), Tier(None, unit=D(5)))


def total(line: LineToRate) -> Decimal:
    return rate_line(line).totals.total


def rows(rated: RatedLine) -> list[tuple[str, str, str]]:
    return [(row.name, str(row.quantity), str(row.totals.total)) for row in rated.detailed_lines]


def test_every_price_has_a_model() -> None:
    assert set(PRICE_MODELS) == set(get_args(Price))


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [
        (Unit(D("0.10")), "1234.5", "123.45"),
        (Package(D(15), D(10)), "11", "30"),
        (Package(D(15), D(10)), "0", "0"),
        (Dynamic(D("1.33333")), "10", "13.33"),
        (Flat(D(20)), "0", "20"),
        (Graduated(STEPS), "0", "100"),
        (Graduated(STEPS), "5", "100"),
        (Graduated(STEPS), "5.001", "150"),
        (Graduated(STEPS), "22", "235"),
        (Volume(LADDER), "0", "100"),
        (Volume(LADDER), "14", "140"),
        (Volume(LADDER), "15", "150"),
        (Volume(LADDER), "16", "80"),
    ],
)
def test_what_a_quantity_costs(price: Price, quantity: str, amount: str) -> None:
    assert total(replace(LINE, price=price, quantity=D(quantity))) == D(amount)


def test_the_minimum_compares_with_the_discounted_sum() -> None:
    rated = rate_line(
        replace(
            LINE,
            price=Unit(D("0.10")),
            quantity=D("1234.5"),
            discounts=Discounts(percentage=PercentageDiscount(D(10), "id")),
            commitment=Commitment(minimum=D(150)),
        )
    )
    assert rows(rated) == [("Tokens: usage in period", "1234.5", "111.10"), ("Tokens: minimum spend", "1", "38.90")]
    assert rated.totals == due(amount=D("123.45"), charges_total=D("38.90"), discounts_total=D("12.35"))
    assert rated.totals.total == 150


def test_a_tier_is_entered_once_over_all_parts() -> None:
    later = replace(LINE, price=Graduated(STEPS), period=LATER_PART, full_period=JANUARY, before=D(3), quantity=D(4))
    assert rows(rate_line(later)) == [("Tokens: flat price for tier 2", "1", "50.00")]


def test_packages_count_over_all_parts() -> None:
    later = replace(LINE, price=Package(D(15), D(10)), period=LATER_PART, full_period=JANUARY, before=D(17))
    assert total(replace(later, quantity=D(5))) == 15
    assert total(replace(later, quantity=D(3))) == 0


def test_a_volume_price_is_not_billed_in_parts() -> None:
    with pytest.raises(Invalid, match="progressively"):
        rate_line(replace(LINE, price=Volume(LADDER), period=LATER_PART, full_period=JANUARY, before=D(1)))


def test_the_maximum_counts_what_was_billed_before() -> None:
    line = replace(
        LINE, price=Unit(D(15)), quantity=D(5), previously_billed=D(90), commitment=Commitment(maximum=D(100))
    )
    [row] = rate_line(line).detailed_lines
    assert (row.totals.discounts_total, row.totals.total) == (65, 10)


@pytest.mark.parametrize(("before", "quantity", "billed"), [(0, 50, 0), (50, 75, 15), (125, 30, 30)])
def test_free_units_last_over_all_parts(before: int, quantity: int, billed: int) -> None:
    line = replace(LINE, before=D(before), quantity=D(quantity), discounts=Discounts(usage=UsageDiscount(D(110))))
    assert total(line) == billed


def test_free_units_are_billed_units() -> None:
    thousands = UnitConfig(Operation.DIVIDE, D(1000), Rounding.CEILING)
    line = replace(LINE, price=Unit(D(10)), quantity=D(1400), unit_config=thousands)
    assert total(line) == 20
    assert total(replace(line, discounts=Discounts(usage=UsageDiscount(D("0.5"))))) == 15


def test_usage_before_the_line_is_converted_too() -> None:
    thousands = UnitConfig(Operation.DIVIDE, D(1000), Rounding.CEILING)
    later = replace(LINE, price=Graduated(STEPS), period=LATER_PART, full_period=JANUARY, unit_config=thousands)
    assert rows(rate_line(replace(later, before=D(4500), quantity=D(1000)))) == [
        ("Tokens: flat price for tier 2", "1", "50.00")
    ]


def test_credits_pay_rows_in_order() -> None:
    tiers = (Tier(D(5), flat=D(100)), Tier(None, flat=D(50)))
    line = replace(LINE, price=Graduated(tiers), quantity=D(6), commitment=Commitment(minimum=D(200)))
    rated = rate_line(replace(line, credits=(Credit(D(175), "prepaid"),)))
    assert [row.totals.credits_total for row in rated.detailed_lines] == [100, 50, 25]
    assert rated.totals.total == 25
    with pytest.raises(Invalid, match="More credit"):
        rate_line(replace(line, credits=(Credit(D("200.01")),)))


def test_a_flat_price_knows_no_commitment_and_no_free_units() -> None:
    line = replace(
        LINE,
        price=Flat(D(20), PaymentTerm.IN_ARREARS),
        discounts=Discounts(PercentageDiscount(D(50)), UsageDiscount(D(1))),
        commitment=Commitment(D(100), D(1)),
    )
    assert rows(rate_line(line)) == [("Tokens", "1", "10.00")]


@pytest.mark.parametrize(("term", "billed"), [("in_advance", 0), ("in_arrears", 20)])
def test_the_last_part_of_a_period_bears_the_arrears(term: str, billed: int) -> None:
    price = Flat(D(20), PaymentTerm(term))
    assert total(replace(LINE, price=price, period=LATER_PART, full_period=JANUARY)) == billed


def test_each_row_is_rounded_and_totals_only_add() -> None:
    thirds = [rate_line(replace(LINE, price=Unit(D("0.005")), quantity=D(1))).totals for _ in range(3)]
    assert sum_totals(thirds).total == D("0.03")
    assert sum_totals([]) == Totals()


@pytest.mark.parametrize("price", [Graduated(STEPS), Volume(LADDER), Unit(D(1)), Package(D(15), D(10)), Dynamic()])
def test_usage_below_zero_counts_as_none(price: Price) -> None:
    free = Discounts(usage=UsageDiscount(D(10)))
    assert total(replace(LINE, price=price, quantity=D(-3), discounts=free)) == total(replace(LINE, price=price))


def test_usage_taken_back_in_a_later_part_bills_nothing() -> None:
    part = replace(LINE, price=Graduated(STEPS), period=LATER_PART, full_period=JANUARY, before=D(12), quantity=D(-12))
    assert total(part) == 0
