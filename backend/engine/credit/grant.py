"""A grant is an amount of usage a customer may have: from when, until when, before or after which other grants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from backend.engine.exact import ZERO
from backend.engine.meter.window import WindowSize, window_of
from backend.engine.period import FOREVER, Period
from backend.engine.recurrence import HOUR, NAMED_INTERVALS, Duration, Recurrence
from backend.errors import Invalid

EXPIRATION_UNITS: dict[str, Duration] = {"HOUR": HOUR, **NAMED_INTERVALS}
MOST_UNITS = 1000


@dataclass(frozen=True, slots=True)
class Grant:
    """An amount that usage burns, in the units the entitlement counts in. Source: metering spec 9.

    The grant with the lower `priority` burns first; one without a priority has 0, the lowest. At a reset the balance is
    brought between `min_rollover` and `max_rollover`; at a recurrence it is the full amount again, whatever was left.
    """

    id: str
    amount: Decimal
    effective_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    voided_at: datetime | None = None
    deleted_at: datetime | None = None
    priority: int = 0
    min_rollover: Decimal = ZERO
    max_rollover: Decimal = ZERO
    recurrence: Recurrence | None = None
    active: Period = field(init=False, repr=False, compare=False)
    """From taking effect until it expires, is voided or deleted; empty when that comes before it takes effect."""

    def __post_init__(self) -> None:
        end = min(self.expires_at or FOREVER, self.voided_at or FOREVER, self.deleted_at or FOREVER)
        object.__setattr__(self, "active", Period(self.effective_at, max(self.effective_at, end)))

    def active_at(self, instant: datetime) -> bool:
        """Whether usage at an instant may burn it."""
        return instant in self.active

    def renewals(self, period: Period) -> Iterator[datetime]:
        """Every instant, both ends included, at which its balance becomes the full amount: taking effect, recurring."""
        active = self.active
        if active.start in active and period.start <= active.start <= period.end:
            yield active.start
        if self.recurrence is None:
            return
        recurs_at = self.recurrence.next_after(max(active.start, period.start), inclusive=True)
        while recurs_at <= period.end and recurs_at in active:
            yield recurs_at
            recurs_at = self.recurrence.next_after(recurs_at, inclusive=False)

    def rolled_over(self, balance: Decimal) -> Decimal:
        """What a reset leaves of a balance: a minimum tops up even an exhausted grant, a maximum of 0 ends it."""
        return min(self.max_rollover, max(self.min_rollover, balance))


def issue_after_reset(
    id_: str, amount: Decimal, usage_period: Period, created_at: datetime, priority: int = 1
) -> Grant:
    """The grant behind an entitlement's own quota: each usage period starts with its amount, whatever was left.

    It takes effect when the current usage period starts and never expires. Source: metering spec 7.
    """
    return Grant(
        id=id_,
        amount=amount,
        effective_at=usage_period.start,
        created_at=created_at,
        priority=priority,
        min_rollover=amount,
        max_rollover=amount,
    )


def expiry(effective_at: datetime, unit: str, count: int) -> datetime:
    """When a grant ends that lasts 1 to 1000 HOURs, DAYs, WEEKs, MONTHs or YEARs; anything else raises Invalid.

    A month that is too short ends the grant on its last day, as recurrences do: Jan 31 + 1 MONTH is Feb 28. Upstream
    quirk: OpenMeter overflows to Mar 3 there. Source: metering spec 9.
    """
    if unit not in EXPIRATION_UNITS:
        raise Invalid(f"A grant lasts a number of {', '.join(EXPIRATION_UNITS)}, not of {unit}.")
    if not 1 <= count <= MOST_UNITS:
        raise Invalid(f"A grant lasts 1 to {MOST_UNITS} {unit}s, not {count}.")
    return EXPIRATION_UNITS[unit].after(effective_at, count)


def admitted(grant: Grant, usage_period: Period) -> Grant:
    """A new grant with its times cut to the minute, if it may be added in the current usage period; else Invalid.

    It needs a positive amount and may not take effect before the usage period started (metering spec 9).
    """
    if not grant.amount.is_finite() or grant.amount <= 0:
        raise Invalid("The amount of a grant must be greater than zero.")
    effective_at = window_of(grant.effective_at, WindowSize.MINUTE).start
    if effective_at < usage_period.start:
        raise Invalid(
            f"A grant cannot take effect at {effective_at:%Y-%m-%d %H:%M}, before the current usage period started "
            f"at {usage_period.start:%Y-%m-%d %H:%M}."
        )
    rhythm = grant.recurrence
    if rhythm is not None:
        rhythm = replace(rhythm, anchor=window_of(rhythm.anchor, WindowSize.MINUTE).start)
    return replace(grant, effective_at=effective_at, recurrence=rhythm)


def voided(grant: Grant, at: datetime, usage_period: Period) -> Grant:
    """The grant, without effect from the minute of an instant on; what it paid for before stays paid.

    Raises Invalid when it is voided already, or the minute lies before the current usage period (metering spec 9).
    """
    if grant.voided_at is not None:
        raise Invalid("The grant is already voided.")
    minute = window_of(at, WindowSize.MINUTE).start
    if minute < usage_period.start:
        raise Invalid("A grant cannot be voided before the current usage period started.")
    return replace(grant, voided_at=minute)
