"""May they use it? An entitlement is a yes (boolean), a setting (static) or a quota with a balance (metered)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from backend.engine.exact import EXACT, ZERO, total


@dataclass(frozen=True, slots=True)
class EntitlementValue:
    """What an entitlement grants at an instant; quantities only for metered ones, `config` (JSON) only for static."""

    has_access: bool
    balance: Decimal | None = None
    usage: Decimal | None = None
    overage: Decimal | None = None
    total_available: Decimal | None = None
    config: str | None = None


NO_ACCESS = EntitlementValue(has_access=False)
"""No entitlement, or none that is active at the time."""


def boolean_value() -> EntitlementValue:
    """Having it is enough."""
    return EntitlementValue(has_access=True)


def static_value(config: str) -> EntitlementValue:
    """Having it is enough, and the configuration comes with it."""
    return EntitlementValue(has_access=True, config=config)


def metered_value(granted: Iterable[Decimal], usage: Decimal, *, is_soft_limit: bool = False) -> EntitlementValue:
    """A quota in one usage period: what was granted at its start, and what was used since (metering spec 7).

    Access lasts while something is left, and with a soft limit beyond that. What grants do not cover is overage.
    """
    available = total(granted)
    left = EXACT.subtract(available, usage)
    balance = max(left, ZERO)
    return EntitlementValue(
        has_access=is_soft_limit or balance > 0,
        balance=balance,
        usage=usage,
        overage=max(EXACT.minus(left), ZERO),
        total_available=available,
    )
