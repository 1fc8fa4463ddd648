"""Whether a customer may use a feature, and how much is left."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backend.engine.credit.snapshot import Snapshot
from backend.engine.entitle import NO_ACCESS, boolean_value, quota_value, static_value
from backend.engine.period import Period
from backend.engine.recurrence import MONTH, Recurrence
from backend.engine.usage_period import Start, UsagePeriods

D = Decimal


@pytest.mark.parametrize(
    ("left", "overage", "soft", "access"),
    [(70, 0, False, True), (0, 0, False, False), (0, 30, False, False), (0, 30, True, True)],
)
def test_a_quota(left: int, overage: int, soft: bool, access: bool) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    state = Snapshot(now, now, {"one": D(left), "other": D(0)}, D(overage), D(120 + overage), D(120))
    value = quota_value(state, is_soft_limit=soft)
    assert (value.has_access, value.balance, value.overage) == (access, left, overage)
    assert (value.usage, value.total_available) == (120 + overage, 120 + left)


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
