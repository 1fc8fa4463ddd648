"""Rules say which events go to which channels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backend.errors import Conflict, Issue, NotFound, refuse
from backend.infra.context import Context
from backend.notifications import repository
from backend.notifications.models import EventType, NotificationRule
from backend.notifications.repository import Listing

MOST_CHANNELS, MOST_RULES = 5, 10
"""Of a rule, and of a channel (metering spec 12)."""


@dataclass(frozen=True, slots=True)
class RuleInput:
    """Everything that may be said about a rule."""

    type: EventType
    name: str
    channel_ids: tuple[str, ...]
    disabled: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


def create_rule(ctx: Context, wanted: RuleInput) -> NotificationRule:
    """Create a rule (metering spec 12). Raises Invalid, naming every field that is wrong."""
    refuse(_issues(ctx, wanted, None))
    return _write(ctx, NotificationRule(type=wanted.type.value, name=wanted.name), wanted)


def update_rule(ctx: Context, rule_id: str, wanted: RuleInput) -> NotificationRule:
    """Replace what a rule says; its type stays. Raises NotFound, Conflict for a deleted one, Invalid."""
    rule = _living(ctx, rule_id)
    refuse(_issues(ctx, wanted, rule))
    rule.name = wanted.name
    return _write(ctx, rule, wanted)


def delete_rule(ctx: Context, rule_id: str) -> None:
    """Delete a rule; the events it told stay. Raises NotFound, Conflict when it is deleted."""
    rule = _living(ctx, rule_id)
    rule.deleted_at = ctx.now
    ctx.session.add(rule)


def get_rule(ctx: Context, rule_id: str) -> NotificationRule:
    """A rule, also a deleted one. Raises NotFound."""
    rule = repository.rule(ctx, rule_id)
    if rule is None:
        raise NotFound(f"There is no notification rule {rule_id}.")
    return rule


def list_rules(ctx: Context, wanted: Listing) -> tuple[Sequence[NotificationRule], int]:
    """One page of rules, and how many there are in all."""
    return repository.list_rules(ctx, wanted)


def _living(ctx: Context, rule_id: str) -> NotificationRule:
    rule = get_rule(ctx, rule_id)
    if rule.deleted_at is not None:
        raise Conflict(f"The notification rule {rule_id} was deleted.")
    return rule


def _write(ctx: Context, rule: NotificationRule, wanted: RuleInput) -> NotificationRule:
    rule.channel_ids, rule.labels, rule.disabled = list(wanted.channel_ids), dict(wanted.labels), wanted.disabled
    ctx.session.add(rule)
    ctx.session.flush()
    return rule


def _issues(ctx: Context, wanted: RuleInput, present: NotificationRule | None) -> Iterator[Issue]:
    """What is wrong; the channels are held, so that none of them is deleted or filled up meanwhile."""
    if present is not None and present.type != wanted.type:
        message = f"The type of a rule cannot change: this one is {present.type}."
        yield Issue("type", "notification_rule_type_immutable", message)
    ids = wanted.channel_ids
    if not 1 <= len(ids) <= MOST_CHANNELS or len(set(ids)) != len(ids):
        message = f"A rule names 1 to {MOST_CHANNELS} different channels."
        yield Issue("channels", "notification_rule_number_of_channels", message)
    known = {channel.id for channel in repository.hold_channels(ctx, ids) if channel.deleted_at is None}
    for channel_id in dict.fromkeys(ids):
        if channel_id not in known:
            message = f"There is no notification channel {channel_id}."
            yield Issue("channels", "notification_channel_not_found", message)
            continue
        others = [rule for rule in repository.rules_of(ctx, (channel_id,)) if present is None or rule.id != present.id]
        if len(others) >= MOST_RULES:
            message = f"The channel {channel_id} is used by {MOST_RULES} rules, and takes no more."
            yield Issue("channels", "notification_channel_too_many_rules", message)
