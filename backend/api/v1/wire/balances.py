"""How resets are asked for, and how the history of a quota is written, in versions 1 and 2."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from backend.api.v1.wire.entitlements import PeriodOut, period_to_wire
from backend.api.v1.wire.meters import read_zone
from backend.api.wire import CalculatedNumber, Instant, Wire, WireInput
from backend.engine.credit.balance_history import BalanceHistory
from backend.engine.credit.history import Segment
from backend.engine.meter.window import WindowSize
from backend.entitlements.service import HistoryInput


class ResetIn(WireInput):
    """When a quota starts anew (default: now), whether its anchor stays, and whether its overage does."""

    effective_at: Instant | None = None
    retain_anchor: bool = False
    preserve_overage: bool | None = None


class HistoryQuery(BaseModel):
    """Which part of a quota's past, in which windows: by default since the last reset."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    window_size: WindowSize
    window_time_zone: str = "UTC"

    def from_wire(self) -> HistoryInput:
        """As the service takes it; Invalid for a zone that does not exist."""
        return HistoryInput(self.window_size, self.from_, self.to, read_zone(self.window_time_zone, "windowTimeZone"))


class HistoryWindowOut(Wire):
    """One window of the chart."""

    period: PeriodOut
    usage: CalculatedNumber
    balance_at_start: CalculatedNumber


class GrantUsageOut(Wire):
    """What a grant paid for."""

    grant_id: str
    usage: CalculatedNumber


class SegmentOut(Wire):
    """A stretch of time in which the grants to burn did not change."""

    period: PeriodOut
    usage: CalculatedNumber
    overage: CalculatedNumber
    balance_at_start: CalculatedNumber
    balance_at_end: CalculatedNumber
    grant_balances_at_start: dict[str, CalculatedNumber]
    grant_balances_at_end: dict[str, CalculatedNumber]
    grant_usages: list[GrantUsageOut]


class HistoryOut(Wire):
    """The chart of a quota, and the burn-down behind it."""

    windowed_history: list[HistoryWindowOut]
    burndown_history: list[SegmentOut]


def history_to_wire(found: BalanceHistory) -> HistoryOut:
    """A history as versions 1 and 2 write it."""
    return HistoryOut(
        windowed_history=[
            HistoryWindowOut(
                period=period_to_wire(window.period), usage=window.usage, balance_at_start=window.balance_at_start
            )
            for window in found.windows
        ],
        burndown_history=[_segment(segment) for segment in found.run.history.segments],
    )


def _segment(segment: Segment) -> SegmentOut:
    return SegmentOut(
        period=period_to_wire(segment.period),
        usage=segment.usage,
        overage=segment.overage,
        balance_at_start=segment.balance_at_start,
        balance_at_end=segment.balance_at_end,
        grant_balances_at_start=dict(segment.balances_at_start),
        grant_balances_at_end=dict(segment.balances_at_end),
        grant_usages=[GrantUsageOut(grant_id=id_, usage=usage) for id_, usage in segment.grant_usages.items()],
    )
