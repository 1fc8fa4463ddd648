"""Who changed what, for those who have to answer for it."""

from collections.abc import Sequence

from backend.access import repository
from backend.infra.audit import AuditEntry
from backend.infra.context import Context


def list_audit(
    ctx: Context, *, entity: str | None = None, entity_id: str | None = None, offset: int = 0, limit: int = 100
) -> tuple[Sequence[AuditEntry], int]:
    """Changes, newest first, of everything, of one kind of row or of one row; and how many there are."""
    return repository.audit_entries(ctx, entity, entity_id, offset, limit)
