"""The outbox: what a slice announces is stored with the change itself and handled exactly once, later."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import Field, col, delete, select

from backend.errors import Conflict
from backend.infra.columns import Document
from backend.infra.context import Context, unit_of_work
from backend.infra.log import logger
from backend.infra.rows import Row

log = logger(__name__)

Handler = Callable[[Context, Mapping[str, Any]], None]


class OutboxMessage(Row, table=True):
    """An announcement that waits for its handlers; it is removed in the transaction that handles it."""

    __tablename__ = "outbox_message"
    audited: ClassVar[bool] = False

    kind: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Document)


def announce(ctx: Context, kind: str, **payload: Any) -> None:
    """Tell the slices above that something happened, if and only if this unit of work commits."""
    ctx.session.add(OutboxMessage(kind=kind, payload=payload))


def deliver(namespace: str, handlers: Mapping[str, Handler], now: datetime | None = None) -> int:
    """Handle what waits in a namespace, oldest first, each in a transaction of its own; returns how many.

    Two workers never handle the same announcement: PostgreSQL skips rows that the other has locked,
    SQLite has one writer. One that fails stays for the next run and holds up no other. What nobody handles is
    forgotten, all of it at once.
    """
    with unit_of_work(namespace, now=now, writing=False) as ctx:
        waiting = ctx.session.exec(
            select(OutboxMessage.id, OutboxMessage.kind)
            .where(OutboxMessage.namespace == namespace)
            .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
        ).all()
    unheard = {kind for _, kind in waiting if kind not in handlers}
    if unheard:
        _forget(namespace, unheard)
    return sum(_deliver_one(namespace, message_id, handlers, now) for message_id, kind in waiting if kind in handlers)


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
