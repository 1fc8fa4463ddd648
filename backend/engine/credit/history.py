"""The history of a quota: one segment for each stretch of time in which the grants to burn did not change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from backend.engine.credit.snapshot import Snapshot
from backend.engine.exact import ZERO, total
from backend.engine.period import Period


@dataclass(frozen=True, slots=True)
class Segment:
    """What was used in a stretch of time, and which grants paid for it, in burn order.

    A rollover is the instant of a reset: no usage, only what rolled over and the overage it had to pay at once.
    """

    period: Period
    balances_at_start: Mapping[str, Decimal]
    balances_at_end: Mapping[str, Decimal]
    grant_usages: Mapping[str, Decimal]
    usage: Decimal
    overage_at_start: Decimal
    overage: Decimal
    ends_in_reset: bool = False
    is_rollover: bool = False

    @property
    def balance_at_start(self) -> Decimal:
        """What all grants had left together, before usage."""
        return total(self.balances_at_start.values())

    @property
    def balance_at_end(self) -> Decimal:
        """What all grants had left together, after usage."""
        return total(self.balances_at_end.values())

    def after(self, before: Snapshot) -> Snapshot:
        """The state when the segment ends; a reset leaves a usage period in which nothing was used."""
        if self.ends_in_reset:
            state = replace(before, since=self.period.end, usage=ZERO, grant_usage=ZERO)
        else:
            usage = total((before.usage, self.usage))
            grant_usage = total((before.grant_usage, *self.grant_usages.values()))
            state = replace(before, usage=usage, grant_usage=grant_usage)
        return replace(state, at=self.period.end, balances=self.balances_at_end, overage=self.overage)


@dataclass(frozen=True, slots=True)
class History:
    """Segments without a gap, from a snapshot on; anything else raises ValueError."""

    start: Snapshot
    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        if self.segments and self.segments[0].period.start != self.start.at:
            raise ValueError("The first segment has another start than the expected starting snapshot.")
        for number, segment in enumerate(self.segments):
            if segment.period.start > segment.period.end:
                raise ValueError(f"Segment {number} starts after it ends.")
        for number, (segment, following) in enumerate(pairwise(self.segments)):
            if segment.period.end != following.period.start:
                raise ValueError(f"Segments {number} and {number + 1} are not contiguous.")

    def snapshots(self) -> Iterator[Snapshot]:
        """The state at the start of each segment, before any usage; a rollover's lacks what is renewed with it."""
        state = self.start
        for segment in self.segments:
            yield replace(state, balances=segment.balances_at_start, overage=segment.overage_at_start)
            state = segment.after(state)

    def snapshot_at(self, instant: datetime) -> Snapshot:
        """The last of these states at or before an instant, from which burning down can resume."""
        found = self.start
        for state in self.snapshots():
            found = state if state.at <= instant else found
        return found

    def by_usage_period(self) -> list[History]:
        """The history cut after each reset, so that every part lies in one usage period."""
        parts: list[History] = []
        follows_reset = True
        for segment, state in zip(self.segments, self.snapshots(), strict=True):
            if follows_reset:
                parts.append(History(state, ()))
            parts[-1] = replace(parts[-1], segments=(*parts[-1].segments, segment))
            follows_reset = segment.ends_in_reset
        return parts

    @property
    def grant_usage(self) -> Decimal:
        """What grants paid for in all segments."""
        return total(usage for segment in self.segments for usage in segment.grant_usages.values())
