"""What is left of a quota at an instant, and what an entitlement therefore allows."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.credit.burn_down import BurnDown, burn_down
from backend.engine.credit.snapshot import Snapshot
from backend.engine.entitle import NO_ACCESS, EntitlementValue, boolean_value, quota_value, static_value
from backend.engine.exact import ZERO
from backend.engine.period import Period
from backend.engine.reserve import less_reserved
from backend.entitlements import quota as quotas
from backend.entitlements import repository, standing
from backend.entitlements import reservation_repository as reservations
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.entitlements.quota import Quota
from backend.entitlements.service.read import find_at
from backend.infra.context import Context


def value(ctx: Context, customer: Customer, feature_key: str, at: datetime | None = None) -> EntitlementValue:
    """What a customer may use of a feature at an instant (default: now); no access when it has no entitlement."""
    found = repository.active_at(ctx, customer.id, at or ctx.now, feature_key)
    return value_of(ctx, customer, found[0], at or ctx.now) if found else NO_ACCESS


def value_now(ctx: Context, customer_id_or_key: str, feature_key: str) -> EntitlementValue:
    """The same for now and a customer by its id or key, as cheap as it can be: programs ask it before each request."""
    found = standing.find(ctx, customer_id_or_key, feature_key, ctx.now)
    if found is None:
        return value(ctx, customers.get(ctx, customer_id_or_key), feature_key)
    return _allowed(found.state(ctx, quotas.end_of_minute(ctx.now)), found.quota.entitlement, found.reserved)


def value_by(ctx: Context, customer: Customer, id_or_feature_key: str, at: datetime | None = None) -> EntitlementValue:
    """The same for an entitlement by its id or feature; raises NotFound when the customer never had such a one."""
    found = find_at(ctx, customer, id_or_feature_key, at or ctx.now)
    return NO_ACCESS if found is None else value_of(ctx, customer, found, at or ctx.now)


def access(ctx: Context, customer: Customer) -> dict[str, EntitlementValue]:
    """The value of every active entitlement of a customer, by feature key."""
    return {
        found.feature_key: value_of(ctx, customer, found, ctx.now)
        for found in repository.active_at(ctx, customer.id, ctx.now)
    }


def value_of(ctx: Context, customer: Customer, entitlement: Entitlement, at: datetime) -> EntitlementValue:
    """What one active entitlement allows at an instant beside what is reserved, and what each active grant has left."""
    if entitlement.kind == EntitlementKind.STATIC:
        return static_value(entitlement.config or "{}")
    if entitlement.kind == EntitlementKind.BOOLEAN:
        return boolean_value()
    run = balance(ctx, customer, entitlement, at)
    reserved = reservations.held(ctx, customer.id, [entitlement.feature_key], at).get(entitlement.feature_key, ZERO)
    return _allowed(run, entitlement, reserved)


def _allowed(run: BurnDown, entitlement: Entitlement, reserved: Decimal) -> EntitlementValue:
    state = run.snapshot
    left = {grant.id: state.balances[grant.id] for grant in run.allowance.grants if grant.active_at(state.at)}
    whole = quota_value(state, is_soft_limit=entitlement.is_soft_limit)
    return replace(less_reserved(whole, reserved, is_soft_limit=entitlement.is_soft_limit), grant_balances=left)


def balance(ctx: Context, customer: Customer, entitlement: Entitlement, at: datetime) -> BurnDown:
    """The state of a metered entitlement at the end of the minute of an instant; a full minute is itself.

    Everything the customer used until then counts, and every reset, recurrence and grant up to that very instant.
    Source: metering spec 7 and 10.
    """
    return burnt(ctx, quotas.load(ctx, customer, entitlement), quotas.end_of_minute(at))


def burnt(ctx: Context, quota: Quota, until: datetime) -> BurnDown:
    """Burn a quota down to an instant, from the last kept state before it or else from the beginning of measurement."""
    start = kept_state(ctx, quota, until)
    reading = quota.reading(ctx, start, until)
    return burn_down(quota.allowance(Period(start.at, until)), start, until, reading.usage)


def kept_state(ctx: Context, quota: Quota, at: datetime) -> Snapshot:
    """The last kept state at or before an instant, else the beginning of measurement."""
    kept = repository.latest_snapshot(ctx, quota.entitlement.id, quota.basis, at)
    return quota.beginning(at) if kept is None else quotas.to_snapshot(kept, quota)
