"""What is for sale: features, plans in numbered versions with phases and rate cards, and add-ons to plans."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from backend.engine.meter.narrowing import Wanted
from backend.infra.columns import Document, Instant
from backend.infra.rows import Deletable, Row


class RateCardKind(StrEnum):
    """How a rate card is written: a fee that does not depend on usage, or a price of usage."""

    FLAT_FEE = "flat_fee"
    USAGE_BASED = "usage_based"


class SettlementMode(StrEnum):
    """How charges are settled: prepaid credit first and an invoice for the rest, or credit alone."""

    CREDIT_THEN_INVOICE = "credit_then_invoice"
    CREDIT_ONLY = "credit_only"


class InstanceType(StrEnum):
    """Whether a subscription may hold an add-on once, or in any quantity."""

    SINGLE = "single"
    MULTIPLE = "multiple"


def _only_one(name: str, *columns: str, where: str) -> Index:
    """A key that is unique among the rows that the condition selects."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


class Feature(Row, table=True):
    """Something a customer may use; metered when it has a meter. A key is free again once archived.

    `meter_filters` say what the meter's dimensions must be: a text, or a filter. `unit_cost` is what one unit costs the
    seller, as `catalog/unit_cost.py` keeps it.
    """

    __tablename__ = "feature"
    __table_args__ = (_only_one("feature_key_in_use", "namespace", "key", where="archived_at IS NULL"),)

    key: str = Field(max_length=64, index=True)
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    meter_id: str | None = Field(default=None, max_length=26, index=True)
    meter_slug: str | None = Field(default=None, max_length=64)
    meter_filters: dict[str, Wanted] = Field(default_factory=dict, sa_type=Document)
    unit_cost: dict[str, str] | None = Field(default=None, sa_type=Document)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    archived_at: datetime | None = Field(default=None, sa_type=Instant)


_IS_DRAFT = "effective_from IS NULL AND deleted_at IS NULL"
_IS_ON_SALE = "effective_from IS NOT NULL AND effective_to IS NULL AND deleted_at IS NULL"


class Plan(Row, Deletable, table=True):
    """One version of a plan. A key has at most one draft and at most one version that is on sale without end."""

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("namespace", "key", "version", name="plan_version"),
        _only_one("plan_single_draft", "namespace", "key", where=_IS_DRAFT),
        _only_one("plan_single_active", "namespace", "key", where=_IS_ON_SALE),
    )

    key: str = Field(max_length=64, index=True)
    version: int
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    currency: str = Field(max_length=3)
    billing_cadence: str
    pro_rating_enabled: bool = True
    settlement_mode: str = Field(default=SettlementMode.CREDIT_THEN_INVOICE, max_length=32)
    effective_from: datetime | None = Field(default=None, sa_type=Instant)
    effective_to: datetime | None = Field(default=None, sa_type=Instant)


class PlanPhase(Row, table=True):
    """A stretch of a plan with its own rate cards; the last one has no duration."""

    __tablename__ = "plan_phase"

    plan_id: str = Field(foreign_key="plan.id", max_length=26, index=True)
    position: int
    key: str = Field(max_length=64)
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    duration: str | None = None


class Card(Row):
    """What a rate card says, whoever it belongs to; no price means free."""

    position: int
    kind: str = Field(max_length=16)
    key: str = Field(max_length=64)
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    feature_key: str | None = Field(default=None, max_length=64)
    feature_id: str | None = Field(default=None, max_length=26, index=True)
    billing_cadence: str | None = None
    price: dict[str, Any] | None = Field(default=None, sa_type=Document)
    discounts: dict[str, Any] = Field(default_factory=dict, sa_type=Document)
    entitlement_template: dict[str, Any] | None = Field(default=None, sa_type=Document)
    tax_config: dict[str, Any] | None = Field(default=None, sa_type=Document)


class RateCard(Card, table=True):
    """What a phase of a plan charges for and what it entitles to."""

    __tablename__ = "rate_card"

    phase_id: str = Field(foreign_key="plan_phase.id", max_length=26, index=True)


class Addon(Row, Deletable, table=True):
    """One version of an add-on. A key has at most one draft and at most one version that is on sale without end."""

    __tablename__ = "addon"
    __table_args__ = (
        UniqueConstraint("namespace", "key", "version", name="addon_version"),
        _only_one("addon_single_draft", "namespace", "key", where=_IS_DRAFT),
        _only_one("addon_single_active", "namespace", "key", where=_IS_ON_SALE),
    )

    key: str = Field(max_length=64, index=True)
    version: int
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    currency: str = Field(max_length=3)
    instance_type: str = Field(max_length=16)
    effective_from: datetime | None = Field(default=None, sa_type=Instant)
    effective_to: datetime | None = Field(default=None, sa_type=Instant)


class AddonRateCard(Card, table=True):
    """What an add-on charges for and what it entitles to, on top of a plan."""

    __tablename__ = "addon_rate_card"

    addon_id: str = Field(foreign_key="addon.id", max_length=26, index=True)


class PlanAddon(Row, Deletable, table=True):
    """An add-on that buyers of a plan may take, from one of its phases on, perhaps only so many times."""

    __tablename__ = "plan_addon"
    __table_args__ = (_only_one("plan_addon_once", "plan_id", "addon_id", where="deleted_at IS NULL"),)

    plan_id: str = Field(foreign_key="plan.id", max_length=26, index=True)
    addon_id: str = Field(foreign_key="addon.id", max_length=26, index=True)
    name: str | None = Field(default=None, max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    from_phase: str = Field(max_length=64)
    max_quantity: int | None = None
