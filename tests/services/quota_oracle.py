"""A quota told hour by hour, in the simplest way that can be right: what the service's balances are compared with."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

FOREVER = datetime.max.replace(tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class OracleGrant:
    """A grant; all its times are full hours."""

    id: str
    amount: int
    effective_at: datetime
    created_at: datetime
    priority: int
    expires_at: datetime | None
    min_rollover: int
    max_rollover: int
    every: timedelta | None
    voided_at: datetime | None = None

    def active_at(self, hour: datetime) -> bool:
        return self.effective_at <= hour < min(self.expires_at or FOREVER, self.voided_at or FOREVER)

    def renewed_at(self, hour: datetime) -> bool:
        since = hour - self.effective_at
        return self.active_at(hour) and (not since or (self.every is not None and not since % self.every))


@dataclass(frozen=True)
class OracleReset:
    """From here on periods are counted from the anchor; the first is where measuring begins."""

    at: datetime
    anchor: datetime
    preserve: bool | None = None


@dataclass
class OracleState:
    """What is left at an instant. `carried` is the overage that the last reset preserved."""

    balances: dict[str, int] = field(default_factory=dict)
    usage: int = 0
    overage: int = 0
    carried: int = 0


@dataclass
class Oracle:
    """Everything that happened to a quota, in any order of telling."""

    every: timedelta
    preserve: bool
    resets: list[OracleReset]
    grants: dict[str, OracleGrant] = field(default_factory=dict)
    events: list[tuple[datetime, int]] = field(default_factory=list)

    def void(self, id_: str, at: datetime) -> None:
        self.grants[id_] = replace(self.grants[id_], voided_at=at)

    def period_start(self, at: datetime) -> datetime:
        """When the usage period of an instant began."""
        hour = at
        while hour != self.resets[0].at and self._reset(hour) is None:
            hour -= HOUR
        return hour

    def state(self, until: datetime) -> OracleState:
        """Walk through every hour from the beginning."""
        state, hour = OracleState(), self.resets[0].at
        while True:
            self._arrive(state, hour)
            if hour == until:
                return state
            used = sum(amount for at, amount in self.events if hour <= at < hour + HOUR)
            state.usage += used
            state.overage += used
            self._pay(state, hour)
            hour += HOUR

    def _arrive(self, state: OracleState, hour: datetime) -> None:
        preserve = self._reset(hour)
        if preserve is not None:
            state.usage, state.overage = 0, state.overage if preserve else 0
            state.carried = state.overage
            for grant in self.grants.values():
                left = min(grant.max_rollover, max(grant.min_rollover, state.balances.get(grant.id, 0)))
                state.balances[grant.id] = left if grant.effective_at < hour and grant.active_at(hour) else 0
            self._pay(state, hour)
        for grant in self.grants.values():
            if grant.renewed_at(hour):
                state.balances[grant.id] = grant.amount
            elif not grant.active_at(hour):
                state.balances[grant.id] = 0
        self._pay(state, hour)

    def _pay(self, state: OracleState, hour: datetime) -> None:
        active = [grant for grant in self.grants.values() if grant.active_at(hour)]
        for grant in sorted(active, key=lambda one: (one.priority, one.expires_at or FOREVER, one.created_at, one.id)):
            part = min(state.balances[grant.id], state.overage)
            state.balances[grant.id] -= part
            state.overage -= part

    def _reset(self, hour: datetime) -> bool | None:
        """Whether the quota starts anew at an hour, and then with its overage or not."""
        started = max((reset for reset in self.resets if reset.at <= hour), key=lambda reset: reset.at)
        if hour == self.resets[0].at:
            return None
        if hour == started.at:
            return self.preserve if started.preserve is None else started.preserve
        return self.preserve if not (hour - started.anchor) % self.every else None
