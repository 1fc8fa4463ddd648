"""Grants: amounts that are added to a quota, listed, and voided when they should count no more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.engine.credit.grant import Grant, admitted, expiry, issue_after_reset, voided
from backend.engine.exact import ZERO
from backend.engine.period import Period
from backend.engine.recurrence import HOUR, Duration, Recurrence
from backend.entitlements import quota as quotas
from backend.entitlements import repository
from backend.entitlements.models import Entitlement, EntitlementGrant, EntitlementKind
from backend.entitlements.quota import active_period
from backend.entitlements.repository import GrantFilter
from backend.entitlements.service.read import usage_periods
from backend.errors import Invalid, Issue, NotFound
from backend.infra.columns import new_id
from backend.infra.context import Context

SHORTEST = HOUR
"""Neither usage periods nor recurrences may be shorter."""
LEAST_PRIORITY = 255


@dataclass(frozen=True, slots=True)
class Expiration:
    """A grant ends so many HOURs, DAYs, WEEKs, MONTHs or YEARs after it took effect."""

    unit: str
    count: int


@dataclass(frozen=True, slots=True)
class Renewal:
    """A grant is full again after each interval, counted from the anchor, by default when it takes effect."""

    interval: Duration
    anchor: datetime | None = None


@dataclass(frozen=True, slots=True)
class GrantInput:
    """An amount to grant, in the units the meter counts.

    Grants with the lower priority burn first. Without an expiration it lasts. At a reset its balance is brought
    between the rollover amounts; no maximum is the amount itself. Source: metering spec 9.
    """

    amount: Decimal
    effective_at: datetime
    priority: int = 0
    expiration: Expiration | None = None
    min_rollover: Decimal = ZERO
    max_rollover: Decimal | None = None
    recurrence: Renewal | None = None
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, Any] | None = None


def create(ctx: Context, entitlement: Entitlement, wanted: GrantInput) -> EntitlementGrant:
    """Add a grant to a metered entitlement that is active now.

    Raises Invalid, naming everything that is wrong, also when it would take effect before the current usage period.
    """
    period = lock_quota(ctx, entitlement)
    return add(ctx, entitlement, wanted, period)


def add(
    ctx: Context, entitlement: Entitlement, wanted: GrantInput, period: Period, place: str = ""
) -> EntitlementGrant:
    """Add a grant to an entitlement that nobody else can change now; `place` names the grant in what may be wrong."""
    issues = list(_issues(wanted, place))
    if issues:
        raise Invalid("; ".join(issue.message for issue in issues), issues=issues)
    try:
        grant = admitted(_to_grant(ctx, wanted), period)
    except Invalid as error:
        raise Invalid(str(error), issues=[Issue(f"{place}effectiveAt", "invalid_grant", str(error))]) from error
    row = _to_row(entitlement, grant)
    if wanted.expiration is not None:
        row.expiration_unit, row.expiration_count = wanted.expiration.unit, wanted.expiration.count
    row.labels = dict(wanted.labels) if wanted.labels is not None else None
    row.annotations = dict(wanted.annotations) if wanted.annotations is not None else None
    return _save(ctx, entitlement, row)


def add_issued(ctx: Context, entitlement: Entitlement, amount: Decimal, priority: int, period: Period) -> None:
    """Add the grant that holds an entitlement's own quota, full again after each reset."""
    grant = issue_after_reset(new_id(), amount, period, ctx.now, priority)
    row = _to_row(entitlement, grant)
    row.annotations = {"issueAfterReset": True}
    _save(ctx, entitlement, row)


def void(ctx: Context, grant_id: str, at: datetime | None = None) -> EntitlementGrant:
    """Let a grant count no more from the minute of an instant on (default: now); what it paid for stays paid.

    Raises NotFound, and Invalid when it is voided already or the instant lies before the current usage period.
    """
    row = get(ctx, grant_id)
    entitlement = repository.by_id(ctx, row.entitlement_id)
    assert entitlement is not None
    repository.lock(ctx, entitlement)
    ctx.session.refresh(row)
    period = usage_periods(ctx, [entitlement])[entitlement.id].at(ctx.now)
    row.voided_at = voided(quotas.to_grant(row), at or ctx.now, period).voided_at
    assert row.voided_at is not None
    ctx.session.add(row)
    note_change(ctx, entitlement, row.voided_at)
    return row


def get(ctx: Context, grant_id: str) -> EntitlementGrant:
    """A grant by its id. Raises NotFound."""
    row = repository.grant_by_id(ctx, grant_id)
    if row is None:
        raise NotFound(f"There is no grant {grant_id}.")
    return row


def list_grants(ctx: Context, wanted: GrantFilter) -> tuple[Sequence[EntitlementGrant], int]:
    """One page of the grants that match, and how many match in all; a list without an end raises Invalid."""
    if wanted.limit is None:
        raise Invalid("validation error: either page or limit is required")
    return repository.grant_page(ctx, wanted)


def next_recurrence(row: EntitlementGrant, now: datetime) -> datetime | None:
    """When a grant will be full again, if ever."""
    recurrence = quotas.recurrence_of(row)
    if recurrence is None:
        return None
    recurs_at = recurrence.next_after(max(now, row.effective_at), inclusive=False)
    return recurs_at if quotas.to_grant(row).active_at(recurs_at) else None


def lock_quota(ctx: Context, entitlement: Entitlement) -> Period:
    """Keep everybody else from changing a quota, and tell its current usage period.

    Raises Invalid when the entitlement is not metered, NotFound when it is not active now.
    """
    repository.lock(ctx, entitlement)
    if entitlement.kind != EntitlementKind.METERED:
        raise Invalid(
            f"The entitlement to {entitlement.feature_key} is {entitlement.kind}; only metered ones have grants."
        )
    if ctx.now not in active_period(entitlement):
        raise NotFound(f"The entitlement {entitlement.id} to {entitlement.feature_key} is not active.")
    return usage_periods(ctx, [entitlement])[entitlement.id].at(ctx.now)


def note_change(ctx: Context, entitlement: Entitlement, since: datetime) -> None:
    """Forget what was computed for an instant and later, because grants or resets changed there."""
    entitlement.revision += 1
    ctx.session.add(entitlement)
    ctx.session.flush()
    repository.forget_snapshots(ctx, [entitlement.id], since)


def _issues(wanted: GrantInput, place: str) -> Iterator[Issue]:
    if wanted.amount <= 0:
        yield Issue(f"{place}amount", "not_positive", "The amount of a grant must be greater than zero.")
    if not 0 <= wanted.priority <= LEAST_PRIORITY:
        yield Issue(f"{place}priority", "out_of_range", f"A priority lies between 1 and {LEAST_PRIORITY}.")
    for name, amount in (("minRolloverAmount", wanted.min_rollover), ("maxRolloverAmount", wanted.max_rollover)):
        if amount is not None and amount < 0:
            yield Issue(f"{place}{name}", "negative", f"{name} cannot be less than zero.")
    if wanted.recurrence is not None and not wanted.recurrence.interval.at_least(SHORTEST):
        yield Issue(f"{place}recurrence.interval", "too_short", "A grant recurs at most once an hour.")


def _to_grant(ctx: Context, wanted: GrantInput) -> Grant:
    lasting, rhythm = wanted.expiration, wanted.recurrence
    effective_at = quotas.start_of_minute(wanted.effective_at)
    return Grant(
        id=new_id(),
        amount=wanted.amount,
        effective_at=effective_at,
        created_at=ctx.now,
        expires_at=None if lasting is None else expiry(effective_at, lasting.unit, lasting.count),
        priority=wanted.priority,
        min_rollover=wanted.min_rollover,
        max_rollover=wanted.amount if wanted.max_rollover is None else wanted.max_rollover,
        recurrence=None if rhythm is None else Recurrence(rhythm.interval, rhythm.anchor or effective_at),
    )


def _to_row(entitlement: Entitlement, grant: Grant) -> EntitlementGrant:
    return EntitlementGrant(
        id=grant.id,
        entitlement_id=entitlement.id,
        amount=grant.amount,
        priority=grant.priority,
        effective_at=grant.effective_at,
        expires_at=grant.expires_at,
        min_rollover=grant.min_rollover,
        max_rollover=grant.max_rollover,
        recurrence_interval=None if grant.recurrence is None else str(grant.recurrence.interval),
        recurrence_anchor=None if grant.recurrence is None else grant.recurrence.anchor,
    )


def _save(ctx: Context, entitlement: Entitlement, row: EntitlementGrant) -> EntitlementGrant:
    ctx.session.add(row)
    note_change(ctx, entitlement, row.effective_at)
    return row
