"""A period of time starts at an instant and ends just before another: [start, end), in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from backend.engine.exact import EXACT, ZERO, quotient

RESOLUTION = timedelta(seconds=1)
FOREVER = datetime.max.replace(tzinfo=UTC)
"""The end of what has no end yet: later than every instant."""

_SHARE = Decimal((0, (1,), -40))


def truncate(instant: datetime) -> datetime:
    """Cut an instant to the whole second at or before it: the resolution of billing and metering."""
    return instant.replace(microsecond=0)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """[start, end), in UTC. Two periods that touch do not overlap; one that starts at its end is empty."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def length(self) -> timedelta:
        """The elapsed time, never negative."""
        return max(self.end - self.start, timedelta(0))

    @property
    def is_empty(self) -> bool:
        """Whether no instant lies inside."""
        return self.end <= self.start

    def overlaps(self, other: Period) -> bool:
        """Whether some instant lies in both."""
        return max(self.start, other.start) < min(self.end, other.end)

    def intersect(self, other: Period) -> Period:
        """What both cover; empty, at the later start, when they do not overlap."""
        start = max(self.start, other.start)
        return Period(start, max(start, min(self.end, other.end)))

    def split_at(self, instant: datetime) -> tuple[Period, ...]:
        """The two sides of an instant, or this period alone when the instant is not strictly inside."""
        if not self.start < instant < self.end:
            return (self,)
        return Period(self.start, instant), Period(instant, self.end)

    def share_of(self, whole: Period) -> Decimal:
        """The fraction of `whole` that this period covers: the proration factor, to 40 decimal places.

        The shares of a period's two sides always sum to exactly 1. An empty whole has no shares: 0.
        """
        if whole.is_empty:
            return ZERO
        covered = microseconds(self.intersect(whole).length)
        return quotient(covered, microseconds(whole.length)).quantize(_SHARE, context=EXACT)

    def truncated(self) -> Period:
        """Both ends cut to whole seconds, as billing counts."""
        return Period(truncate(self.start), truncate(self.end))


def microseconds(length: timedelta) -> Decimal:
    """A length of time as an exact number of microseconds."""
    return Decimal(length // timedelta(microseconds=1))
