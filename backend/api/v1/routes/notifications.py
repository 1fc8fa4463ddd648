"""Notifications of version 1: webhook channels, the rules that choose what they are told, and what was told."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from backend.api.deps import FullAccess, Reading, ReadingSecrets, Writing
from backend.api.v1.announcements import example_invoice
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v1.wire.notifications import (
    ChannelIn,
    ChannelOut,
    EventOut,
    ResendIn,
    RuleIn,
    RuleOut,
    channel_to_wire,
    event_to_wire,
    rule_to_wire,
)
from backend.api.v3.wire import Ulid
from backend.api.wire import Instant, Page, PageQuery, WireRoute
from backend.infra.context import Context, unit_of_work
from backend.notifications import service
from backend.notifications.models import NotificationRule
from backend.notifications.service import EventFilter, Listing

router = APIRouter(prefix="/api/v1/notification", tags=["Notifications"], route_class=WireRoute)

ChannelId = Annotated[str, Path(alias="channelId")]
RuleId = Annotated[str, Path(alias="ruleId")]
EventId = Annotated[str, Path(alias="eventId")]


class Direction(StrEnum):
    """Which way a list is sorted."""

    ASC = "ASC"
    DESC = "DESC"


class Order(StrEnum):
    """By what channels and rules can be sorted; all channels are of one type."""

    ID = "id"
    TYPE = "type"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"


class EventOrder(StrEnum):
    """By what events can be sorted."""

    ID = "id"
    CREATED_AT = "createdAt"


COLUMNS = {"createdAt": "created_at", "updatedAt": "updated_at"}


class _Paged(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Query(ge=1, le=1000)] = 100
    order: Direction = Direction.ASC

    @property
    def paged(self) -> PageQuery:
        """Which page."""
        return PageQuery(page=self.page, page_size=self.page_size)


class ListQuery(_Paged):
    """Which channels or rules."""

    include_deleted: bool = False
    include_disabled: bool = False
    order_by: Order = Order.ID

    def wanted(self, order_by: str, channel_ids: Sequence[str] = ()) -> Listing:
        """The list that is asked for."""
        return Listing(
            include_deleted=self.include_deleted,
            include_disabled=self.include_disabled,
            channel_ids=channel_ids,
            order_by=COLUMNS.get(order_by, order_by),
            descending=self.order is Direction.DESC,
            offset=self.paged.offset,
            limit=self.page_size,
        )


class EventQuery(_Paged):
    """Which events. They are about invoices, which belong to no feature and no subject."""

    since: Annotated[Instant | None, Query(alias="from")] = None
    until: Annotated[Instant | None, Query(alias="to")] = None
    feature: Annotated[list[str], Query(default_factory=list)]
    subject: Annotated[list[str], Query(default_factory=list)]
    rule: Annotated[list[Ulid], Query(default_factory=list)]
    channel: Annotated[list[Ulid], Query(default_factory=list)]
    order_by: EventOrder = EventOrder.CREATED_AT

    def wanted(self) -> EventFilter:
        """The list that is asked for."""
        return EventFilter(
            since=self.since,
            until=self.until,
            rule_ids=tuple(self.rule),
            channel_ids=tuple(self.channel),
            order_by=COLUMNS.get(self.order_by, self.order_by),
            descending=self.order is Direction.DESC,
            offset=self.paged.offset,
            limit=self.page_size,
        )


@router.get("/channels", operation_id="listNotificationChannels")
def list_channels(ctx: ReadingSecrets, query: Annotated[ListQuery, Query()]) -> Page[ChannelOut]:
    """The channels, those in use unless more are asked for. They hold secrets: a key with full access is needed."""
    wanted = query.wanted("id" if query.order_by is Order.TYPE else query.order_by)
    found, total = service.list_channels(ctx, wanted)
    return query.paged.of([channel_to_wire(row) for row in found], total)


@router.post("/channels", operation_id="createNotificationChannel", status_code=201)
def create_channel(ctx: Writing, body: ChannelIn) -> ChannelOut:
    """Create a webhook."""
    return channel_to_wire(service.create_channel(ctx, body.from_wire()))


@router.get("/channels/{channelId}", operation_id="getNotificationChannel")
def get_channel(ctx: ReadingSecrets, channel_id: ChannelId) -> ChannelOut:
    """A channel, also a deleted one."""
    return channel_to_wire(service.get_channel(ctx, channel_id))


@router.put("/channels/{channelId}", operation_id="updateNotificationChannel")
def update_channel(ctx: Writing, channel_id: ChannelId, body: ChannelIn) -> ChannelOut:
    """Replace what a channel says; without a signing secret it keeps its own."""
    return channel_to_wire(service.update_channel(ctx, channel_id, body.from_wire()))


@router.delete("/channels/{channelId}", operation_id="deleteNotificationChannel", status_code=204)
def delete_channel(ctx: Writing, channel_id: ChannelId) -> None:
    """Delete a channel that no rule uses."""
    service.delete_channel(ctx, channel_id)


@router.get("/rules", operation_id="listNotificationRules")
def list_rules(
    ctx: Reading,
    query: Annotated[ListQuery, Query()],
    feature: Annotated[list[str] | None, Query()] = None,
    channel: Annotated[list[Ulid] | None, Query()] = None,
) -> Page[RuleOut]:
    """The rules, those in use unless more are asked for. Rules about invoices name no feature."""
    if feature:
        return query.paged.of([], 0)
    found, total = service.list_rules(ctx, query.wanted(query.order_by, channel or ()))
    return query.paged.of([rule_to_wire(view) for view in service.view_rules(ctx, found)], total)


@router.post("/rules", operation_id="createNotificationRule", status_code=201)
def create_rule(ctx: Writing, body: RuleIn) -> RuleOut:
    """Create a rule."""
    return _rule(ctx, service.create_rule(ctx, body.from_wire()))


@router.get("/rules/{ruleId}", operation_id="getNotificationRule")
def get_rule(ctx: Reading, rule_id: RuleId) -> RuleOut:
    """A rule, also a deleted one."""
    return _rule(ctx, service.get_rule(ctx, rule_id))


@router.put("/rules/{ruleId}", operation_id="updateNotificationRule")
def update_rule(ctx: Writing, rule_id: RuleId, body: RuleIn) -> RuleOut:
    """Replace what a rule says; its type stays."""
    return _rule(ctx, service.update_rule(ctx, rule_id, body.from_wire()))


@router.delete("/rules/{ruleId}", operation_id="deleteNotificationRule", status_code=204)
def delete_rule(ctx: Writing, rule_id: RuleId) -> None:
    """Delete a rule; what it told stays."""
    service.delete_rule(ctx, rule_id)


@router.post("/rules/{ruleId}/test", operation_id="testNotificationRule", status_code=201, dependencies=READY)
def test_rule(identity: FullAccess, rule_id: RuleId) -> EventOut:
    """Send an example invoice to the channels of a rule; the invoice itself is made and forgotten."""
    with unit_of_work(identity.namespace, actor=identity.actor, writing=False) as ctx:
        service.get_rule(ctx, rule_id)
    with unit_of_work(identity.namespace, actor=identity.actor, rehearsal=True) as ctx:
        data = example_invoice(ctx)
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        event = service.tell_test(ctx, service.get_rule(ctx, rule_id), data)
        return event_to_wire(service.get_event(ctx, event.id))


@router.get("/events", operation_id="listNotificationEvents")
def list_events(ctx: Reading, query: Annotated[EventQuery, Query()]) -> Page[EventOut]:
    """What was told, with what became of it."""
    if query.feature or query.subject:
        return query.paged.of([], 0)
    found, total = service.list_events(ctx, query.wanted())
    return query.paged.of([event_to_wire(view) for view in found], total)


@router.get("/events/{eventId}", operation_id="getNotificationEvent")
def get_event(ctx: Reading, event_id: EventId) -> EventOut:
    """One event, with what became of it."""
    return event_to_wire(service.get_event(ctx, event_id))


@router.post("/events/{eventId}/resend", operation_id="resendNotificationEvent", status_code=202)
def resend_event(ctx: Writing, event_id: EventId, body: ResendIn) -> None:
    """Send an event again, as it was."""
    service.resend(ctx, event_id, body.channels or ())


def _rule(ctx: Context, row: NotificationRule) -> RuleOut:
    return rule_to_wire(service.view_rules(ctx, [row])[0])
