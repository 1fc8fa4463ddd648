"""When a quota runs out if usage goes on as it has: an honest forecast, made of two numbers anybody can check."""

from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from backend.engine.exact import EXACT, quotient
from backend.engine.period import Period

_SECOND = timedelta(seconds=1)


def run_out(balance: Decimal, usage: Decimal, period: Period, now: datetime) -> datetime | None:
    """The instant at which the balance is spent at the pace of this usage period, to the second.

    The pace is what was used since the period started, divided by the time since then. None when it lasts until the
    period ends, when nothing was used, or when nothing is left to run out.
    """
    passed = (now - period.start) // _SECOND
    if balance <= 0 or usage <= 0 or passed <= 0:
        return None
    left = quotient(EXACT.multiply(balance, Decimal(passed)), usage).to_integral_value(ROUND_FLOOR)
    if left >= (period.end - now) // _SECOND:
        return None
    return now + int(left) * _SECOND
