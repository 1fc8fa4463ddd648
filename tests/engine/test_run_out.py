"""When a quota runs out at the pace of its usage period."""

from decimal import Decimal

import pytest

from backend.engine.credit.run_out import run_out
from backend.engine.period import Period
from tests.engine.vectors import instant

MARCH = Period(instant("2026-03-01T00:00:00Z"), instant("2026-04-01T00:00:00Z"))
TENTH_DAY = instant("2026-03-11T00:00:00Z")


@pytest.mark.parametrize(
    ("balance", "usage", "at"),
    [
        ("500", "500", "2026-03-21T00:00:00Z"),
        ("100", "1000", "2026-03-12T00:00:00Z"),
        ("0.5", "500", "2026-03-11T00:14:24Z"),
        ("1049", "500", "2026-03-31T23:31:12Z"),
    ],
)
def test_at_this_pace_it_runs_out(balance: str, usage: str, at: str) -> None:
    assert run_out(Decimal(balance), Decimal(usage), MARCH, TENTH_DAY) == instant(at)


@pytest.mark.parametrize(
    ("balance", "usage"),
    [("1050", "500"), ("10000", "500"), ("0", "500"), ("500", "0")],
    ids=["exactly until the end", "long after it", "nothing left", "nothing used"],
)
def test_it_does_not_run_out(balance: str, usage: str) -> None:
    assert run_out(Decimal(balance), Decimal(usage), MARCH, TENTH_DAY) is None


def test_no_pace_at_the_first_moment() -> None:
    assert run_out(Decimal(5), Decimal(5), MARCH, MARCH.start) is None
