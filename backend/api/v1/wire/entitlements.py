"""How entitlements and their values are written in version 1: amounts as JSON numbers."""

from typing import Annotated, Any, Literal

from pydantic import Field

from backend.api.wire import CalculatedNumber, Instant, Labels, Number, Wire
from backend.engine.entitle import EntitlementValue
from backend.engine.period import Period
from backend.engine.recurrence import NAMED_INTERVALS, Recurrence
from backend.entitlements.service import EntitlementDetail


class EntitlementValueOut(Wire):
    """What may be used; amounts of metered entitlements only, a configuration of static ones only.

    `reserved` units are held by reservations and missing from the balance; it is left out when there are none.
    """

    has_access: bool
    balance: CalculatedNumber | None = None
    usage: CalculatedNumber | None = None
    overage: CalculatedNumber | None = None
    total_available_grant_amount: CalculatedNumber | None = None
    config: str | None = None
    reserved: CalculatedNumber | None = None


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


class EntitlementOutBase(Wire):
    """What every entitlement says."""

    id: str
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    active_from: Instant
    active_to: Instant | None = None
    feature_key: str
    feature_id: str
    metadata: Labels | None = None
    annotations: dict[str, Any] | None = None
    current_usage_period: PeriodOut | None = None
    usage_period: RecurringPeriodOut | None = None


class MeteredOutBase(Wire):
    """What a quota of usage says in all versions."""

    is_soft_limit: bool
    issue_after_reset: Number | None = None
    issue_after_reset_priority: int | None = None
    preserve_overage_at_reset: bool
    last_reset: Instant
    measure_usage_from: Instant


class _OfSubject(EntitlementOutBase):
    subject_key: str


class EntitlementBooleanOut(_OfSubject):
    """Plain access."""

    type: Literal["boolean"] = "boolean"


class EntitlementStaticOut(_OfSubject):
    """Access with a configuration."""

    type: Literal["static"] = "static"
    config: str


class EntitlementMeteredOut(_OfSubject, MeteredOutBase):
    """A quota of usage; `isUnlimited` means nothing and is always false."""

    type: Literal["metered"] = "metered"
    is_unlimited: bool = False


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
        reserved=value.reserved or None,
    )


def period_to_wire(period: Period) -> PeriodOut:
    """A period as version 1 writes it."""
    return PeriodOut(from_=period.start, to=period.end)


def entitlement_to_wire(found: EntitlementDetail) -> EntitlementOut:
    """An entitlement as version 1 writes it."""
    common = common_to_wire(found) | {"subject_key": found.subject_key}
    match found.row.kind:
        case "boolean":
            return EntitlementBooleanOut.model_validate(common)
        case "static":
            return EntitlementStaticOut.model_validate(common | {"config": found.row.config})
        case _:
            return EntitlementMeteredOut.model_validate(common | metered_to_wire(found))


def common_to_wire(found: EntitlementDetail) -> dict[str, Any]:
    """What all kinds of entitlements have in all versions."""
    row, rhythm = found.row, found.rhythm
    return {
        "id": row.id,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "deleted_at": row.deleted_at,
        "active_from": row.active_from,
        "active_to": row.active_to,
        "feature_key": row.feature_key,
        "feature_id": row.feature_id,
        "metadata": dict(row.labels) or None,
        "annotations": None if row.subscription_id is None else {"subscription.id": row.subscription_id},
        "current_usage_period": None if rhythm is None else period_to_wire(rhythm.current),
        "usage_period": None if rhythm is None else recurrence_to_wire(rhythm.recurrence),
    }


def metered_to_wire(found: EntitlementDetail) -> dict[str, Any]:
    """What metered entitlements have in all versions."""
    row, rhythm = found.row, found.rhythm
    assert rhythm is not None
    return {
        "is_soft_limit": row.is_soft_limit,
        "issue_after_reset": row.issue_after_reset,
        "issue_after_reset_priority": row.issue_after_reset_priority,
        "preserve_overage_at_reset": row.preserve_overage_at_reset,
        "last_reset": rhythm.last_reset,
        "measure_usage_from": row.measure_usage_from,
    }


def recurrence_to_wire(recurrence: Recurrence) -> RecurringPeriodOut:
    """A rhythm; its interval by name where it has one."""
    interval = str(recurrence.interval)
    named = {str(length): name for name, length in NAMED_INTERVALS.items()}
    return RecurringPeriodOut(interval=named.get(interval, interval), interval_iso=interval, anchor=recurrence.anchor)
