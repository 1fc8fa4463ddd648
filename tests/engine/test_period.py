"""Periods are half-open: what touches does not overlap, and what is empty holds nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from backend.engine.period import FOREVER, Period, truncate

NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)


def hours(start: int, end: int) -> Period:
    return Period(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


def test_the_start_is_inside_and_the_end_is_not() -> None:
    assert NOON in hours(0, 1)
    assert NOON not in hours(-1, 0)
    assert datetime(9999, 1, 1, tzinfo=UTC) in Period(NOON, FOREVER)


def test_periods_that_touch_do_not_overlap() -> None:
    assert not hours(0, 1).overlaps(hours(1, 2))
    assert hours(0, 2).overlaps(hours(1, 3))
    assert hours(0, 2).intersect(hours(1, 3)) == hours(1, 2)


def test_an_empty_period_holds_nothing_and_has_no_length() -> None:
    apart = hours(0, 1).intersect(hours(4, 5))
    assert apart.is_empty
    assert apart == hours(4, 4)
    assert NOON not in hours(0, 0)
    assert not hours(0, 2).overlaps(hours(1, 1))
    assert hours(3, 1).length == timedelta(0)


def test_a_period_is_cut_only_inside() -> None:
    assert hours(0, 2).split_at(NOON + timedelta(hours=1)) == (hours(0, 1), hours(1, 2))
    assert hours(0, 2).split_at(NOON) == (hours(0, 2),)


def test_the_share_of_a_whole() -> None:
    assert hours(0, 3).share_of(hours(0, 24)) == Decimal("0.125")
    assert hours(-9, 99).share_of(hours(0, 24)) == 1
    assert hours(5, 6).share_of(hours(0, 2)) == hours(0, 1).share_of(hours(2, 2)) == 0


def test_billing_counts_whole_seconds() -> None:
    late = Period(NOON + timedelta(milliseconds=999), NOON + timedelta(seconds=2, microseconds=1))
    assert late.truncated() == Period(NOON, NOON + timedelta(seconds=2))
    assert truncate(NOON) == NOON
