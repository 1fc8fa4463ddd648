"""The audit log (our own addition to version 1)."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.access import service
from backend.api.deps import Reading
from backend.api.v1.wire.access import AuditEntryOut, AuditQuery, audit_to_wire
from backend.api.wire import Page, WireRoute

router = APIRouter(prefix="/api/v1/audit", tags=["Audit log"], route_class=WireRoute)


@router.get("", operation_id="listAuditEntries")
def list_audit(ctx: Reading, query: Annotated[AuditQuery, Query()]) -> Page[AuditEntryOut]:
    """Who changed what in this namespace, newest first."""
    entries, total = service.list_audit(
        ctx, entity=query.entity, entity_id=query.entity_id, offset=query.offset, limit=query.page_size
    )
    return query.of([audit_to_wire(entry) for entry in entries], total)
