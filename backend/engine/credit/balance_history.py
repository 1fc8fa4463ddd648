"""The chart of a quota: usage of every hour or day, also of those without any, and the balance each started with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import cache

from backend.engine.credit.burn_down import Allowance, BurnDown, Usage, burn_down
from backend.engine.credit.snapshot import Snapshot
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize, window_of, windows
from backend.engine.period import Period
from backend.errors import Invalid


@dataclass(frozen=True, slots=True)
class HistoryWindow:
    """Usage inside one window, and the balance when it started."""

    period: Period
    usage: Decimal
    balance_at_start: Decimal


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which stretch of time to chart, in which windows of which time zone."""

    period: Period
    size: WindowSize
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class BalanceHistory:
    """The windows of a chart, and the burn-down they were read from."""

    windows: tuple[HistoryWindow, ...]
    run: BurnDown


def balance_history(allowance: Allowance, start: Snapshot, query: HistoryQuery, usage: Usage) -> BalanceHistory:
    """Chart a stretch of time, from the beginning of measurement (the starting snapshot) or later; else Invalid.

    It is widened to whole minutes and windows, and windows that begin before the measurement are left out. A grant
    that takes effect inside a window shows at the next one. A window that spans a reset has the plain usage of the
    whole window; the last one ends where the question ends. Source: metering spec 11.
    """
    if query.period.start < start.at:
        raise Invalid(f"The history cannot start before {start.at:%Y-%m-%d %H:%M}, when usage began to be measured.")
    asked = _whole_minutes(query.period)
    chosen = [window for window in windows(asked, query.size, query.zone) if window.start >= start.at]
    first = min([asked.start, *(window.start for window in chosen)])
    usage = cache(usage)
    opening = burn_down(allowance, start, max(first, start.at), usage)
    # the level of a LATEST meter is known only from the start of a segment on
    is_level = allowance.aggregation is Aggregation.LATEST
    origin = opening.history.snapshot_at(opening.snapshot.at) if is_level else opening.snapshot
    run = burn_down(allowance, origin, asked.end, usage)
    return BalanceHistory(tuple(_chart(run, chosen, usage)), run)


def _chart(run: BurnDown, chosen: Sequence[Period], usage: Usage) -> list[HistoryWindow]:
    charted, state = [], run.history.start
    for window in chosen:
        if run.allowance.aggregation is Aggregation.LATEST:
            state = run.history.snapshot_at(window.start)
        state = burn_down(run.allowance, state, window.start, usage).snapshot
        measured = Period(window.start, min(window.end, run.snapshot.at))
        charted.append(HistoryWindow(window, run.allowance.used(measured, window.start, usage), state.balance))
    return charted


def _whole_minutes(period: Period) -> Period:
    last = window_of(period.end, WindowSize.MINUTE)
    end = period.end if last.start == period.end else last.end
    return Period(window_of(period.start, WindowSize.MINUTE).start, end)
