"""What happened becomes an event of each rule that listens, with a delivery to each of its channels."""

from collections.abc import Mapping
from typing import Any

import msgspec

from backend.infra.clock import wall
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.notifications import repository
from backend.notifications.models import DeliveryState, NotificationDelivery, NotificationEvent, NotificationRule

TEST = "notification.rule.test"
"""The annotation of an event that did not happen."""


class _Body(msgspec.Struct):
    """What is sent; the data stay as they were written."""

    id: str
    type: str
    timestamp: str
    data: msgspec.Raw


def heard(ctx: Context) -> set[str]:
    """The types of events that any rule listens to at present."""
    return {rule.type for rule in repository.active_rules(ctx)}


def tell(ctx: Context, announced: Mapping[str, Any]) -> None:
    """Make an event of an announcement for each rule that listens; a rule tells an announcement once.

    An announcement without a body was made where nobody writes for those outside. Source: billing spec 8.
    """
    if "body" not in announced:
        return
    body = msgspec.json.decode(announced["body"], type=_Body)
    told = repository.told(ctx, body.id)
    for rule in repository.active_rules(ctx, body.type):
        if rule.id not in told:
            _tell(ctx, rule, body)


def tell_test(ctx: Context, rule: NotificationRule, data: bytes) -> NotificationEvent:
    """Send an example to the channels of a rule, with data as an event of its type would have."""
    at = msgspec.json.encode(ctx.now).decode().strip('"')
    return _tell(ctx, rule, _Body(new_id(), rule.type, at, msgspec.Raw(data)), {TEST: True})


def _tell(
    ctx: Context, rule: NotificationRule, body: _Body, annotations: dict[str, Any] | None = None
) -> NotificationEvent:
    event_id = new_id()
    written = msgspec.json.encode(_Body(event_id, body.type, body.timestamp, body.data)).decode()
    event = NotificationEvent(
        id=event_id, type=body.type, rule_id=rule.id, source=body.id, body=written, annotations=annotations or {}
    )
    ctx.session.add(event)
    ctx.session.flush()
    now = wall()
    active = {channel.id for channel in repository.channels(ctx, rule.channel_ids) if not channel.disabled}
    ctx.session.add_all(
        NotificationDelivery(
            event_id=event.id,
            channel_id=channel_id,
            state=DeliveryState.PENDING.value,
            next_try_at=now,
            changed_at=now,
        )
        for channel_id in rule.channel_ids
        if channel_id in active
    )
    ctx.session.flush()
    return event
