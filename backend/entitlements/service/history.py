"""The chart of a quota: usage and balance of every hour or day, and which grants paid for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from backend.customers.models import Customer
from backend.engine.credit.balance_history import BalanceHistory, HistoryQuery, balance_history
from backend.engine.meter.window import WindowSize, windows
from backend.engine.period import Period
from backend.entitlements import quota as quotas
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.entitlements.quota import Quota
from backend.errors import Invalid, Issue
from backend.infra.context import Context

MOST_WINDOWS = 10_000
SIZES = (WindowSize.MINUTE, WindowSize.HOUR, WindowSize.DAY)


@dataclass(frozen=True, slots=True)
class HistoryInput:
    """Which part of a quota's past to chart: from the last reset until now, unless it says otherwise."""

    size: WindowSize
    start: datetime | None = None
    end: datetime | None = None
    zone: tzinfo = UTC


def history(ctx: Context, customer: Customer, entitlement: Entitlement, asked: HistoryInput) -> BalanceHistory:
    """Chart a metered entitlement. Windows without usage are there too, those before the measurement are not.

    Raises Invalid when it is not metered, when the chart would begin before usage was measured, end before it begins,
    or have more than MOST_WINDOWS windows. Source: metering spec 11.
    """
    if entitlement.kind != EntitlementKind.METERED:
        raise Invalid(f"Only a metered entitlement has a history; that to {entitlement.feature_key} is not.")
    quota = quotas.load(ctx, customer, entitlement)
    period = _period(ctx, quota, asked)
    beginning = quota.beginning(quota.measured_from)
    if period.start < beginning.at:
        _refuse("from", f"The history cannot start before {beginning.at:%Y-%m-%d %H:%M}, when measuring began.")
    end = quotas.end_of_minute(period.end)
    reading = quota.reading(ctx, beginning, end)
    query = HistoryQuery(period, asked.size, asked.zone)
    return balance_history(quota.allowance(Period(beginning.at, end)), beginning, query, reading.usage)


def _period(ctx: Context, quota: Quota, asked: HistoryInput) -> Period:
    end = asked.end or ctx.now
    start = asked.start or min(quota.periods.at(ctx.now).start, end)
    if asked.size not in SIZES:
        _refuse("windowSize", f"A history has windows of a {', '.join(SIZES)}.")
    if end <= start:
        _refuse("to", "The history must end after it starts.")
    for number, _ in enumerate(windows(Period(start, end), asked.size, asked.zone), start=1):
        if number > MOST_WINDOWS:
            _refuse("windowSize", f"A history has at most {MOST_WINDOWS} windows; ask for less time or wider windows.")
    return Period(start, end)


def _refuse(place: str, message: str) -> None:
    raise Invalid(message, issues=[Issue(place, "invalid_query", message)])
