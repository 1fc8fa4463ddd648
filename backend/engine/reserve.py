"""Reserving takes units of a quota before they are used, so that two requests can never spend the same last unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from backend.engine.entitle import EntitlementValue
from backend.engine.exact import EXACT, ZERO
from backend.errors import Conflict


class Outcome(StrEnum):
    """What was answered to somebody who wanted to reserve."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REFUSED = "refused"


class Status(StrEnum):
    """What has become of a reservation."""

    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Decision:
    """How many units were granted, and how many of them no grant covers (soft limits only).

    `balance` is what is left for everybody else.
    """

    outcome: Outcome
    granted: Decimal
    overage: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be reserved: the units that are neither used nor held, whether the limit is soft.

    `partly` is the most that may be granted of less than was asked for, when that is not all that is free: a meter may
    not be able to count just that much.
    """

    free: Decimal
    is_soft: bool = False
    partly: Decimal | None = None


def reserve(asked: Decimal, limit: Limit, *, allow_partial: bool = False) -> Decision:
    """Decide about units that somebody wants to use. More than zero is asked for.

    A hard limit grants all, or with `allow_partial` what is left, or refuses. A soft limit grants all, and tells what
    goes beyond it.
    """
    free = max(limit.free, ZERO)
    if limit.is_soft or asked <= free:
        left = EXACT.subtract(free, asked)
        return Decision(Outcome.GRANTED, asked, overage=max(EXACT.minus(left), ZERO), balance=max(left, ZERO))
    part = free if limit.partly is None else min(limit.partly, free)
    if allow_partial and part > 0:
        return Decision(Outcome.PARTLY_GRANTED, part, overage=ZERO, balance=EXACT.subtract(free, part))
    return Decision(Outcome.REFUSED, ZERO, overage=ZERO, balance=free)


def less_reserved(value: EntitlementValue, reserved: Decimal, *, is_soft_limit: bool) -> EntitlementValue:
    """The value of a quota for those who hold no reservation: reserved units are as good as used.

    They become usage when they are committed, and are free again when they are released or expire.
    """
    assert value.balance is not None
    balance = max(EXACT.subtract(value.balance, reserved), ZERO)
    return replace(value, has_access=is_soft_limit or balance > 0, balance=balance, reserved=reserved)


def uncovered(used: Decimal, balance: Decimal) -> Decimal:
    """How much of what was used no grant pays: the overage it adds to a quota that had this balance before."""
    return max(EXACT.subtract(used, max(balance, ZERO)), ZERO)


@dataclass(frozen=True, slots=True)
class Life:
    """When a reservation lapses by itself, unless it has been ended before or after that."""

    expires_at: datetime
    committed_at: datetime | None = None
    released_at: datetime | None = None

    def status(self, at: datetime) -> Status:
        """What it is at an instant; nothing runs when it expires."""
        if self.committed_at is not None:
            return Status.COMMITTED
        if self.released_at is not None:
            return Status.RELEASED
        return Status.HELD if at < self.expires_at else Status.EXPIRED


ENDINGS = {
    (Status.HELD, Status.COMMITTED): True,
    (Status.EXPIRED, Status.COMMITTED): True,
    (Status.COMMITTED, Status.COMMITTED): False,
    (Status.HELD, Status.RELEASED): True,
    (Status.EXPIRED, Status.RELEASED): True,
    (Status.RELEASED, Status.RELEASED): False,
}
"""How a reservation may end, and whether that changes anything. An expired one may still be committed: what was used
was used, and has to be counted."""


def changes(status: Status, ending: Status) -> bool:
    """Whether this ending changes the reservation; once more the same changes nothing, another one is a Conflict."""
    if (status, ending) not in ENDINGS:
        raise Conflict(f"The reservation is {status} already, it cannot be {ending}.")
    return ENDINGS[status, ending]
