"""The outbox: what a slice announces is stored with the change itself and handled exactly once, later."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from sqlalchemy import event
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Field, col, delete, select

from backend.errors import Conflict
from backend.infra.columns import Document
from backend.infra.context import Context, unit_of_work
from backend.infra.log import logger
from backend.infra.rows import CONTEXT_KEY, Row

log = logger(__name__)

Handler = Callable[[Context, Mapping[str, Any]], None]
Writer = Callable[[Context, Any], bytes]
"""Writes a row as those outside read it, in JSON."""

Heard = Callable[[Context], Collection[str]]
"""Which kinds of announcements anybody outside listens to."""

UNWRITTEN = "unwritten"
_writers: dict[type[Row], Writer] = {}


class OutboxMessage(Row, table=True):
    """An announcement that waits for its handlers; it is removed in the transaction that handles it."""

    __tablename__ = "outbox_message"
    audited: ClassVar[bool] = False

    kind: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Document)


def _nothing(_: Context) -> Collection[str]:
    return ()


_heard: Heard = _nothing


def announce(ctx: Context, kind: str, **payload: Any) -> None:
    """Tell the slices above that something happened, if and only if this unit of work commits."""
    ctx.session.add(OutboxMessage(kind=kind, payload=payload))


def announce_with(ctx: Context, kind: str, subject: Row, **payload: Any) -> None:
    """The same about a row that those outside know too: `body` is the event with that row as this commit leaves it.

    It is the text that is sent, digit for digit, as OpenMeter's webhooks have it (id, type, timestamp, data), written
    by whoever `write_with` named. Where nobody listens to the kind it is left out.
    """
    message = OutboxMessage(kind=kind, payload=payload)
    ctx.session.add(message)
    if type(subject) in _writers:
        ctx.session.info.setdefault(UNWRITTEN, []).append((message, subject))


def write_with(writers: Mapping[type[Row], Writer], heard: Heard) -> None:
    """Name who writes rows for those outside, and who knows what they listen to; called where a process is made."""
    global _heard  # noqa: PLW0603 - one process has one outside
    _writers.update(writers)
    _heard = heard


@event.listens_for(OrmSession, "before_commit")
def _write_bodies(session: OrmSession) -> None:
    """Write each row once, however much happened to it; what a savepoint took back is not told."""
    if session.in_nested_transaction() or UNWRITTEN not in session.info:
        return
    session.flush()
    ctx: Context = session.info[CONTEXT_KEY]
    heard = _heard(ctx)
    written: dict[str, msgspec.Raw] = {}
    for message, subject in session.info.pop(UNWRITTEN):
        if message in session and message.kind in heard:
            if subject.id not in written:
                written[subject.id] = msgspec.Raw(_writers[type(subject)](ctx, subject))
            told = {"id": message.id, "type": message.kind, "timestamp": ctx.now, "data": written[subject.id]}
            message.payload = {**message.payload, "body": msgspec.json.encode(told).decode()}


def deliver(namespace: str, handlers: Mapping[str, Handler], now: datetime | None = None) -> int:
    """Handle what waits in a namespace, oldest first, each in a transaction of its own; returns how many.

    Two workers never handle the same announcement: PostgreSQL skips rows that the other has locked,
    SQLite has one writer. One that fails stays for the next run and holds up no other. What nobody handles is
    forgotten, all of it at once.
    """
    with unit_of_work(namespace, now=now, writing=False) as ctx:
        ours = OutboxMessage.namespace == namespace
        kinds = set(ctx.session.exec(select(OutboxMessage.kind).where(ours).distinct()))
        heard = select(OutboxMessage.id).where(ours, col(OutboxMessage.kind).in_(kinds & handlers.keys()))
        waiting = ctx.session.exec(heard.order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))).all()
    unheard = kinds - handlers.keys()
    if unheard:
        _forget(namespace, unheard)
    return sum(_deliver_one(namespace, message_id, handlers, now) for message_id in waiting)


def _forget(namespace: str, kinds: Collection[str]) -> None:
    with unit_of_work(namespace) as ctx:
        ctx.session.exec(
            delete(OutboxMessage).where(col(OutboxMessage.namespace) == namespace, col(OutboxMessage.kind).in_(kinds))
        )


def _deliver_one(namespace: str, message_id: str, handlers: Mapping[str, Handler], now: datetime | None) -> bool:
    try:
        with unit_of_work(namespace, now=now) as ctx:
            unlocked = select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update(skip_locked=True)
            message = ctx.session.exec(unlocked).first()
            if message is None:
                return False
            handlers[message.kind](ctx, message.payload)
            ctx.session.delete(message)
    except Conflict as race:
        log.info("outbox.overtaken", namespace=namespace, message=message_id, reason=str(race))
        return False
    except Exception:
        log.exception("outbox.failed", namespace=namespace, message=message_id)
        return False
    return True
