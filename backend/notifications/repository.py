"""Every query on channels, rules, events and their deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import col, func, or_, select

from backend.infra.context import Context
from backend.notifications.models import (
    NotificationAttempt,
    NotificationChannel,
    NotificationDelivery,
    NotificationEvent,
    NotificationRule,
)

Listed = TypeVar("Listed", NotificationChannel, NotificationRule)
Found = TypeVar("Found", NotificationChannel, NotificationRule, NotificationEvent)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which channels or rules a list shows, and in which order. No `channel_ids` means any."""

    include_deleted: bool = False
    include_disabled: bool = False
    channel_ids: Collection[str] = ()
    order_by: str = "id"
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events a list shows, and in which order; both times are inclusive. Empty means any."""

    since: datetime | None = None
    until: datetime | None = None
    rule_ids: Collection[str] = ()
    channel_ids: Collection[str] = ()
    order_by: str = "created_at"
    descending: bool = False
    offset: int = 0
    limit: int = 100


def channel(ctx: Context, channel_id: str) -> NotificationChannel | None:
    """A channel by id, also a deleted one."""
    return _by_id(ctx, NotificationChannel, channel_id)


def rule(ctx: Context, rule_id: str) -> NotificationRule | None:
    """A rule by id, also a deleted one."""
    return _by_id(ctx, NotificationRule, rule_id)


def hold_channels(ctx: Context, channel_ids: Collection[str]) -> Sequence[NotificationChannel]:
    """Channels by ids, which stay as they are until this unit of work ends."""
    query = select(NotificationChannel).where(
        NotificationChannel.namespace == ctx.namespace, col(NotificationChannel.id).in_(channel_ids)
    )
    return ctx.session.exec(query.order_by(col(NotificationChannel.id)).with_for_update()).all()


def channels(ctx: Context, channel_ids: Collection[str]) -> Sequence[NotificationChannel]:
    """Channels by ids, also deleted ones."""
    query = select(NotificationChannel).where(
        NotificationChannel.namespace == ctx.namespace, col(NotificationChannel.id).in_(channel_ids)
    )
    return ctx.session.exec(query).all()


def list_channels(ctx: Context, wanted: Listing) -> tuple[Sequence[NotificationChannel], int]:
    """One page of channels, and how many there are in all."""
    return _page(ctx, NotificationChannel, wanted, _listed(ctx, NotificationChannel, wanted))


def list_rules(ctx: Context, wanted: Listing) -> tuple[Sequence[NotificationRule], int]:
    """One page of rules, and how many there are in all."""
    conditions = _listed(ctx, NotificationRule, wanted)
    if wanted.channel_ids:
        naming = [found.id for found in rules_of(ctx, wanted.channel_ids, living=not wanted.include_deleted)]
        conditions.append(col(NotificationRule.id).in_(naming))
    return _page(ctx, NotificationRule, wanted, conditions)


def rules(ctx: Context, rule_ids: Collection[str]) -> Sequence[NotificationRule]:
    """Rules by ids, also deleted ones."""
    query = select(NotificationRule).where(
        NotificationRule.namespace == ctx.namespace, col(NotificationRule.id).in_(rule_ids)
    )
    return ctx.session.exec(query).all()


def rules_of(ctx: Context, channel_ids: Collection[str], *, living: bool = True) -> Sequence[NotificationRule]:
    """The rules that name one of these channels."""
    query = select(NotificationRule).where(NotificationRule.namespace == ctx.namespace)
    if living:
        query = query.where(col(NotificationRule.deleted_at).is_(None))
    return [found for found in ctx.session.exec(query) if not set(found.channel_ids).isdisjoint(channel_ids)]


def active_rules(ctx: Context, event_type: str | None = None) -> Sequence[NotificationRule]:
    """The rules that tell events, of all types or of one."""
    query = select(NotificationRule).where(
        NotificationRule.namespace == ctx.namespace,
        col(NotificationRule.deleted_at).is_(None),
        col(NotificationRule.disabled).is_(False),
    )
    if event_type is not None:
        query = query.where(NotificationRule.type == event_type)
    return ctx.session.exec(query.order_by(col(NotificationRule.id))).all()


def event(ctx: Context, event_id: str) -> NotificationEvent | None:
    """An event by id."""
    return ctx.session.exec(
        select(NotificationEvent).where(NotificationEvent.namespace == ctx.namespace, NotificationEvent.id == event_id)
    ).first()


def told(ctx: Context, source: str) -> set[str]:
    """The rules that have told an announcement already."""
    query = select(NotificationEvent.rule_id).where(
        NotificationEvent.namespace == ctx.namespace, NotificationEvent.source == source
    )
    return set(ctx.session.exec(query))


def list_events(ctx: Context, wanted: EventFilter) -> tuple[Sequence[NotificationEvent], int]:
    """One page of events, and how many there are in all."""
    conditions: list[Any] = [NotificationEvent.namespace == ctx.namespace]
    if wanted.since is not None:
        conditions.append(col(NotificationEvent.created_at) >= wanted.since)
    if wanted.until is not None:
        conditions.append(col(NotificationEvent.created_at) <= wanted.until)
    if wanted.rule_ids:
        conditions.append(col(NotificationEvent.rule_id).in_(wanted.rule_ids))
    if wanted.channel_ids:
        sent = select(NotificationDelivery.event_id).where(
            NotificationDelivery.namespace == ctx.namespace,
            col(NotificationDelivery.channel_id).in_(wanted.channel_ids),
        )
        conditions.append(col(NotificationEvent.id).in_(sent))
    return _page(ctx, NotificationEvent, wanted, conditions)


def deliveries(ctx: Context, event_ids: Collection[str]) -> Sequence[NotificationDelivery]:
    """Where events went, in the order of the channels of their rules."""
    query = select(NotificationDelivery).where(
        NotificationDelivery.namespace == ctx.namespace, col(NotificationDelivery.event_id).in_(event_ids)
    )
    return ctx.session.exec(query.order_by(col(NotificationDelivery.id))).all()


def attempts(ctx: Context, delivery_ids: Collection[str]) -> Sequence[NotificationAttempt]:
    """What was tried, oldest first."""
    query = select(NotificationAttempt).where(
        NotificationAttempt.namespace == ctx.namespace, col(NotificationAttempt.delivery_id).in_(delivery_ids)
    )
    return ctx.session.exec(query.order_by(col(NotificationAttempt.at), col(NotificationAttempt.id))).all()


def due(ctx: Context, at: datetime, limit: int) -> Sequence[str]:
    """The ids of deliveries that are to be tried now, those that wait longest first."""
    query = select(NotificationDelivery.id).where(
        NotificationDelivery.namespace == ctx.namespace,
        col(NotificationDelivery.next_try_at).is_not(None),
        col(NotificationDelivery.next_try_at) <= at,
    )
    return ctx.session.exec(query.order_by(col(NotificationDelivery.next_try_at)).limit(limit)).all()


def take(ctx: Context, delivery_id: str, at: datetime) -> NotificationDelivery | None:
    """A delivery that is due, unless somebody else is at it."""
    return ctx.session.exec(
        select(NotificationDelivery)
        .where(NotificationDelivery.id == delivery_id, col(NotificationDelivery.next_try_at) <= at)
        .with_for_update(skip_locked=True)
    ).first()


def delivery(ctx: Context, delivery_id: str) -> NotificationDelivery:
    """A delivery that nobody else changes until the end of this unit of work."""
    return ctx.session.exec(
        select(NotificationDelivery).where(NotificationDelivery.id == delivery_id).with_for_update()
    ).one()


def _by_id(ctx: Context, kind: type[Listed], row_id: str) -> Listed | None:
    return ctx.session.exec(select(kind).where(kind.namespace == ctx.namespace, kind.id == row_id)).first()


def _listed(ctx: Context, kind: type[Listed], wanted: Listing) -> list[Any]:
    conditions: list[Any] = [kind.namespace == ctx.namespace]
    if not wanted.include_deleted:
        conditions.append(col(kind.deleted_at).is_(None))
    if not wanted.include_disabled:
        conditions.append(or_(col(kind.disabled).is_(False), col(kind.deleted_at).is_not(None)))
    return conditions


def _page(
    ctx: Context, kind: type[Found], wanted: Listing | EventFilter, conditions: Sequence[Any]
) -> tuple[Sequence[Found], int]:
    by, row_id = col(getattr(kind, wanted.order_by)), col(kind.id)
    directed = (by.desc(), row_id.desc()) if wanted.descending else (by.asc(), row_id.asc())
    rows = select(kind).where(*conditions).order_by(*directed).offset(wanted.offset).limit(wanted.limit)
    counted = select(func.count()).select_from(kind).where(*conditions)
    return ctx.session.exec(rows).all(), ctx.session.exec(counted).one()
