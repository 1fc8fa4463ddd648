"""Grants, usage and quotas as the facts of tests/vectors/grants.json write them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.credit.burn_down import Allowance, BurnDown, Usage, burn_down
from backend.engine.credit.grant import Grant, expiry
from backend.engine.credit.history import Segment
from backend.engine.credit.snapshot import Snapshot
from backend.engine.meter.aggregate import aggregate
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize, window_of
from backend.engine.period import Period
from backend.engine.recurrence import Recurrence, interval
from backend.engine.usage_period import Start, UsagePeriods
from tests.engine.vectors import Case, instant

Event = tuple[datetime, Decimal]
EPOCH = instant("2000-01-01T00:00:00Z")
GRACE = timedelta(days=7)


def number(wire: float | str) -> Decimal:
    return Decimal(str(wire))


def quantities(wire: Case) -> dict[str, Decimal]:
    return {id_: number(quantity) for id_, quantity in wire.items()}


def moment(wire: Case, key: str) -> datetime | None:
    return instant(wire[key]) if key in wire else None


def grant(wire: Case) -> Grant:
    """A grant; where only its order or its period matters, the rest is left to defaults."""
    effective_at = moment(wire, "effectiveAt") or EPOCH
    expires_at = moment(wire, "expiresAt")
    if expires_at is None and "expiration" in wire:
        expires_at = expiry(effective_at, wire["expiration"]["duration"], wire["expiration"]["count"])
    return Grant(
        id=wire["id"],
        amount=number(wire.get("amount", 100)),
        effective_at=effective_at,
        created_at=moment(wire, "createdAt") or EPOCH,
        expires_at=expires_at,
        voided_at=moment(wire, "voidedAt"),
        deleted_at=moment(wire, "deletedAt"),
        priority=wire.get("priority", 0),
        min_rollover=number(wire.get("minRollover", 0)),
        max_rollover=number(wire.get("maxRollover", 0)),
        recurrence=recurrence(wire["recurrence"]) if "recurrence" in wire else None,
    )


def recurrence(wire: Case) -> Recurrence:
    return Recurrence(interval(wire["interval"]), instant(wire["anchor"]))


def unit_config(wire: Case) -> UnitConfig:
    rounding = Rounding(wire.get("rounding", "none"))
    return UnitConfig(Operation(wire["operation"]), number(wire["conversionFactor"]), rounding)


def snapshot(wire: Case) -> Snapshot:
    at = instant(wire.get("at", "2024-01-01T00:00:00Z"))
    return Snapshot(
        at=at,
        since=moment(wire, "usageSince") or at,
        balances=quantities(wire.get("balances", {})),
        overage=number(wire.get("overage", 0)),
        usage=number(wire.get("usageInPeriod", wire.get("usage", 0))),
        grant_usage=number(wire.get("totalGrantUsage", 0)),
        unit_config=unit_config(wire["unitConfig"]) if "unitConfig" in wire else None,
    )


def segment(wire: Case) -> Segment:
    usages = {usage["grantId"]: number(usage["usage"]) for usage in wire.get("grantUsages", [])}
    return Segment(
        period=Period(instant(wire["from"]), instant(wire["to"])),
        balances_at_start={},
        balances_at_end={},
        grant_usages=usages,
        usage=number(wire.get("totalUsage", 0)),
        overage_at_start=number(wire.get("overageAtStart", 0)),
        overage=number(wire.get("overage", 0)),
        ends_in_reset=wire.get("usageReset", False),
        is_rollover=wire.get("rollover", False),
    )


def events(wire: list[Case]) -> list[Event]:
    return sorted((instant(event["at"]), number(event["value"])) for event in wire)


def metered(aggregation: Aggregation, stored: list[Event]) -> Usage:
    """The meter: a plain query over what is stored at the time of asking."""

    def usage(period: Period) -> Decimal:
        return aggregate(aggregation, [event for event in stored if event[0] in period]) or Decimal(0)

    return usage


@dataclass
class Quota:
    """A metered entitlement over its life: grants come, usage comes, people reset it, and its balance is asked for."""

    periods: UsagePeriods
    grants: list[Grant] = field(default_factory=list)
    stored: list[Event] = field(default_factory=list)
    aggregation: Aggregation = Aggregation.SUM
    kept: list[Snapshot] = field(default_factory=list)

    @classmethod
    def of(cls, wire: Case) -> "Quota":
        start = Start(instant(wire["measureUsageFrom"]), recurrence(wire["usagePeriod"]))
        aggregation = Aggregation(wire.get("aggregation", "SUM"))
        return cls(UsagePeriods((start,)), list(map(grant, wire["grants"])), events(wire["usageEvents"]), aggregation)

    @property
    def usage(self) -> Usage:
        return metered(self.aggregation, self.stored)

    @property
    def beginning(self) -> Snapshot:
        return Snapshot.starting(self.grants, self.periods.starts[0].at)

    def allowance(self, until: datetime) -> Allowance:
        resets = self.periods.timeline(Period(self.periods.starts[0].at, until))
        return Allowance(tuple(self.grants), resets, self.aggregation)

    def balance(self, at: datetime, start: Snapshot | None = None) -> BurnDown:
        """The state at the end of the minute of an instant, from the beginning or from a kept state."""
        minute = window_of(at, WindowSize.MINUTE)
        until = at if minute.start == at else minute.end
        origin = (start or self.beginning).covering(self.grants)
        return burn_down(self.allowance(until), origin, until, self.usage)

    def keep(self, run: BurnDown, now: datetime) -> Snapshot | None:
        """Store the state that a query at an instant leaves behind, if any."""
        found = state_to_keep(run, max(self.periods.at(now).start, now - GRACE))
        self.kept += [found] if found else []
        return found

    def reset(self, wire: Case) -> BurnDown:
        self.periods = self.periods.reset(
            instant(wire["at"]),
            instant(wire["now"]),
            retain_anchor=wire["retainAnchor"],
            preserve_overage=wire.get("preserveOverage"),
        )
        return self.balance(self.periods.last_reset)


def without_zeros(state: Snapshot) -> Snapshot:
    """The same state, without the balances that are zero: comparable whatever grants are listed."""
    return replace(state, balances={id_: left for id_, left in state.balances.items() if left})


def state_to_keep(run: BurnDown, not_after: datetime) -> Snapshot | None:
    """The state that OpenMeter would store: the last start of a segment, but the first, on a whole minute.

    The cases resume from it; a LATEST meter has none. Source: metering spec 10.
    """
    if run.allowance.aggregation is Aggregation.LATEST:
        return None
    later = list(run.history.snapshots())[1:]
    aligned = [state for state in later if window_of(state.at, WindowSize.MINUTE).start == state.at <= not_after]
    return aligned[-1] if aligned else None


def latest(kept: Iterable[Snapshot], at: datetime) -> Snapshot | None:
    """The state that OpenMeter would resume from."""
    return max((state for state in kept if state.at <= at), key=lambda state: state.at, default=None)
