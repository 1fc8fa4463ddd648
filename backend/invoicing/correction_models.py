"""What turned out wrong about issued invoices: each difference found, what became of it, and usage that came late."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from backend.infra.columns import Document, Exact, Instant
from backend.infra.rows import Row


class CorrectionReason(StrEnum):
    """Why a line on an issued invoice should come to something else."""

    LATE_USAGE = "late_usage"
    SUBSCRIPTION = "subscription"
    VOIDED = "voided"


class CorrectionStatus(StrEnum):
    """Whether a difference waits for a person, is booked on an invoice to come, or was let go."""

    WAITING = "waiting"
    BOOKED = "booked"
    DISMISSED = "dismissed"


class Correction(Row, table=True):
    """What one line of an issued invoice came to, corrections before this one included, and what it should come to.

    `amount` is the difference: negative when money is given back. The corrections of a line are numbered, and a number
    is taken once: so nothing is corrected twice. `wanted` is what its subscription wants to be different about it,
    `looked_since` up to when stored usage was known before.
    """

    __tablename__ = "invoice_correction"
    __table_args__ = (
        UniqueConstraint("line_id", "number", name="invoice_correction_number"),
        Index("ix_invoice_correction_customer", "namespace", "customer_id", "status"),
        Index("ix_invoice_correction_subscription", "namespace", "subscription_id"),
    )

    invoice_id: str = Field(foreign_key="invoice.id", index=True)
    line_id: str = Field(foreign_key="invoice_line.id")
    number: int
    customer_id: str
    currency: str = Field(max_length=3)
    subscription_id: str | None = None
    reason: str = Field(max_length=16)
    billed: Decimal = Field(sa_type=Exact)
    due: Decimal = Field(sa_type=Exact)
    amount: Decimal = Field(sa_type=Exact)
    status: str = Field(max_length=16)
    wanted: dict[str, Any] | None = Field(default=None, sa_type=Document)
    looked_since: datetime | None = Field(default=None, sa_type=Instant)


class LateUsage(Row, table=True):
    """Events of one type and subject that were stored after usage of their time had been billed; nobody looked yet."""

    __tablename__ = "late_usage"
    audited: ClassVar[bool] = False

    event_type: str = Field(max_length=1024)
    subject: str = Field(max_length=1024)
    first_at: datetime = Field(sa_type=Instant)
    last_at: datetime = Field(sa_type=Instant)


class LateUsageLook(Row, table=True):
    """Up to when stored events were looked through once more for usage that came late; by the wall clock."""

    __tablename__ = "late_usage_look"
    __table_args__ = (Index("uq_late_usage_look", "namespace", unique=True),)
    audited: ClassVar[bool] = False

    until: datetime = Field(sa_type=Instant)
