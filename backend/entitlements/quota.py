"""A metered entitlement with all that its balance depends on, read from the database into the engine's values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from backend.catalog.service import features
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.convert import Operation, UnitConfig
from backend.engine.credit.burn_down import Allowance
from backend.engine.credit.grant import Grant
from backend.engine.credit.snapshot import Snapshot
from backend.engine.exact import plain
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.narrowing import Wanted
from backend.engine.meter.window import WindowSize, window_of
from backend.engine.period import Period
from backend.engine.recurrence import Duration, Recurrence
from backend.engine.subscribe.view import span
from backend.engine.usage_period import Start, UsagePeriods
from backend.entitlements import repository
from backend.entitlements.models import BalanceSnapshot, Entitlement, EntitlementGrant, UsageReset
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service.reading import Reading

MINUTE = timedelta(minutes=1)
SHORTEST_PERIOD = timedelta(hours=1)
MOST_PERIODS = 10_000
"""How many usage periods a balance may be burnt down through at once."""


@dataclass(frozen=True, slots=True)
class Quota:
    """The grants and usage periods of a metered entitlement, and whose usage of which meter burns them."""

    entitlement: Entitlement
    periods: UsagePeriods
    grants: tuple[Grant, ...]
    meter: Meter
    meter_filters: Mapping[str, Wanted]
    subjects: tuple[str, ...]

    @property
    def measured_from(self) -> datetime:
        """When usage began to be measured."""
        return self.periods.starts[0].at

    @property
    def unit_config(self) -> UnitConfig | None:
        """How usage becomes the units of the grants, if they are not the meter's own."""
        kept = self.entitlement.unit_config
        return None if kept is None else UnitConfig(Operation(kept["operation"]), Decimal(kept["factor"]))

    def beginning(self, at_latest: datetime) -> Snapshot:
        """The state when usage began to be measured, or at an instant before that."""
        return Snapshot.starting(self.grants, min(self.measured_from, at_latest), self.unit_config)

    @property
    def basis(self) -> str:
        """Names all that a state depends on beside grants and resets: whose usage, of which meter, in which units."""
        counted = [self.meter.id, self.meter.group_by, dict(self.meter_filters), self.subjects]
        text = json.dumps([*counted, self.entitlement.unit_config], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def allowance(self, burnt: Period) -> Allowance:
        """What may be burnt, with the resets after the start of a period, up to and including its end.

        Raises Invalid when more than MOST_PERIODS resets or recurrences of a grant lie in it.
        """
        self._refuse_endless(burnt)
        resets = self.periods.timeline(burnt, preserve_overage=self.entitlement.preserve_overage_at_reset)
        return Allowance(self.grants, resets, self.meter.definition.aggregation, self.unit_config)

    def _refuse_endless(self, burnt: Period) -> None:
        if burnt.length <= MOST_PERIODS * SHORTEST_PERIOD:
            return
        rhythms = [self.periods.starts[-1].recurrence, *(grant.recurrence for grant in self.grants if grant.recurrence)]
        if any(rhythm.index_at(burnt.end) - rhythm.index_at(burnt.start) > MOST_PERIODS for rhythm in rhythms):
            message = f"More than {MOST_PERIODS} usage periods lie before {burnt.end:%Y-%m-%d}."
            raise Invalid(message, issues=[Issue("time", "too_far", message)])

    def next_change(self, after: datetime) -> datetime:
        """When, after an instant, the usage period ends or a grant takes effect, recurs or ends first."""
        changes = [self.periods.at(after).end]
        for grant in self.grants:
            changes += [at for at in (grant.effective_at, grant.active.end) if at > after]
            if grant.recurrence is not None and grant.active.end > after:
                changes.append(grant.recurrence.next_after(max(after, grant.effective_at), inclusive=False))
        return min(changes)

    def reading(self, ctx: Context, start: Snapshot, until: datetime) -> Reading:
        """The usage from a state on; to tell what is new, UNIQUE_COUNT needs all of the usage period."""
        is_unique = self.meter.definition.aggregation is Aggregation.UNIQUE_COUNT
        whole = Period(start.since if is_unique else start.at, until)
        return Reading(ctx, self.meter, self.subjects, whole, self.meter_filters)


def load(ctx: Context, customer: Customer, entitlement: Entitlement) -> Quota:
    """Read a metered entitlement with its grants and resets, its meter and its customer's subjects."""
    feature = features.by_id(ctx, [entitlement.feature_id])[entitlement.feature_id]
    assert feature.meter_id is not None
    return Quota(
        entitlement,
        periods_of(entitlement, repository.resets_of(ctx, [entitlement.id])[entitlement.id]),
        tuple(map(to_grant, repository.grants_of(ctx, entitlement.id))),
        metering.get_meter(ctx, feature.meter_id),
        feature.meter_filters,
        customers.usage_subjects(ctx, customer),
    )


def periods_of(entitlement: Entitlement, resets: Sequence[UsageReset]) -> UsagePeriods:
    """The usage periods of a metered entitlement; boundaries are computed, nothing runs at them."""
    assert entitlement.usage_interval is not None
    assert entitlement.usage_anchor is not None
    assert entitlement.measure_usage_from is not None
    interval = Duration.parse(entitlement.usage_interval)
    first = Start(entitlement.measure_usage_from, Recurrence(interval, entitlement.usage_anchor))
    later = (Start(row.at, Recurrence(interval, row.anchor), row.preserve_overage) for row in resets)
    return UsagePeriods((first, *later))


def to_grant(row: EntitlementGrant) -> Grant:
    """A grant as the engine burns it."""
    assert row.created_at is not None
    return Grant(
        id=row.id,
        amount=row.amount,
        effective_at=row.effective_at,
        created_at=row.created_at,
        expires_at=row.expires_at,
        voided_at=row.voided_at,
        deleted_at=row.deleted_at,
        priority=row.priority,
        min_rollover=row.min_rollover,
        max_rollover=row.max_rollover,
        recurrence=recurrence_of(row),
    )


def recurrence_of(row: EntitlementGrant) -> Recurrence | None:
    """When a grant becomes full again, if it does."""
    if row.recurrence_interval is None or row.recurrence_anchor is None:
        return None
    return Recurrence(Duration.parse(row.recurrence_interval), row.recurrence_anchor)


def to_snapshot(row: BalanceSnapshot, quota: Quota) -> Snapshot:
    """A kept state, for exactly the grants that there are now."""
    balances = {id_: Decimal(left) for id_, left in row.balances.items()}
    kept = Snapshot(row.at, row.since, balances, row.overage, row.usage, row.grant_usage, quota.unit_config)
    return kept.covering(quota.grants)


def to_row(ctx: Context, quota: Quota, state: Snapshot) -> BalanceSnapshot:
    """A state as it is kept, decimals as text."""
    return BalanceSnapshot(
        namespace=ctx.namespace,
        entitlement_id=quota.entitlement.id,
        at=state.at,
        basis=quota.basis,
        since=state.since,
        balances={id_: plain(left) for id_, left in state.balances.items()},
        overage=state.overage,
        usage=state.usage,
        grant_usage=state.grant_usage,
    )


def active_period(entitlement: Entitlement) -> Period:
    """From its start until it ends or is deleted; empty when that comes first."""
    scheduled = span(entitlement.active_from, entitlement.active_to)
    deleted_at = entitlement.deleted_at
    return scheduled if deleted_at is None else scheduled.intersect(span(entitlement.active_from, deleted_at))


def start_of_minute(instant: datetime) -> datetime:
    """An instant cut to the minute, as usage periods, grants and resets are counted."""
    return window_of(instant, WindowSize.MINUTE).start


def end_of_minute(instant: datetime) -> datetime:
    """An instant brought up to the next full minute, as values are asked for; a full minute stays (metering spec 7)."""
    minute = start_of_minute(instant)
    return minute if minute == instant else minute + MINUTE
