"""Each price model on its own: which charges it makes, under which reference and label, for whole periods and parts."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.engine.period import Period
from backend.engine.pipeline import rate_line
from backend.engine.rate import rate
from backend.engine.rate.graduated import TierRange, tier_ranges
from backend.engine.rate.lines import AmountDiscount, Credit, DetailedLine, DiscountReason, LineToRate, UsageTakenOff
from backend.engine.rate.package import packages_for
from backend.engine.rate.prices import (
    Charge,
    Commitment,
    Discounts,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Portion,
    Price,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.rate.tiers import UNLIMITED, in_order, limit
from backend.errors import Invalid

D = Decimal
ARREARS, ADVANCE = PaymentTerm.IN_ARREARS, PaymentTerm.IN_ADVANCE
LINE = LineToRate(
    "Tokens", "USD", Unit(D(1)), Period(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))
)
BOTH = (Tier(D(5), flat=D(100), unit=D(1)), Tier(None, flat=D(50), unit=D(2)))


def charges(price: Price, quantity: str, before: str = "0", *, first: bool = True, last: bool = True) -> list[Charge]:
    return rate(price, Portion("USD", D(quantity), D(before), first, last))


def test_a_flat_price_is_one_charge_without_a_label() -> None:
    assert charges(Flat(D(20)), "7") == [Charge("flat-price", "", D(1), D(20), ADVANCE)]
    assert charges(Flat(D(20), ARREARS), "7") == [Charge("flat-price", "", D(1), D(20), ARREARS)]


@pytest.mark.parametrize(("first", "last"), [(True, False), (False, True), (False, False)])
def test_a_flat_price_is_charged_with_one_part_only(first: bool, last: bool) -> None:
    assert bool(charges(Flat(D(20), ADVANCE), "1", first=first, last=last)) is first
    assert bool(charges(Flat(D(20), ARREARS), "1", first=first, last=last)) is last


def test_a_unit_price_charges_usage() -> None:
    assert charges(Unit(D("0.5")), "3", "9") == [Charge("unit-price-usage", "usage in period", D(3), D("0.5"))]
    assert charges(Unit(D("0.5")), "0.001") == [Charge("unit-price-usage", "usage in period", D("0.001"), D("0.5"))]
    assert charges(Unit(D(1)), "0") == charges(Unit(D(1)), "-1") == []


def test_a_dynamic_price_is_one_rounded_charge() -> None:
    assert charges(Dynamic(D("1.5")), "0.45") == [Charge("usage", "usage in period", D(1), D("0.68"))]
    assert charges(Dynamic(), "10") == [Charge("usage", "usage in period", D(1), D(10))]
    assert charges(Dynamic(D(2)), "0") == charges(Dynamic(D(2)), "-1") == []


def test_a_package_price_charges_what_is_opened() -> None:
    price = Package(D(15), D(10))
    assert charges(price, "11") == [Charge("usage", "usage in period", D(2), D(15))]
    assert charges(price, "5", "17", first=False) == [Charge("usage", "usage in period", D(1), D(15))]
    assert charges(price, "3", "17", first=False) == charges(price, "0") == []


@pytest.mark.parametrize(
    ("quantity", "size", "packages"),
    [
        ("0", "10", 0),
        ("-1", "10", 0),
        ("-0.5", "10", 0),
        ("0.1", "10", 1),
        ("1", "1", 1),
        ("10", "10", 1),
        ("10.1", "10", 2),
        ("3", "0.5", 6),
    ],
)
def test_how_many_packages_hold_a_quantity(quantity: str, size: str, packages: int) -> None:
    assert packages_for(D(quantity), D(size)) == packages


def test_a_graduated_price_charges_units_then_the_entrance_of_each_tier() -> None:
    assert charges(Graduated(BOTH), "7") == [
        Charge("graduated-tiered-1-price-usage", "usage price for tier 1", D(5), D(1)),
        Charge("graduated-tiered-1-flat-price", "flat price for tier 1", D(1), D(100)),
        Charge("graduated-tiered-2-price-usage", "usage price for tier 2", D(2), D(2)),
        Charge("graduated-tiered-2-flat-price", "flat price for tier 2", D(1), D(50)),
    ]


def test_the_first_tier_is_entered_by_the_first_part_even_without_usage() -> None:
    entrance = [
        Charge("graduated-tiered-1-price-usage", "usage price for tier 1", D(0), D(1)),
        Charge("graduated-tiered-1-flat-price", "flat price for tier 1", D(1), D(100)),
    ]
    assert charges(Graduated(BOTH), "0") == charges(Graduated(BOTH), "-2") == entrance
    assert charges(Graduated(BOTH), "0", first=False) == entrance[:1]
    assert charges(Graduated(BOTH), "0", "3", first=False) == []


def test_a_later_part_enters_the_tiers_above_what_was_used() -> None:
    assert charges(Graduated(BOTH), "2", "5", first=False) == [
        Charge("graduated-tiered-2-price-usage", "usage price for tier 2", D(2), D(2)),
        Charge("graduated-tiered-2-flat-price", "flat price for tier 2", D(1), D(50)),
    ]
    assert charges(Graduated(BOTH), "2", "6", first=False) == [
        Charge("graduated-tiered-2-price-usage", "usage price for tier 2", D(2), D(2)),
    ]


def test_tiers_without_a_price_of_a_kind_charge_none_of_it() -> None:
    only_flat, only_unit = Graduated((Tier(None, flat=D(9)),)), Graduated((Tier(None, unit=D(0)),))
    assert [charge.reference for charge in charges(only_flat, "3")] == ["graduated-tiered-1-flat-price"]
    assert charges(only_unit, "3") == [Charge("graduated-tiered-1-price-usage", "usage price for tier 1", D(3), D(0))]


def test_usage_is_cut_at_the_edges_of_tiers() -> None:
    tiers = (Tier(D(5), unit=D(1)), Tier(D(10), unit=D(2)), Tier(None, unit=D(3)))
    cut = [(part.number, part.quantity, part.entered) for part in tier_ranges(tiers, D(4), D(12))]
    assert cut == [(1, D(1), False), (2, D(5), True), (3, D(2), True)]
    assert tier_ranges(tiers, D(7), D(7)) == tier_ranges(tiers, D(5), D(0)) == []
    assert [part.number for part in tier_ranges(tiers, D(5), D(10))] == [2]
    assert [(part.quantity, part.entered) for part in tier_ranges(tiers, D(-3), D(2))] == [(D(2), True)]


def test_a_volume_price_takes_the_tier_of_the_whole_quantity() -> None:
    assert charges(Volume(BOTH), "5") == [
        Charge("volume-flat-price", "flat price for tier 1", D(1), D(100)),
        Charge("volume-tiered-price", "unit price for tier 1", D(5), D(1)),
    ]
    assert charges(Volume(BOTH), "5.1") == [
        Charge("volume-flat-price", "flat price for tier 2", D(1), D(50)),
        Charge("volume-tiered-price", "unit price for tier 2", D("5.1"), D(2)),
    ]
    assert (
        charges(Volume(BOTH), "0")
        == charges(Volume(BOTH), "-1")
        == [Charge("volume-flat-price", "flat price for tier 1", D(1), D(100))]
    )
    assert charges(Volume((Tier(None, unit=D(0)),)), "1") == [
        Charge("volume-tiered-price", "unit price for tier 1", D(1), D(0))
    ]


def test_a_volume_price_waits_for_the_end_and_takes_no_parts() -> None:
    assert charges(Volume(BOTH), "5", last=False) == charges(Volume(BOTH), "5", "1", last=False) == []
    with pytest.raises(Invalid) as refused:
        charges(Volume(BOTH), "5", "1", first=False)
    [issue] = refused.value.issues
    assert (issue.field, issue.code) == ("price", "invoice_progressive_billing_not_supported")
    assert issue.message == str(refused.value)
    assert str(refused.value) == (
        "A volume price cannot be billed progressively: the tier is known only at the end of the period."
    )


def test_tiers_are_walked_from_the_lowest_to_the_open_one() -> None:
    low, high, rest = Tier(D(5)), Tier(D(10)), Tier(None)
    assert list(in_order((rest, high, low))) == [(1, D(0), low), (2, D(5), high), (3, D(10), rest)]
    assert (limit(low), limit(rest)) == (D(5), UNLIMITED)


def test_no_digit_is_lost_however_long_a_quantity_is() -> None:
    long = D("12345678901234567890123456789012345.25")
    tiers = (Tier(D(5), unit=D(1)), Tier(None, unit=D(2)))
    [_, above] = tier_ranges(tiers, D(0), long)
    assert above.quantity == D("12345678901234567890123456789012340.25")
    [_, rest] = charges(Graduated(tiers), str(long), "0.5")
    assert rest.quantity == D("12345678901234567890123456789012340.75")
    assert packages_for(long, D("0.5")) == D("24691357802469135780246913578024691")
    [opened] = charges(
        Package(D(1), D(1)), "12345678901234567890123456789012345", "12345678901234567890123456789012345"
    )
    assert opened.quantity == D("12345678901234567890123456789012345")


def test_a_portion_is_the_whole_period_unless_said_otherwise() -> None:
    whole = Portion("USD", D(3))
    assert (whole.before, whole.is_first, whole.is_last) == (0, True, True)


VALUES: list[object] = [
    Flat(D(1)),
    Unit(D(1)),
    Tier(None),
    Graduated(BOTH),
    Volume(BOTH),
    Package(D(1), D(1)),
    Dynamic(),
    Commitment(),
    PercentageDiscount(D(1)),
    UsageDiscount(D(1)),
    Discounts(),
    Portion("USD", D(1)),
    Charge("usage", "", D(1), D(1)),
    TierRange(1, BOTH[0], D(1), entered=True),
    AmountDiscount(D(1), DiscountReason.USAGE, ""),
    UsageTakenOff(D(1), D(0)),
    Credit(D(1)),
    LINE,
    DetailedLine("usage", "usage", "USD", LINE.period, D(1), D(1)),
    rate_line(LINE),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_rated_is_a_value_that_nobody_can_change(value: Any) -> None:
    first = fields(value)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, first, None)
    assert not hasattr(value, "__dict__")
    assert replace(value) == value
