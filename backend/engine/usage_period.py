"""Usage periods of an entitlement: the quota starts anew at each boundary, and at each reset somebody makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from backend.engine.meter.window import WindowSize, window_of
from backend.engine.period import FOREVER, Period
from backend.engine.recurrence import Recurrence
from backend.errors import Invalid

FORGOTTEN = datetime.min.replace(tzinfo=UTC)
"""The instant that programs send when nobody set one."""


@dataclass(frozen=True, slots=True)
class Start:
    """From this instant on, usage periods follow this recurrence.

    A manual reset may say whether it preserves overage; if not, the entitlement's default holds.
    """

    at: datetime
    recurrence: Recurrence
    preserve_overage: bool | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """An instant at which the quota starts anew, with or without the overage of the period before."""

    at: datetime
    preserve_overage: bool = False


@dataclass(frozen=True, slots=True)
class UsagePeriods:
    """The first start is where usage is measured from, each later one a manual reset; at least one, in order of time.

    Nothing runs at a boundary: balances derive the resets from here. An anchor at the very beginning of the calendar is
    one that a program forgot to set. Source: metering spec 8.
    """

    starts: tuple[Start, ...]

    def __post_init__(self) -> None:
        if not self.starts:
            raise Invalid("A usage period needs a start and an interval.")
        if any(start.recurrence.anchor == FORGOTTEN for start in self.starts):
            raise Invalid("A usage period needs an anchor.")

    def at(self, instant: datetime) -> Period:
        """The usage period at an instant, cut at resets; before the first start, the first period."""
        for start, span in self._spans():
            if instant < span.end:
                return start.recurrence.period_at(max(instant, span.start)).intersect(span)
        raise Invalid("No usage period lasts that long.")

    def resets(self, period: Period) -> list[datetime]:
        """Every instant, both ends included, at which the quota starts anew: starts and boundaries alike."""
        return sorted({instant for start, span in self._spans() for instant in _boundaries(start, span, period)})

    def timeline(self, period: Period, *, preserve_overage: bool = False) -> tuple[Reset, ...]:
        """The resets after the start of a period, up to and including its end, each with what becomes of overage.

        `preserve_overage` is the default, for boundaries and for manual resets that do not say. Upstream quirk:
        OpenMeter forgets what a manual reset said as soon as it recomputes the balance. Source: metering spec 8 and 11.
        """
        manual = {start.at: start.preserve_overage for start in self.starts[1:]}
        kept = {at: manual.get(at) for at in self.resets(period) if at > period.start}
        return tuple(Reset(at, preserve_overage if own is None else own) for at, own in kept.items())

    @property
    def last_reset(self) -> datetime:
        """The last manual reset, or where usage is measured from."""
        return self.starts[-1].at

    def reset(
        self, at: datetime, now: datetime, *, retain_anchor: bool = False, preserve_overage: bool | None = None
    ) -> UsagePeriods:
        """Start a new usage period in the minute of an instant; unless it is retained, the anchor moves there.

        Raises Invalid in the future, before the current usage period, and in the minute of the last reset or before it.
        A boundary of the usage period is a good time for a reset. Source: metering spec 11.
        """
        minute = window_of(at, WindowSize.MINUTE).start
        current = self.at(now).start
        if minute > now:
            raise Invalid(f"The reset at {minute:%Y-%m-%d %H:%M} is in the future.")
        if minute < current:
            raise Invalid(
                f"The reset at {minute:%Y-%m-%d %H:%M} is before current usage period start {current:%Y-%m-%d %H:%M}."
            )
        if minute <= self.last_reset:
            raise Invalid(f"The reset must be after last reset at {self.last_reset:%Y-%m-%d %H:%M}.")
        recurrence = self.starts[-1].recurrence
        if not retain_anchor:
            recurrence = Recurrence(recurrence.interval, minute)
        return UsagePeriods((*self.starts, Start(minute, recurrence, preserve_overage)))

    def _spans(self) -> Iterator[tuple[Start, Period]]:
        ends = [*(following.at for _, following in pairwise(self.starts)), FOREVER]
        for start, end in zip(self.starts, ends, strict=True):
            yield start, Period(start.at, end)


def _boundaries(start: Start, span: Period, period: Period) -> Iterator[datetime]:
    if period.start <= start.at <= period.end:
        yield start.at
    boundary = start.recurrence.next_after(max(span.start, period.start), inclusive=True)
    while boundary in span and boundary <= period.end:
        yield boundary
        boundary = start.recurrence.next_after(boundary, inclusive=False)
