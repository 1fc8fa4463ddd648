"""How notification channels, rules and events travel in version 1."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field, WithJsonSchema

from backend.api.v3.wire import Ulid
from backend.api.wire import Instant, Labels, Wire, WireInput
from backend.notifications.models import DeliveryState, EventType, NotificationChannel
from backend.notifications.service import ChannelInput, Delivered, EventView, RuleInput, RuleView

Name = Annotated[str, Field(min_length=1, max_length=256)]
WEBHOOK: Literal["WEBHOOK"] = "WEBHOOK"


class ChannelIn(WireInput):
    """A webhook; without a signing secret a new one gets one, and a present one keeps its own."""

    type: Literal["WEBHOOK"]
    name: Name
    url: str
    custom_headers: dict[str, str] | None = None
    signing_secret: str | None = None
    disabled: bool = False
    metadata: Labels | None = None

    def from_wire(self) -> ChannelInput:
        """The channel as it is wanted."""
        return ChannelInput(
            name=self.name,
            url=self.url,
            custom_headers=self.custom_headers or {},
            signing_secret=self.signing_secret,
            disabled=self.disabled,
            labels=self.metadata or {},
        )


class ChannelOut(Wire):
    """A webhook."""

    id: str
    type: Literal["WEBHOOK"] = WEBHOOK
    name: str
    url: str
    custom_headers: dict[str, str] | None = None
    signing_secret: str | None = None
    disabled: bool | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None


class ChannelMeta(Wire):
    """Which channel."""

    id: str
    type: Literal["WEBHOOK"] = WEBHOOK


class RuleIn(WireInput):
    """Every event of a type goes to these channels."""

    type: EventType
    name: Name
    channels: Annotated[list[Ulid], Field(min_length=1, max_length=5)]
    disabled: bool = False
    metadata: Labels | None = None

    def from_wire(self) -> RuleInput:
        """The rule as it is wanted."""
        return RuleInput(self.type, self.name, tuple(self.channels), self.disabled, self.metadata or {})


class RuleOut(Wire):
    """A rule with its channels."""

    id: str
    type: EventType
    name: str
    channels: list[ChannelMeta]
    disabled: bool | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None


class AttemptResponse(Wire):
    """What came back; without a status code nobody answered."""

    status_code: int | None = None
    body: str
    duration_ms: int
    url: str | None = None


class Attempt(Wire):
    """One request."""

    state: DeliveryState
    timestamp: Instant
    response: AttemptResponse


class DeliveryOut(Wire):
    """How far an event has come on a channel."""

    channel: ChannelMeta
    state: DeliveryState
    reason: str
    updated_at: Instant
    next_attempt: Instant | None = None
    attempts: list[Attempt]


class EventOut(Wire):
    """What a rule told its channels; `payload` is the body that is sent, digit for digit."""

    id: str
    type: EventType
    created_at: Instant
    rule: RuleOut
    payload: Annotated[Any, WithJsonSchema({"type": "object", "required": ["id", "type", "timestamp", "data"]})]
    delivery_status: list[DeliveryOut]
    annotations: dict[str, Any] | None = None


class ResendIn(WireInput):
    """Where to send an event again; without channels, to all it went to."""

    channels: list[Ulid] | None = None


def channel_to_wire(row: NotificationChannel) -> ChannelOut:
    """A channel as version 1 writes it."""
    assert row.created_at is not None
    assert row.updated_at is not None
    return ChannelOut(
        id=row.id,
        name=row.name,
        url=row.url,
        custom_headers=dict(row.custom_headers) or None,
        signing_secret=row.signing_secret,
        disabled=row.disabled,
        metadata=dict(row.labels) or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


def rule_to_wire(view: RuleView) -> RuleOut:
    """A rule as version 1 writes it."""
    row = view.row
    assert row.created_at is not None
    assert row.updated_at is not None
    return RuleOut(
        id=row.id,
        type=EventType(row.type),
        name=row.name,
        channels=[ChannelMeta(id=channel.id) for channel in view.channels],
        disabled=row.disabled,
        metadata=dict(row.labels) or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


def event_to_wire(view: EventView) -> EventOut:
    """An event as version 1 writes it."""
    assert view.row.created_at is not None
    return EventOut(
        id=view.row.id,
        type=EventType(view.row.type),
        created_at=view.row.created_at,
        rule=rule_to_wire(view.rule),
        payload=msgspec.Raw(view.row.body.encode()),
        delivery_status=[_delivery_to_wire(delivered) for delivered in view.deliveries],
        annotations=dict(view.row.annotations) or None,
    )


def _delivery_to_wire(delivered: Delivered) -> DeliveryOut:
    row = delivered.row
    return DeliveryOut(
        channel=ChannelMeta(id=row.channel_id),
        state=DeliveryState(row.state),
        reason=row.reason,
        updated_at=row.changed_at,
        next_attempt=row.next_try_at,
        attempts=[
            Attempt(
                state=DeliveryState(tried.state),
                timestamp=tried.at,
                response=AttemptResponse(
                    status_code=tried.status_code, body=tried.body, duration_ms=tried.duration_ms, url=tried.url
                ),
            )
            for tried in delivered.attempts
        ],
    )
