"""Usage burns down grants, phase by phase and through every reset: the balance of a quota at any instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache

from backend.engine.convert import UnitConfig, convert
from backend.engine.credit.grant import Grant
from backend.engine.credit.history import History, Segment
from backend.engine.credit.order import burn, burn_order
from backend.engine.credit.phases import Phase, phases
from backend.engine.credit.rollover import roll_over
from backend.engine.credit.snapshot import Snapshot
from backend.engine.exact import EXACT, ZERO, total
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.usage_period import Reset
from backend.errors import Invalid

Usage = Callable[[Period], Decimal]
"""What the meter says was used in a period: a plain query, 0 for nothing."""

COUNTABLE = frozenset({Aggregation.SUM, Aggregation.COUNT, Aggregation.UNIQUE_COUNT, Aggregation.LATEST})


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a metered entitlement allows: its grants, in any order, its resets, and how its meter's usage counts.

    Usage is burnt in the units of `unit_config`, not rounded. A meter whose values neither add up nor stand for a level
    (AVG, MIN, MAX) raises Invalid. Source: metering spec 10.
    """

    grants: tuple[Grant, ...]
    resets: tuple[Reset, ...] = ()
    aggregation: Aggregation = Aggregation.SUM
    unit_config: UnitConfig | None = None

    def __post_init__(self) -> None:
        if self.aggregation not in COUNTABLE:
            raise Invalid(f"Usage of a meter that aggregates by {self.aggregation} cannot be charged against grants.")

    def used(self, period: Period, since: datetime, usage: Usage) -> Decimal:
        """What a period adds to the usage of the usage period that began at `since`.

        UNIQUE_COUNT adds what was not seen before in the usage period: the difference of two counts from its start.
        """
        if period.is_empty:
            return ZERO
        if self.aggregation is Aggregation.UNIQUE_COUNT and since < period.start:
            seen = usage(Period(since, period.start))
            return self._converted(EXACT.subtract(usage(Period(since, period.end)), seen))
        return self._converted(usage(period))

    def _converted(self, quantity: Decimal) -> Decimal:
        return quantity if self.unit_config is None else convert(self.unit_config, quantity)


@dataclass(frozen=True, slots=True)
class BurnDown:
    """The state of an allowance at an instant, and how it came to it."""

    allowance: Allowance
    snapshot: Snapshot
    history: History


def burn_down(allowance: Allowance, start: Snapshot, until: datetime, usage: Usage) -> BurnDown:
    """Burn the allowance from a snapshot to an instant; that instant's resets, recurrences and new grants included.

    `usage` is asked once for each period, so usage and balance always agree. Stopping anywhere and resuming from the
    snapshot gives the same result (not for LATEST meters, whose runs start with the usage period). Raises Invalid when
    the snapshot is not finite, not for exactly these grants, or later than `until`. Source: metering spec 10.

    Upstream quirk: OpenMeter renews a grant once more when it resumes at the instant of a recurrence, which forgives
    overage paid at that instant; here a snapshot already has what happens at its instant.
    """
    _check(allowance, start, until)
    run = _Run(allowance, sorted(allowance.grants, key=burn_order), cache(usage))
    state, segments, opening = start, list[Segment](), False
    for reset in sorted(allowance.resets, key=lambda reset: reset.at):
        if start.at < reset.at <= until:
            state, piece = run.through(state, reset.at, opening=opening, closing=False)
            state, rollover = roll_over(run.order, state, reset)
            segments += [*piece[:-1], replace(piece[-1], ends_in_reset=True), rollover]
            opening = True
    state, piece = run.through(state, until, opening=opening, closing=True)
    ended = {grant.id: ZERO for grant in allowance.grants if not grant.active_at(until)}
    state = replace(state, balances={**state.balances, **ended})
    return BurnDown(allowance, state, History(start, (*segments, *piece)))


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: its grants in burn order, and the meter, which is asked the same thing only once."""

    allowance: Allowance
    order: Sequence[Grant]
    usage: Usage

    def through(
        self, state: Snapshot, until: datetime, *, opening: bool, closing: bool
    ) -> tuple[Snapshot, list[Segment]]:
        """Burn a stretch of time without resets, phase by phase."""
        segments = []
        for phase in phases(self.order, Period(state.at, until), opening=opening, closing=closing):
            segment = self.segment(state, phase)
            segments.append(segment)
            state = segment.after(state)
        return state, segments

    def segment(self, state: Snapshot, phase: Phase) -> Segment:
        """Burn one phase: ended grants have nothing, renewed ones all; then usage and earlier overage are paid.

        The grants of a LATEST meter are limits to a level, not budgets: each phase starts with all of each.
        """
        active = [grant for grant in self.order if grant.active_at(phase.period.start)]
        full = {grant.id for grant in active} if self.allowance.aggregation is Aggregation.LATEST else phase.renewed
        balances = dict.fromkeys(state.balances, ZERO)
        for grant in active:
            balances[grant.id] = grant.amount if grant.id in full else state.balances[grant.id]
        used = self.allowance.used(phase.period, state.since, self.usage)
        burnt = burn(active, balances, total((used, state.overage)))
        return Segment(
            period=phase.period,
            balances_at_start=balances,
            balances_at_end=burnt.balances,
            grant_usages=burnt.usages,
            usage=used,
            overage_at_start=state.overage,
            overage=burnt.overage,
        )


def _check(allowance: Allowance, start: Snapshot, until: datetime) -> None:
    if not start.is_finite:
        raise Invalid("The starting snapshot must hold finite numbers.")
    if not start.is_for(allowance.grants):
        raise Invalid("The starting snapshot must have a balance for each grant, and for no other.")
    if until < start.at:
        raise Invalid(f"Usage cannot be burnt from {start.at:%Y-%m-%d %H:%M} back to {until:%Y-%m-%d %H:%M}.")
