"""Who changed what, for those who have to answer for it."""

from collections.abc import Sequence

from backend.access import repository
from backend.infra.actor import ActorKind
from backend.infra.audit import AuditEntry
from backend.infra.context import Context


def list_audit(
    ctx: Context,
    *,
    entity: str | None = None,
    entity_id: str | None = None,
    actor_kind: ActorKind | None = None,
    search: str = "",
    offset: int = 0,
    limit: int = 100,
) -> tuple[Sequence[AuditEntry], int]:
    """Changes, newest first, of everything, of one kind of row, of one row or by one kind of actor.

    `search` is a part of the actor's name or of the row's id. Also tells how many there are.
    """
    return repository.audit_entries(
        ctx, entity=entity, entity_id=entity_id, actor_kind=actor_kind, search=search, offset=offset, limit=limit
    )
