"""Whether a customer may use a feature, and how much is left."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backend.engine.entitle import NO_ACCESS, boolean_value, metered_value, static_value
from backend.engine.period import Period
from backend.engine.recurrence import MONTH, Recurrence
from backend.engine.usage_period import Start, UsagePeriods

D = Decimal


@pytest.mark.parametrize(
    ("granted", "usage", "soft", "access", "balance", "overage"),
    [
        ([100], 30, False, True, 70, 0),
        ([100], 100, False, False, 0, 0),
        ([100], 130, False, False, 0, 30),
        ([100], 130, True, True, 0, 30),
        ([100, 20], 110, False, True, 10, 0),
        ([], 0, False, False, 0, 0),
    ],
)
def test_a_quota(granted: list[int], usage: int, soft: bool, access: bool, balance: int, overage: int) -> None:
    value = metered_value(map(D, granted), D(usage), is_soft_limit=soft)
    assert (value.has_access, value.balance, value.overage) == (access, balance, overage)
    assert (value.usage, value.total_available) == (usage, sum(granted))


def test_entitlements_without_a_quota() -> None:
    assert boolean_value().has_access
    assert static_value('{"seats": 5}').config == '{"seats": 5}'
    assert not NO_ACCESS.has_access
    assert NO_ACCESS.balance is None


def test_usage_is_measured_from_its_start_and_from_each_reset() -> None:
    def day(month: int, number: int) -> datetime:
        return datetime(2025, month, number, tzinfo=UTC)

    monthly = Recurrence(MONTH, day(1, 1))
    periods = UsagePeriods((Start(day(1, 20), monthly), Start(day(3, 10), monthly)))
    assert periods.at(day(1, 5)) == periods.at(day(1, 31)) == Period(day(1, 20), day(2, 1))
    assert periods.at(day(3, 9)) == Period(day(3, 1), day(3, 10))
    assert periods.at(day(3, 10)) == Period(day(3, 10), day(4, 1))
    assert periods.resets(Period(day(2, 1), day(4, 1))) == [day(2, 1), day(3, 1), day(3, 10), day(4, 1)]
