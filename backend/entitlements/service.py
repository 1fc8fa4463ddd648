"""Entitlements: grant them for a stretch of time, end them, and say what they allow now, from live usage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.catalog.templates import EntitlementTemplate, MeteredTemplate, StaticTemplate, to_document
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.entitle import NO_ACCESS, EntitlementValue, boolean_value, metered_value, static_value
from backend.engine.period import Period
from backend.engine.recurrence import Duration, Recurrence
from backend.engine.subscribe.view import span
from backend.engine.usage_period import Start, UsagePeriods
from backend.entitlements import repository
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.errors import Conflict, Invalid
from backend.infra.context import Context
from backend.metering import service as metering

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class EntitlementInput:
    """A right to use a feature during [active_from, active_to).

    A metered one needs a usage period, counted from the anchor, and measures usage from `measure_usage_from`.
    """

    customer_id: str
    feature: Feature
    template: EntitlementTemplate
    active_from: datetime
    active_to: datetime | None = None
    usage_period: Duration | None = None
    usage_anchor: datetime | None = None
    measure_usage_from: datetime | None = None
    subscription_id: str | None = None
    subscription_item_id: str | None = None


def create(ctx: Context, wanted: EntitlementInput) -> Entitlement:
    """Grant an entitlement. A customer has one per feature at a time: an overlap raises Conflict.

    Raises Invalid when a metered one lacks a meter or a usage period. Anchor and start of measurement are cut to the
    minute. Source: metering spec 7.
    """
    customers.lock(ctx, wanted.customer_id)
    entitlement = Entitlement(
        customer_id=wanted.customer_id,
        feature_id=wanted.feature.id,
        feature_key=wanted.feature.key,
        kind=to_document(wanted.template)["type"],
        active_from=wanted.active_from,
        active_to=wanted.active_to,
        labels=dict(wanted.template.labels),
        subscription_id=wanted.subscription_id,
        subscription_item_id=wanted.subscription_item_id,
    )
    if isinstance(wanted.template, StaticTemplate):
        entitlement.config = wanted.template.config
    if isinstance(wanted.template, MeteredTemplate):
        _measure(entitlement, wanted, wanted.template)
    _refuse_overlap(ctx, entitlement, wanted.active_to)
    ctx.session.add(entitlement)
    ctx.session.flush()
    return entitlement


def close(ctx: Context, entitlement: Entitlement, at: datetime) -> None:
    """End an entitlement at an instant, or before it begins; one that ends earlier is left alone."""
    if entitlement.active_to is None or entitlement.active_to > at:
        entitlement.active_to = max(at, entitlement.active_from)
        ctx.session.add(entitlement)


def reschedule(ctx: Context, entitlement: Entitlement, active_to: datetime | None) -> None:
    """Give an entitlement another end, earlier or later. Raises Conflict when it would overlap another one."""
    _refuse_overlap(ctx, entitlement, active_to)
    entitlement.active_to = active_to
    ctx.session.add(entitlement)


def withdraw(ctx: Context, entitlement: Entitlement) -> None:
    """Take an entitlement away as if it had never been granted."""
    entitlement.deleted_at = ctx.now
    ctx.session.add(entitlement)


def of_subscription(ctx: Context, subscription_id: str) -> Sequence[Entitlement]:
    """The entitlements that came with a subscription."""
    return repository.of_subscription(ctx, subscription_id)


def active(ctx: Context, customer: Customer, at: datetime | None = None) -> Sequence[Entitlement]:
    """What a customer is entitled to at an instant (default: now), by feature key."""
    return repository.active_at(ctx, customer.id, at or ctx.now)


def value(ctx: Context, customer: Customer, feature_key: str, at: datetime | None = None) -> EntitlementValue:
    """What a customer may use of a feature at an instant (default: now); no access when it has no entitlement."""
    found = repository.active_at(ctx, customer.id, at or ctx.now, feature_key)
    return value_of(ctx, customer, found[0], at or ctx.now) if found else NO_ACCESS


def access(ctx: Context, customer: Customer) -> dict[str, EntitlementValue]:
    """The value of every active entitlement of a customer, by feature key."""
    return {found.feature_key: value_of(ctx, customer, found, ctx.now) for found in active(ctx, customer)}


def value_of(ctx: Context, customer: Customer, entitlement: Entitlement, at: datetime) -> EntitlementValue:
    """What one active entitlement allows at an instant.

    Usage is everything the customer used since the usage period began, up to and including the minute of `at`.
    """
    if entitlement.kind == EntitlementKind.STATIC:
        return static_value(entitlement.config or "{}")
    if entitlement.kind == EntitlementKind.BOOLEAN:
        return boolean_value()
    period = usage_period(entitlement, at)
    until = min(_end_of_minute(at), period.end)
    feature = features.get(ctx, entitlement.feature_id)
    assert feature.meter_id is not None
    used = metering.usage(
        ctx,
        metering.get_meter(ctx, feature.meter_id),
        customers.usage_subjects(ctx, customer),
        Period(period.start, until),
        feature.meter_filters,
    )
    issued = entitlement.issue_after_reset
    return metered_value([] if issued is None else [issued], used, is_soft_limit=entitlement.is_soft_limit)


def usage_period(entitlement: Entitlement, at: datetime) -> Period:
    """The usage period of a metered entitlement at an instant; boundaries are computed, nothing runs at them."""
    assert entitlement.usage_interval is not None
    assert entitlement.usage_anchor is not None
    assert entitlement.measure_usage_from is not None
    recurrence = Recurrence(Duration.parse(entitlement.usage_interval), entitlement.usage_anchor)
    return UsagePeriods((Start(entitlement.measure_usage_from, recurrence),)).at(at)


def _measure(entitlement: Entitlement, wanted: EntitlementInput, template: MeteredTemplate) -> None:
    if wanted.feature.meter_id is None:
        raise Invalid(f"A metered entitlement needs a meter; the feature {wanted.feature.key} has none.")
    if wanted.usage_period is None:
        raise Invalid(f"A metered entitlement needs a usage period; {wanted.feature.key} has none.")
    start = wanted.measure_usage_from or wanted.active_from
    entitlement.usage_interval = str(wanted.usage_period)
    entitlement.usage_anchor = _start_of_minute(wanted.usage_anchor or wanted.active_from)
    entitlement.measure_usage_from = _start_of_minute(start)
    entitlement.is_soft_limit = template.is_soft_limit
    entitlement.issue_after_reset = template.issue_after_reset
    entitlement.issue_after_reset_priority = template.issue_after_reset_priority
    entitlement.preserve_overage_at_reset = template.preserve_overage_at_reset


def _refuse_overlap(ctx: Context, entitlement: Entitlement, active_to: datetime | None) -> None:
    wanted = span(entitlement.active_from, active_to)
    for other in repository.of_feature(ctx, entitlement.customer_id, entitlement.feature_key):
        taken = span(other.active_from, other.active_to)
        if other.id != entitlement.id and not taken.is_empty and not wanted.is_empty and wanted.overlaps(taken):
            raise Conflict(
                f"The customer already has an entitlement to {entitlement.feature_key} at that time.",
                conflictingEntityId=other.id,
            )


def _start_of_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _end_of_minute(instant: datetime) -> datetime:
    start = _start_of_minute(instant)
    return instant if instant == start else start + MINUTE
