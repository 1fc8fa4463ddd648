"""How entitlements and their values are written in version 1: amounts as JSON numbers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from backend.api.wire import Instant, Labels, Number, Wire
from backend.engine.entitle import EntitlementValue
from backend.engine.period import Period
from backend.engine.recurrence import NAMED_INTERVALS
from backend.entitlements import service
from backend.entitlements.models import Entitlement


class EntitlementValueOut(Wire):
    """What may be used; amounts of metered entitlements only, a configuration of static ones only."""

    has_access: bool
    balance: Number | None = None
    usage: Number | None = None
    overage: Number | None = None
    total_available_grant_amount: Number | None = None
    config: str | None = None


class CustomerAccessOut(Wire):
    """All that a customer may use, by feature key."""

    entitlements: dict[str, EntitlementValueOut]


class PeriodOut(Wire):
    """A period, without its end."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class RecurringPeriodOut(Wire):
    """A rhythm and what it is counted from."""

    interval: str
    interval_iso: Annotated[str, Field(alias="intervalISO")]
    anchor: Instant


class _EntitlementOut(Wire):
    id: str
    created_at: Instant
    updated_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    subject_key: str
    feature_key: str
    feature_id: str
    metadata: Labels | None = None


class EntitlementBooleanOut(_EntitlementOut):
    """Plain access."""

    type: Literal["boolean"] = "boolean"


class EntitlementStaticOut(_EntitlementOut):
    """Access with a configuration."""

    type: Literal["static"] = "static"
    config: str


class EntitlementMeteredOut(_EntitlementOut):
    """A quota of usage."""

    type: Literal["metered"] = "metered"
    is_soft_limit: bool
    is_unlimited: bool = False
    issue_after_reset: Number | None = None
    issue_after_reset_priority: int | None = None
    preserve_overage_at_reset: bool
    last_reset: Instant
    current_usage_period: PeriodOut
    measure_usage_from: Instant
    usage_period: RecurringPeriodOut


EntitlementOut = EntitlementBooleanOut | EntitlementStaticOut | EntitlementMeteredOut


def value_to_wire(value: EntitlementValue) -> EntitlementValueOut:
    """A value as version 1 writes it."""
    return EntitlementValueOut(
        has_access=value.has_access,
        balance=value.balance,
        usage=value.usage,
        overage=value.overage,
        total_available_grant_amount=value.total_available,
        config=value.config,
    )


def period_to_wire(period: Period) -> PeriodOut:
    """A period as version 1 writes it."""
    return PeriodOut(from_=period.start, to=period.end)


def entitlement_to_wire(entitlement: Entitlement, subject_key: str, at: datetime) -> EntitlementOut:
    """An entitlement as version 1 writes it, with its usage period at an instant."""
    common = {
        "id": entitlement.id,
        "created_at": entitlement.created_at,
        "updated_at": entitlement.updated_at,
        "active_from": entitlement.active_from,
        "active_to": entitlement.active_to,
        "subject_key": subject_key,
        "feature_key": entitlement.feature_key,
        "feature_id": entitlement.feature_id,
        "metadata": dict(entitlement.labels) or None,
    }
    if entitlement.kind == "boolean":
        return EntitlementBooleanOut.model_validate(common)
    if entitlement.kind == "static":
        return EntitlementStaticOut.model_validate(common | {"config": entitlement.config})
    period = service.usage_period(entitlement, at)
    interval = entitlement.usage_interval or ""
    named = {str(length): name for name, length in NAMED_INTERVALS.items()}
    rhythm = {
        "interval": named.get(interval, interval),
        "interval_iso": interval,
        "anchor": entitlement.usage_anchor,
    }
    return EntitlementMeteredOut.model_validate(
        common
        | {
            "is_soft_limit": entitlement.is_soft_limit,
            "issue_after_reset": entitlement.issue_after_reset,
            "issue_after_reset_priority": entitlement.issue_after_reset_priority,
            "preserve_overage_at_reset": entitlement.preserve_overage_at_reset,
            "last_reset": period.start,
            "current_usage_period": period_to_wire(period),
            "measure_usage_from": entitlement.measure_usage_from,
            "usage_period": rhythm,
        }
    )
