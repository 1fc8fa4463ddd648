"""How a quota stands, for the price of one query: what was read before is used again if it finds nothing new."""

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from backend.customers import service as customers
from backend.engine.credit.burn_down import BurnDown, Usage, burn_down
from backend.engine.credit.snapshot import Snapshot
from backend.engine.exact import total
from backend.engine.period import Period
from backend.entitlements import quota as quotas
from backend.entitlements import repository, standing_repository
from backend.entitlements.models import Entitlement
from backend.entitlements.quota import Quota
from backend.entitlements.standing_repository import StandingRow
from backend.infra.context import Context
from backend.metering.models import Meter

MOST_REMEMBERED = 2_000
"""Quotas of this process; a hundred grants take about 100 kB."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A quota, the state to burn it down from, and what is reserved of it."""

    quota: Quota
    start: Snapshot
    reserved: Decimal
    last: "_LastRun"

    def state(self, ctx: Context, until: datetime) -> BurnDown:
        """The quota burnt down to an instant, from the state to start with.

        The last run is used again if neither a grant nor the usage period has changed between its end and this one,
        and the usage is still what it was: then only its end would be another.
        """
        reading = self.quota.reading(ctx, self.start, until)
        found = self.last.run_again(until, reading.usage)
        if found is not None:
            return found
        asked: dict[Period, Decimal] = {}

        def usage(period: Period) -> Decimal:
            asked[period] = reading.usage(period)
            return asked[period]

        run = burn_down(self.quota.allowance(Period(self.start.at, until)), self.start, until, usage)
        self.last.keep(run, until, self.quota.next_change(until), asked)
        return run


class _LastRun:
    """How a quota was burnt down last, and the answers of the meter on the way."""

    def __init__(self) -> None:
        self._kept: tuple[BurnDown, datetime, Period, dict[Period, Decimal]] | None = None

    def keep(self, run: BurnDown, until: datetime, changes_at: datetime, asked: dict[Period, Decimal]) -> None:
        """Remember a run to an instant, after which the grants or the usage period change next at another."""
        if run.history.segments:
            self._kept = run, until, Period(run.history.segments[-1].period.start, changes_at), asked

    def run_again(self, until: datetime, usage: Usage) -> BurnDown | None:
        """The last run if one to this instant would come to the same."""
        if self._kept is None:
            return None
        run, ended, alike, asked = self._kept
        if until not in alike or until == alike.start:
            return None
        now_asked = (
            (Period(one.start, until if one.end == ended else one.end), answer) for one, answer in asked.items()
        )
        return run if all(usage(period) == answer for period, answer in now_asked) else None


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read when the row was this one."""

    row: StandingRow
    quota: Quota
    start: Snapshot
    last: _LastRun = field(default_factory=_LastRun)


class _Memory:
    """What was read last, by namespace and entitlement; the least recently used is forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: OrderedDict[tuple[str, str], _Read] = OrderedDict()

    def recall(self, namespace: str, row: StandingRow) -> _Read | None:
        """What was read for an equal row."""
        key = namespace, row.entitlement_id
        with self._lock:
            read = self._read.get(key)
            if read is None or read.row != row:
                return None
            self._read.move_to_end(key)
            return read

    def keep(self, namespace: str, read: _Read) -> None:
        """Remember it instead of what was read before."""
        with self._lock:
            self._read[namespace, read.row.entitlement_id] = read
            self._read.move_to_end((namespace, read.row.entitlement_id))
            if len(self._read) > MOST_REMEMBERED:
                self._read.popitem(last=False)


_MEMORY = _Memory()


def find(ctx: Context, customer_id_or_key: str, feature_key: str, at: datetime) -> Standing | None:
    """How the quota of a customer that is active at an instant, now or later, stands.

    None when there is none, or usage is not measured yet. Nothing is believed that the query does not confirm, so it
    does not matter how many processes there are, or what they remember.
    """
    found = standing_repository.find(ctx, customer_id_or_key, feature_key, at)
    if found is None:
        return None
    row, held = found
    read = _MEMORY.recall(ctx.namespace, row)
    if read is None:
        read = _read(ctx, row, at)
        if read is None:
            return None
        _MEMORY.keep(ctx.namespace, read)
    if at < read.start.at:
        return None
    return Standing(read.quota, read.start, total(map(Decimal, (held or "").split())), read.last)


def read_in_full(quota: Quota, start: Snapshot, reserved: Decimal) -> Standing:
    """How a quota stands that was found in another way."""
    return Standing(quota, start, reserved, _LastRun())


def _read(ctx: Context, row: StandingRow, at: datetime) -> _Read | None:
    entitlement = repository.by_id(ctx, row.entitlement_id)
    assert entitlement is not None
    loaded = quotas.load(ctx, customers.get(ctx, row.customer_id), entitlement)
    given = set(json.loads(row.subjects or "[]"))
    if set(loaded.subjects) != given | ({row.customer_key} if row.customer_key else set()):
        return None
    quota = replace(
        loaded, entitlement=Entitlement(**entitlement.model_dump()), meter=Meter(**loaded.meter.model_dump())
    )
    kept = repository.latest_snapshot(ctx, entitlement.id, quota.basis, at)
    start = quota.beginning(quota.measured_from) if kept is None else quotas.to_snapshot(kept, quota)
    return _Read(row, quota, start)
