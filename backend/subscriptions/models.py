"""A customer's subscription, with the phases and items it took over from the plan."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from backend.catalog.models import Card
from backend.infra.columns import Document, Instant
from backend.infra.rows import Deletable, Row


class Subscription(Row, Deletable, table=True):
    """Runs during [active_from, active_to); what it charges is in its phases and items, never looked up in the plan.

    Without a plan it was agreed upon with this customer alone. `previous_id` and `superseding_id` tell what a change
    made of what.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("subscription_of_customer", "namespace", "customer_id", "active_from"),)

    customer_id: str = Field(max_length=26)
    plan_id: str | None = Field(default=None, max_length=26, index=True)
    plan_key: str | None = Field(default=None, max_length=64)
    plan_version: int | None = None
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    currency: str = Field(max_length=3)
    billing_cadence: str
    billing_anchor: datetime = Field(sa_type=Instant)
    pro_rating_enabled: bool = True
    settlement_mode: str = Field(max_length=32)
    active_from: datetime = Field(sa_type=Instant)
    active_to: datetime | None = Field(default=None, sa_type=Instant)
    previous_id: str | None = Field(default=None, max_length=26)
    superseding_id: str | None = Field(default=None, max_length=26)


class SubscriptionPhase(Row, table=True):
    """Starts at `active_from`; ends where the next phase starts or the subscription ends."""

    __tablename__ = "subscription_phase"
    __table_args__ = (UniqueConstraint("subscription_id", "key", name="subscription_phase_key"),)

    subscription_id: str = Field(foreign_key="subscription.id", max_length=26, index=True)
    position: int
    key: str = Field(max_length=64)
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    active_from: datetime = Field(sa_type=Instant)


class SubscriptionItem(Card, table=True):
    """One rate card as it was sold. `version` counts the items of one key within its phase.

    An item of its own start or end keeps them in `active_from` and `active_to`; otherwise it lives as long as its
    phase, and never longer. `origin` says what an item is without the add-ons laid over it (`addon_layers.py`).
    """

    __tablename__ = "subscription_item"
    __table_args__ = (UniqueConstraint("phase_id", "key", "version", name="subscription_item_version"),)

    phase_id: str = Field(foreign_key="subscription_phase.id", max_length=26, index=True)
    version: int = 0
    active_from: datetime | None = Field(default=None, sa_type=Instant)
    active_to: datetime | None = Field(default=None, sa_type=Instant)
    origin: dict[str, Any] | None = Field(default=None, sa_type=Document)


class SubscriptionAddon(Row, table=True):
    """An add-on that a subscription has taken, once; how many of it when is told by its quantities.

    Its rate cards are those of the add-on's version, which was published and so never changes.
    """

    __tablename__ = "subscription_addon"
    __table_args__ = (UniqueConstraint("subscription_id", "addon_id", name="subscription_addon_once"),)

    subscription_id: str = Field(foreign_key="subscription.id", max_length=26)
    addon_id: str = Field(max_length=26)
    from_phase: str = Field(max_length=64)
    max_quantity: int | None = None
    name: str = Field(max_length=256)
    description: str | None = Field(default=None, max_length=1024)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)


class SubscriptionAddonQuantity(Row, table=True):
    """From `active_from` on the subscription has so many of the add-on, until the next of these rows; 0 is none."""

    __tablename__ = "subscription_addon_quantity"
    __table_args__ = (
        UniqueConstraint("subscription_addon_id", "active_from", name="subscription_addon_quantity_instant"),
    )

    subscription_addon_id: str = Field(foreign_key="subscription_addon.id", max_length=26)
    active_from: datetime = Field(sa_type=Instant)
    quantity: int
