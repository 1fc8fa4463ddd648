"""How grants are written in versions 1 and 2: amounts as JSON numbers."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from backend.api.v1.wire.entitlement_inputs import Amount, Priority, RecurringPeriodIn
from backend.api.v1.wire.entitlements import RecurringPeriodOut, recurrence_to_wire
from backend.api.wire import Instant, Labels, Number, Wire, WireInput
from backend.engine.exact import ZERO
from backend.entitlements.models import EntitlementGrant
from backend.entitlements.quota import recurrence_of
from backend.entitlements.service import grants
from backend.entitlements.service.grants import Expiration, GrantInput, Renewal


def _kept_exactly(node: Any) -> Any:
    """A document keeps whole numbers and texts as they are; a fraction would come back as another one."""
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        _kept_exactly(part)
    if isinstance(node, Decimal):
        raise ValueError("numbers must be whole here; write others as text")
    return node


Annotations = Annotated[dict[str, Any], AfterValidator(_kept_exactly)]
"""What the sender's own systems want to find again."""


class GrantOrder(StrEnum):
    """By what grants can be sorted."""

    ID = "id"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"
    EFFECTIVE_AT = "effectiveAt"


COLUMNS = {
    GrantOrder.ID: "id",
    GrantOrder.CREATED_AT: "created_at",
    GrantOrder.UPDATED_AT: "updated_at",
    GrantOrder.EFFECTIVE_AT: "effective_at",
}


class ExpirationWire(WireInput):
    """How long a grant lasts from when it takes effect."""

    duration: Literal["HOUR", "DAY", "WEEK", "MONTH", "YEAR"]
    count: Annotated[int, Field(ge=1, le=1000)]


class _GrantIn(WireInput):
    amount: Annotated[Number, Field(gt=0)]
    priority: Priority | None = None
    effective_at: Instant
    min_rollover_amount: Amount = ZERO
    metadata: Labels | None = None
    recurrence: RecurringPeriodIn | None = None


class GrantIn(_GrantIn):
    """A grant of version 1: it expires, and without a maximum nothing of it rolls over."""

    expiration: ExpirationWire
    max_rollover_amount: Amount = ZERO

    def from_wire(self) -> GrantInput:
        """As the service takes it."""
        return _input(self, self.expiration, self.max_rollover_amount)


class GrantV2In(_GrantIn):
    """A grant of version 2: it may last, and without a maximum all of it rolls over."""

    expiration: ExpirationWire | None = None
    max_rollover_amount: Amount | None = None
    annotations: Annotations | None = None

    def from_wire(self) -> GrantInput:
        """As the service takes it."""
        return _input(self, self.expiration, self.max_rollover_amount, self.annotations)


LASTING = ExpirationWire(duration="YEAR", count=100)
"""What version 1, in which every grant expires, says of one that does not."""


class GrantOut(Wire):
    """A grant; one without a priority burns before all others."""

    id: str
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    entitlement_id: str
    amount: Number
    priority: int | None = None
    effective_at: Instant
    expiration: ExpirationWire | None = None
    expires_at: Instant | None = None
    max_rollover_amount: Number
    min_rollover_amount: Number
    recurrence: RecurringPeriodOut | None = None
    next_recurrence: Instant | None = None
    voided_at: Instant | None = None
    metadata: Labels | None = None
    annotations: dict[str, Any] | None = None


class GrantV1Out(GrantOut):
    """A grant of version 1: it expires. One without `expiresAt` lasts, and is written as 100 years."""

    expiration: ExpirationWire = LASTING


def grant_v1_to_wire(row: EntitlementGrant, now: datetime) -> GrantV1Out:
    """A grant as version 1 writes it."""
    return GrantV1Out.model_validate(grant_to_wire(row, now).model_dump(exclude_none=True))


def grant_to_wire(row: EntitlementGrant, now: datetime) -> GrantOut:
    """A grant as version 2 writes it."""
    assert row.created_at is not None
    assert row.updated_at is not None
    recurrence = recurrence_of(row)
    expiration = None
    if row.expiration_unit is not None:
        kept = {"duration": row.expiration_unit, "count": row.expiration_count}
        expiration = ExpirationWire.model_validate(kept)
    return GrantOut(
        id=row.id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        entitlement_id=row.entitlement_id,
        amount=row.amount,
        priority=row.priority or None,
        effective_at=row.effective_at,
        expiration=expiration,
        expires_at=row.expires_at,
        max_rollover_amount=row.max_rollover,
        min_rollover_amount=row.min_rollover,
        recurrence=None if recurrence is None else recurrence_to_wire(recurrence),
        next_recurrence=grants.next_recurrence(row, now),
        voided_at=row.voided_at,
        metadata=row.labels,
        annotations=row.annotations,
    )


def _input(
    given: _GrantIn,
    expiration: ExpirationWire | None,
    max_rollover: Decimal | None,
    annotations: dict[str, Any] | None = None,
) -> GrantInput:
    rhythm = given.recurrence
    return GrantInput(
        amount=given.amount,
        effective_at=given.effective_at,
        priority=given.priority or 0,
        expiration=None if expiration is None else Expiration(expiration.duration, expiration.count),
        min_rollover=given.min_rollover_amount,
        max_rollover=max_rollover,
        recurrence=None if rhythm is None else Renewal(rhythm.interval, rhythm.anchor),
        labels=given.metadata,
        annotations=annotations,
    )
