"""What of a period still has to be gathered, and from when on a line can be billed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engine.invoice.gather import PendingLine, billable_from, remaining
from backend.engine.period import Period
from backend.engine.rate.prices import Flat, Unit

JAN = datetime(2026, 1, 1, tzinfo=UTC)


def days(start: int, end: int) -> Period:
    return Period(JAN + timedelta(days=start), JAN + timedelta(days=end))


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [days(0, 31)]),
        ([days(0, 31)], []),
        ([days(0, 10)], [days(10, 31)]),
        ([days(20, 25), days(0, 10)], [days(10, 20), days(25, 31)]),
        ([days(5, 40)], [days(0, 5)]),
        ([days(40, 50)], [days(0, 31)]),
    ],
)
def test_what_no_part_covers_is_left(taken: list[Period], left: list[Period]) -> None:
    assert remaining(days(0, 31), taken) == left


@given(st.lists(st.integers(0, 31), max_size=8), st.sets(st.integers(0, 8)))
def test_parts_and_what_is_left_cover_each_day_once(cuts: list[int], chosen: set[int]) -> None:
    edges = [0, *sorted(cuts), 31]
    parts = [days(start, end) for start, end in pairwise(edges) if start < end]
    taken = [part for number, part in enumerate(parts) if number in chosen]
    covered = [*taken, *remaining(days(0, 31), taken)]
    for day in range(31):
        assert sum(JAN + timedelta(days=day) in part for part in covered) == 1


def test_usage_can_be_billed_when_it_is_due_and_over_and_a_fee_when_it_is_due() -> None:
    early, late = JAN, JAN + timedelta(days=40)
    usage, fee = Unit(Decimal(1)), Flat(Decimal(1))
    assert billable_from(PendingLine(usage, days(0, 31), early)) == JAN + timedelta(days=31)
    assert billable_from(PendingLine(usage, days(0, 31), late)) == late
    assert billable_from(PendingLine(fee, days(0, 31), early)) == early
