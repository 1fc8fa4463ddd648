"""Events as people look at them: what was told, by which rule, and how far it has come on each channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from backend.errors import Invalid, Issue, NotFound
from backend.infra.clock import wall
from backend.infra.context import Context
from backend.notifications import repository
from backend.notifications.models import (
    DeliveryState,
    NotificationAttempt,
    NotificationChannel,
    NotificationDelivery,
    NotificationEvent,
    NotificationRule,
)
from backend.notifications.repository import EventFilter

_RESENDABLE = (DeliveryState.SENDING, DeliveryState.SUCCESS, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its channels, in the order they were named."""

    row: NotificationRule
    channels: Sequence[NotificationChannel]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery with what was tried, oldest first."""

    row: NotificationDelivery
    attempts: Sequence[NotificationAttempt]


@dataclass(frozen=True, slots=True)
class EventView:
    """An event, the rule that told it as it is today, and its deliveries."""

    row: NotificationEvent
    rule: RuleView
    deliveries: Sequence[Delivered]


def get_event(ctx: Context, event_id: str) -> EventView:
    """One event. Raises NotFound."""
    [view] = _views(ctx, [_event(ctx, event_id)])
    return view


def list_events(ctx: Context, wanted: EventFilter) -> tuple[list[EventView], int]:
    """One page of events, and how many there are in all."""
    found, total = repository.list_events(ctx, wanted)
    return _views(ctx, found), total


def view_rules(ctx: Context, rules: Sequence[NotificationRule]) -> list[RuleView]:
    """Rules with their channels."""
    ids = {channel_id for rule in rules for channel_id in rule.channel_ids}
    known = {channel.id: channel for channel in repository.channels(ctx, ids)}
    return [RuleView(rule, [known[channel_id] for channel_id in rule.channel_ids]) for rule in rules]


def resend(ctx: Context, event_id: str, channel_ids: Collection[str] = ()) -> None:
    """Send an event again, with the same body, to these channels or to all it went to.

    What waits for its first request or is being sent again already stays as it is. Raises NotFound, and Invalid for a
    channel that it did not go to, or that is disabled or deleted. Source: metering spec 12.
    """
    _event(ctx, event_id)
    deliveries = {row.channel_id: row for row in repository.deliveries(ctx, [event_id])}
    wanted = list(dict.fromkeys(channel_ids)) or list(deliveries)
    known = {channel.id: channel for channel in repository.channels(ctx, wanted)}
    issues = [
        Issue("channels", "notification_channel_not_active", f"The event cannot be sent to the channel {channel_id}.")
        for channel_id in wanted
        if channel_id not in deliveries or not _is_active(known.get(channel_id))
    ]
    if issues:
        raise Invalid(issues[0].message, issues=issues)
    for channel_id in sorted(wanted):
        row = repository.delivery(ctx, deliveries[channel_id].id)
        if row.state in _RESENDABLE:
            row.state, row.reason, row.tries = DeliveryState.RESENDING.value, "", 0
            row.changed_at = row.next_try_at = wall()
            ctx.session.add(row)


def _is_active(channel: NotificationChannel | None) -> bool:
    return channel is not None and not channel.disabled and channel.deleted_at is None


def _event(ctx: Context, event_id: str) -> NotificationEvent:
    event = repository.event(ctx, event_id)
    if event is None:
        raise NotFound(f"There is no notification event {event_id}.")
    return event


def _views(ctx: Context, events: Sequence[NotificationEvent]) -> list[EventView]:
    rows = repository.rules(ctx, {event.rule_id for event in events})
    rules: Mapping[str, RuleView] = {view.row.id: view for view in view_rules(ctx, rows)}
    deliveries = repository.deliveries(ctx, [event.id for event in events])
    tried: dict[str, list[NotificationAttempt]] = {row.id: [] for row in deliveries}
    for attempt in repository.attempts(ctx, list(tried)):
        tried[attempt.delivery_id].append(attempt)
    sent: dict[str, list[Delivered]] = {event.id: [] for event in events}
    for row in deliveries:
        sent[row.event_id].append(Delivered(row, tried[row.id]))
    return [EventView(event, rules[event.rule_id], sent[event.id]) for event in events]
