"""May they use it? An entitlement is a yes (boolean), a setting (static) or a quota with a balance (metered)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from backend.engine.credit.snapshot import Snapshot
from backend.engine.exact import ZERO
from backend.engine.period import Period
from backend.errors import Invalid


@dataclass(frozen=True, slots=True)
class EntitlementValue:
    """What an entitlement grants at an instant; quantities only for metered ones, `config` (JSON) only for static.

    `reserved` units are held for somebody and no longer part of the balance. `grant_balances` is what each active
    grant has left, where that was asked for.
    """

    has_access: bool
    balance: Decimal | None = None
    usage: Decimal | None = None
    overage: Decimal | None = None
    total_available: Decimal | None = None
    config: str | None = None
    reserved: Decimal = ZERO
    grant_balances: Mapping[str, Decimal] | None = None


NO_ACCESS = EntitlementValue(has_access=False)
"""No entitlement, or none that is active at the time."""


class Denial(StrEnum):
    """Why there is no access (metering spec 7)."""

    USAGE_LIMIT_REACHED = "usage_limit_reached"
    FEATURE_UNAVAILABLE = "feature_unavailable"
    FEATURE_NOT_FOUND = "feature_not_found"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a customer holds an entitlement to a feature."""

    id: str
    customer_id: str
    feature_key: str
    period: Period


def boolean_value() -> EntitlementValue:
    """Having it is enough."""
    return EntitlementValue(has_access=True)


def static_value(config: str) -> EntitlementValue:
    """Having it is enough, and the configuration comes with it."""
    return EntitlementValue(has_access=True, config=config)


def quota_value(snapshot: Snapshot, *, is_soft_limit: bool = False) -> EntitlementValue:
    """A quota whose grants were burnt down to an instant (metering spec 7).

    Access lasts while some grant has something left, and with a soft limit beyond that.
    """
    return EntitlementValue(
        has_access=is_soft_limit or snapshot.balance > 0,
        balance=snapshot.balance,
        usage=snapshot.usage,
        overage=snapshot.overage,
        total_available=snapshot.total_available,
    )


def denial(value: EntitlementValue) -> Denial | None:
    """Why a value gives no access: the quota is used up, or there is no active entitlement; None if it gives access."""
    if value.has_access:
        return None
    return Denial.FEATURE_UNAVAILABLE if value.balance is None else Denial.USAGE_LIMIT_REACHED


def clashing(wanted: Schedule, others: Iterable[Schedule]) -> Schedule | None:
    """A customer has one entitlement to a feature at a time: the first of the others that a new one overlaps.

    All must be of one customer and one feature, else Invalid. Those that touch or are empty never overlap.
    Source: metering spec 7.
    """
    for other in others:
        for what, found in (
            ("feature", {wanted.feature_key, other.feature_key}),
            ("customer", {wanted.customer_id, other.customer_id}),
        ):
            if len(found) > 1:
                raise Invalid(f"Entitlements must belong to the same {what}, found {', '.join(sorted(found))}.")
        if other.period.overlaps(wanted.period):
            return other
    return None
