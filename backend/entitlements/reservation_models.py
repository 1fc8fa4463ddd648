"""Units of a quota that are held for somebody, and whose turn it is to decide about them."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from backend.engine.reserve import Life, Outcome, Status
from backend.infra.columns import Exact, Instant
from backend.infra.rows import Row

OPEN = text("committed_at IS NULL AND released_at IS NULL")


class Reservation(Row, table=True):
    """Units of a customer's quota of a feature that only its holder may use until it expires.

    It belongs to customer and feature rather than to one entitlement, so it outlives a change of the plan. `amount` was
    asked for and `granted` is held; `overage` of it is beyond a soft limit, `balance` was left for others.
    Refused ones are not kept.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        UniqueConstraint("namespace", "customer_id", "feature_key", "idempotency_key", name="uq_reservation_key"),
        Index(
            "reservation_open",
            "namespace",
            "customer_id",
            "feature_key",
            "expires_at",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )
    audited: ClassVar[bool] = False

    customer_id: str = Field(max_length=26)
    feature_id: str = Field(max_length=26)
    feature_key: str = Field(max_length=64)
    entitlement_id: str = Field(max_length=26)
    idempotency_key: str | None = Field(default=None, max_length=256)
    amount: Decimal = Field(sa_type=Exact)
    allow_partial: bool = False
    granted: Decimal = Field(sa_type=Exact)
    overage: Decimal = Field(sa_type=Exact)
    balance: Decimal = Field(sa_type=Exact)
    expires_at: datetime = Field(sa_type=Instant)
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    committed_at: datetime | None = Field(default=None, sa_type=Instant)
    committed_amount: Decimal | None = Field(default=None, sa_type=Exact)
    committed_overage: Decimal | None = Field(default=None, sa_type=Exact)
    committed_request: str | None = Field(default=None, max_length=64)
    event_source: str | None = Field(default=None, max_length=1024)
    event_id: str | None = Field(default=None, max_length=1024)

    @property
    def outcome(self) -> Outcome:
        """What was answered when it was made."""
        return Outcome.GRANTED if self.granted == self.amount else Outcome.PARTLY_GRANTED

    def status(self, at: datetime) -> Status:
        """What has become of it at an instant."""
        return Life(self.expires_at, self.committed_at, self.released_at).status(at)


class ReservationTurn(SQLModel, table=True):
    """Who decides about the reservations of a customer's quota holds this row, so that they decide one after another.

    `at` is the instant of the last decision. The next one is never earlier: whoever had to wait sees all that was
    committed while it waited, and no clock of another machine lets a hold lapse and live again.
    """

    __tablename__ = "reservation_turn"

    namespace: str = Field(primary_key=True, max_length=64)
    customer_id: str = Field(primary_key=True, max_length=26)
    feature_key: str = Field(primary_key=True, max_length=64)
    at: datetime = Field(sa_type=Instant)
