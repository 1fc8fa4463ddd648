"""The right of one customer to use one feature, what was granted to it, and when its quota was started anew."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from backend.infra.columns import Document, Exact, Instant
from backend.infra.rows import Deletable, Row


class EntitlementKind(StrEnum):
    """Plain access, access with a configuration, or a quota of usage."""

    BOOLEAN = "boolean"
    STATIC = "static"
    METERED = "metered"


class Entitlement(Row, Deletable, table=True):
    """Active during [active_from, active_to), unless deleted before. Usage periods are counted from the anchor.

    `revision` grows with every change of its grants and resets: who has read them at one revision need not read again.
    """

    __tablename__ = "entitlement"
    __table_args__ = (Index("entitlement_of_customer", "namespace", "customer_id", "feature_key"),)

    customer_id: str = Field(max_length=26)
    feature_id: str = Field(max_length=26, index=True)
    feature_key: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    active_from: datetime = Field(sa_type=Instant)
    active_to: datetime | None = Field(default=None, sa_type=Instant)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    config: str | None = None
    usage_interval: str | None = None
    usage_anchor: datetime | None = Field(default=None, sa_type=Instant)
    measure_usage_from: datetime | None = Field(default=None, sa_type=Instant)
    is_soft_limit: bool = False
    issue_after_reset: Decimal | None = Field(default=None, sa_type=Exact)
    issue_after_reset_priority: int | None = None
    preserve_overage_at_reset: bool = False
    unit_config: dict[str, str] | None = Field(default=None, sa_type=Document)
    revision: int = 0
    subscription_id: str | None = Field(default=None, max_length=26, index=True)
    subscription_item_id: str | None = Field(default=None, max_length=26, index=True)


class EntitlementGrant(Row, Deletable, table=True):
    """An amount that the usage of a metered entitlement burns; kept as it was given, with the expiry computed once."""

    __tablename__ = "entitlement_grant"

    entitlement_id: str = Field(foreign_key="entitlement.id", index=True, max_length=26)
    amount: Decimal = Field(sa_type=Exact)
    priority: int = 0
    effective_at: datetime = Field(sa_type=Instant)
    expiration_unit: str | None = Field(default=None, max_length=8)
    expiration_count: int | None = None
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    min_rollover: Decimal = Field(sa_type=Exact)
    max_rollover: Decimal = Field(sa_type=Exact)
    recurrence_interval: str | None = Field(default=None, max_length=64)
    recurrence_anchor: datetime | None = Field(default=None, sa_type=Instant)
    voided_at: datetime | None = Field(default=None, sa_type=Instant)
    labels: dict[str, str] | None = Field(default=None, sa_type=Document)
    annotations: dict[str, Any] | None = Field(default=None, sa_type=Document)


class UsageReset(Row, table=True):
    """Somebody started the quota of an entitlement anew in this minute; from then on periods count from the anchor."""

    __tablename__ = "usage_reset"
    __table_args__ = (UniqueConstraint("entitlement_id", "at", name="usage_reset_once_a_minute"),)

    entitlement_id: str = Field(foreign_key="entitlement.id", max_length=26)
    at: datetime = Field(sa_type=Instant)
    anchor: datetime = Field(sa_type=Instant)
    preserve_overage: bool | None = None


class BalanceSnapshot(SQLModel, table=True):
    """The state of a quota at an instant, kept so that its past need not be burnt down again; never more than a copy.

    `basis` names everything beside grants and resets that it was computed from, such as whose usage counts.
    """

    __tablename__ = "balance_snapshot"

    namespace: str = Field(primary_key=True, max_length=64)
    entitlement_id: str = Field(primary_key=True, max_length=26)
    at: datetime = Field(primary_key=True, sa_type=Instant)
    basis: str = Field(max_length=64)
    since: datetime = Field(sa_type=Instant)
    balances: dict[str, str] = Field(sa_type=Document)
    overage: Decimal = Field(sa_type=Exact)
    usage: Decimal = Field(sa_type=Exact)
    grant_usage: Decimal = Field(sa_type=Exact)
