"""The audit log: every row that a person or a program changes leaves a trace in the same transaction."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Field, SQLModel

from backend.infra.actor import ActorKind
from backend.infra.columns import Document, Instant, new_id
from backend.infra.rows import CONTEXT_KEY, Row

if TYPE_CHECKING:
    from backend.infra.context import Context

SECRET = frozenset({"secret_hash", "password_hash", "token_hash", "signing_secret"})
HIDDEN = SECRET | {"updated_at", "created_at", "namespace"}


class AuditEntry(SQLModel, table=True):
    """Who changed which row, when, and from what to what."""

    __tablename__ = "audit_entry"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=26)
    namespace: str = Field(max_length=64, index=True)
    at: datetime = Field(sa_type=Instant)
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    entity: str
    entity_id: str = Field(index=True)
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=Document)


def record(ctx: "Context", action: str, entity: str, entity_id: str, **changes: Any) -> None:
    """Note something that is not a change of a row, such as a sandbox clock being moved."""
    ctx.session.add(
        AuditEntry(id=new_id(), action=action, entity=entity, entity_id=entity_id, changes=_plain(changes), **_who(ctx))
    )


@event.listens_for(OrmSession, "after_flush")
def _write_audit(session: OrmSession, _flush: Any) -> None:
    """Write one entry for each row that this flush created, changed or removed."""
    context = session.info.get(CONTEXT_KEY)
    if context is None or context.actor.kind is ActorKind.SYSTEM:
        return
    found = [("create", row) for row in session.new]
    found += [("update", row) for row in session.dirty if session.is_modified(row)]
    found += [("delete", row) for row in session.deleted]
    entries = [
        {
            "id": new_id(),
            "action": action,
            "entity": row.__tablename__,
            "entity_id": row.id,
            "changes": _changes(action, row),
        }
        | _who(context)
        for action, row in found
        if isinstance(row, Row) and type(row).audited
    ]
    if entries:
        session.connection().execute(insert(AuditEntry), entries)


def _who(context: "Context") -> dict[str, Any]:
    actor = context.actor
    return {
        "namespace": context.namespace,
        "at": context.now,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
    }


def _changes(action: str, row: Row) -> dict[str, Any]:
    """Field → [before, after] of an update; the fields of a new row; nothing of a removed one."""
    changed: dict[str, Any] = {}
    for attribute in inspect(row).attrs:
        if attribute.key in HIDDEN or action == "delete":
            continue
        history = attribute.history
        if action == "create" and attribute.value is not None:
            changed[attribute.key] = attribute.value
        elif action == "update" and history.has_changes():
            before = history.deleted[0] if history.deleted else None
            changed[attribute.key] = [before, attribute.value]
    plain: dict[str, Any] = _plain(changed)
    return plain


def _plain(value: Any) -> Any:
    """The value as a JSON document holds it."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal | datetime):
        return value.isoformat() if isinstance(value, datetime) else format(value, "f")
    return value if value is None or isinstance(value, bool | int | str) else str(value)
