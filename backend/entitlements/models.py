"""The right of one customer to use one feature during one stretch of time."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from backend.infra.columns import Document, Exact, Instant
from backend.infra.rows import Deletable, Row


class EntitlementKind(StrEnum):
    """Plain access, access with a configuration, or a quota of usage."""

    BOOLEAN = "boolean"
    STATIC = "static"
    METERED = "metered"


class Entitlement(Row, Deletable, table=True):
    """Active during [active_from, active_to). A quota is issued anew in every usage period, counted from the anchor."""

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
    subscription_id: str | None = Field(default=None, max_length=26, index=True)
    subscription_item_id: str | None = Field(default=None, max_length=26, index=True)
