"""Worlds of their own in one Meterline (our own addition to version 1)."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.access import service
from backend.api.deps import Reading, Writing
from backend.api.v1.wire.access import (
    NamespaceCreate,
    NamespaceOut,
    NewNamespaceOut,
    namespace_to_wire,
    new_namespace_to_wire,
)
from backend.api.wire import Page, PageQuery, WireRoute

router = APIRouter(prefix="/api/v1/namespaces", tags=["Namespaces"], route_class=WireRoute)


@router.get("", operation_id="listNamespaces")
def list_namespaces(ctx: Reading, query: Annotated[PageQuery, Query()]) -> Page[NamespaceOut]:
    """All namespaces for a key of `default`, and for any other key the one it belongs to."""
    found, total = service.list_namespaces(ctx, query.offset, query.page_size)
    return query.of([namespace_to_wire(namespace) for namespace in found], total)


@router.post("", operation_id="createNamespace", status_code=201)
def create_namespace(ctx: Writing, body: NamespaceCreate) -> NewNamespaceOut:
    """Make a namespace, with a key that has full access to it; needs a full-access key of `default`."""
    made = service.create_namespace(ctx, body.from_wire())
    return new_namespace_to_wire(made)
