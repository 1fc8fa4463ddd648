"""Entitlements as people and programs look at them: one, lists, and with the usage period that runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.period import Period
from backend.engine.recurrence import Duration, Recurrence
from backend.engine.usage_period import UsagePeriods
from backend.entitlements import quota as quotas
from backend.entitlements import repository
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.entitlements.quota import active_period
from backend.entitlements.repository import EntitlementFilter
from backend.errors import NotFound
from backend.infra.context import Context


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The usage period of an entitlement: how it recurs, and the one that runs now.

    `last_reset` is when the quota last started anew, None for entitlements that are not metered.
    """

    recurrence: Recurrence
    current: Period
    last_reset: datetime | None


@dataclass(frozen=True, slots=True)
class EntitlementDetail:
    """An entitlement, whose it is, and its usage period if it has one.

    `subject_key` is the first subject of the customer, else its key or id: what version 1 calls the owner.
    """

    row: Entitlement
    customer_key: str | None
    subject_key: str
    rhythm: Rhythm | None


def get(ctx: Context, entitlement_id: str) -> Entitlement:
    """The entitlement with this id, also a deleted one. Raises NotFound."""
    found = repository.by_id(ctx, entitlement_id)
    if found is None:
        raise NotFound(f"There is no entitlement {entitlement_id}.")
    return found


def find(ctx: Context, customer: Customer, id_or_feature_key: str) -> Entitlement:
    """A customer's entitlement by its id, or the one to a feature that is active now. Raises NotFound."""
    found = repository.by_id(ctx, id_or_feature_key)
    if found is not None and found.customer_id == customer.id and found.deleted_at is None:
        return found
    active = repository.active_at(ctx, customer.id, ctx.now, id_or_feature_key)
    if not active:
        raise NotFound(f"The customer {customer.id} has no entitlement {id_or_feature_key}.")
    return active[0]


def find_at(ctx: Context, customer: Customer, id_or_feature_key: str, at: datetime) -> Entitlement | None:
    """A customer's entitlement by its id or feature, if it is active at an instant.

    Raises NotFound when the customer never had such an entitlement.
    """
    found = repository.by_id(ctx, id_or_feature_key)
    if found is not None and found.customer_id == customer.id:
        candidates: Sequence[Entitlement] = [found]
    else:
        candidates = repository.of_feature(ctx, customer.id, id_or_feature_key)
    if not candidates:
        raise NotFound(f"The customer {customer.id} has no entitlement {id_or_feature_key}.")
    return next((row for row in candidates if at in active_period(row)), None)


def active(ctx: Context, customer: Customer, at: datetime | None = None) -> Sequence[Entitlement]:
    """What a customer is entitled to at an instant (default: now), by feature key."""
    return repository.active_at(ctx, customer.id, at or ctx.now)


def unended(ctx: Context, customer: Customer) -> Sequence[Entitlement]:
    """What a customer is entitled to now or will be."""
    return repository.unended(ctx, customer.id)


def list_entitlements(ctx: Context, wanted: EntitlementFilter) -> tuple[Sequence[Entitlement], int]:
    """One page of the entitlements that match, and how many match in all."""
    return repository.page(ctx, wanted)


def of_subscription(ctx: Context, subscription_id: str) -> Sequence[Entitlement]:
    """The entitlements that came with a subscription."""
    return repository.of_subscription(ctx, subscription_id)


def details(ctx: Context, rows: Sequence[Entitlement], at: datetime | None = None) -> list[EntitlementDetail]:
    """Entitlements with their owners, and their usage periods at an instant (default: now)."""
    owners = customers.by_id(ctx, {row.customer_id for row in rows})
    subjects = customers.subject_keys(ctx, list(owners.values()))
    metered = usage_periods(ctx, [row for row in rows if row.kind == EntitlementKind.METERED])
    return [
        EntitlementDetail(
            row,
            owners[row.customer_id].key,
            next(iter(subjects[row.customer_id]), owners[row.customer_id].key or row.customer_id),
            _rhythm(row, metered.get(row.id), at or ctx.now),
        )
        for row in rows
    ]


def usage_period(ctx: Context, entitlement: Entitlement, at: datetime) -> Period:
    """The usage period of a metered entitlement at an instant; boundaries are computed, nothing runs at them."""
    return usage_periods(ctx, [entitlement])[entitlement.id].at(at)


def usage_periods(ctx: Context, rows: Sequence[Entitlement]) -> dict[str, UsagePeriods]:
    """Entitlement → all its usage periods, cut at the resets people made; metered entitlements only."""
    resets = repository.resets_of(ctx, [row.id for row in rows])
    return {row.id: quotas.periods_of(row, resets[row.id]) for row in rows}


def _rhythm(row: Entitlement, periods: UsagePeriods | None, at: datetime) -> Rhythm | None:
    """A metered one has usage periods; another may be given a rhythm that means nothing to us."""
    if periods is not None:
        current = periods.at(at)
        return Rhythm(periods.starts[-1].recurrence, current, current.start)
    if row.usage_interval is None or row.usage_anchor is None:
        return None
    recurrence = Recurrence(Duration.parse(row.usage_interval), row.usage_anchor)
    return Rhythm(recurrence, recurrence.period_at(at), None)
