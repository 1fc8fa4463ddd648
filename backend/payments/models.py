"""What payments keep: every message of a payment provider, once."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from backend.infra.columns import Instant
from backend.infra.rows import Row


class Outcome(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    APPLIED = "applied"
    IGNORED = "ignored"


class PaymentMessage(Row, table=True):
    """A message of a payment provider about an invoice; its event id is counted once for ever."""

    __tablename__ = "payment_message"
    __table_args__ = (
        Index("uq_payment_message", "namespace", "app_id", "event_id", unique=True),
        Index("ix_payment_message_waiting", "namespace", "outcome", "invoice_id"),
    )
    audited: ClassVar[bool] = False

    app_id: str
    event_id: str
    event_type: str
    occurred_at: datetime = Field(sa_type=Instant)
    trigger: str | None = None
    about_issuing: bool = False
    invoice_id: str | None = None
    outcome: str = Outcome.WAITING
    note: str | None = None
