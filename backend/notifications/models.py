"""Channels that events are sent to, rules that choose them, and what became of each event on each channel."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field

from backend.infra.columns import Document, Instant
from backend.infra.rows import Deletable, Row


class EventType(StrEnum):
    """What a rule can be about."""

    INVOICE_CREATED = "invoice.created"
    INVOICE_UPDATED = "invoice.updated"


class DeliveryState(StrEnum):
    """How far the delivery of an event to a channel has come."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    RESENDING = "RESENDING"


class NotificationChannel(Row, Deletable, table=True):
    """A webhook: an address that is posted to, with headers of the owner's choice and a secret that signs the body."""

    __tablename__ = "notification_channel"

    name: str = Field(max_length=256)
    url: str = Field(max_length=2048)
    custom_headers: dict[str, str] = Field(default_factory=dict, sa_type=Document)
    signing_secret: str = Field(max_length=128)
    disabled: bool = False
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)


class NotificationRule(Row, Deletable, table=True):
    """Every event of a type goes to these channels, in the order they were named."""

    __tablename__ = "notification_rule"

    type: str = Field(max_length=64)
    name: str = Field(max_length=256)
    channel_ids: list[str] = Field(default_factory=list, sa_type=Document)
    disabled: bool = False
    labels: dict[str, str] = Field(default_factory=dict, sa_type=Document)


class NotificationEvent(Row, table=True):
    """Something that a rule told its channels; `body` is sent as it stands here, to the last digit, however often.

    `source` is the announcement it was made from: a rule tells it once.
    """

    __tablename__ = "notification_event"
    __table_args__ = (
        Index("uq_notification_event", "namespace", "rule_id", "source", unique=True),
        Index("ix_notification_event_created", "namespace", "created_at", "id"),
    )
    audited: ClassVar[bool] = False

    type: str = Field(max_length=64)
    rule_id: str = Field(max_length=26)
    source: str = Field(max_length=64)
    body: str = Field(sa_type=Text)
    annotations: dict[str, Any] = Field(default_factory=dict, sa_type=Document)


class NotificationDelivery(Row, table=True):
    """An event on its way to a channel. `tries` counts since it was last asked for; at `next_try_at` it is tried again.

    Times are those of the wall clock: whoever waits for a webhook does not live in a sandbox.
    """

    __tablename__ = "notification_delivery"
    __table_args__ = (
        Index("uq_notification_delivery", "event_id", "channel_id", unique=True),
        Index("ix_notification_delivery_due", "namespace", "next_try_at"),
    )
    audited: ClassVar[bool] = False

    event_id: str = Field(foreign_key="notification_event.id", max_length=26)
    channel_id: str = Field(max_length=26)
    state: str = Field(default=DeliveryState.PENDING, max_length=16)
    reason: str = ""
    tries: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=Instant)
    changed_at: datetime = Field(sa_type=Instant)


class NotificationAttempt(Row, table=True):
    """One request to a channel and what came back; without a status code nobody answered."""

    __tablename__ = "notification_attempt"
    audited: ClassVar[bool] = False

    delivery_id: str = Field(foreign_key="notification_delivery.id", max_length=26, index=True)
    at: datetime = Field(sa_type=Instant)
    state: str = Field(max_length=16)
    status_code: int | None = None
    body: str = ""
    duration_ms: int
    url: str = Field(max_length=2048)
