"""The keys that programs come in with (our own addition to version 1)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.access import service
from backend.api.deps import Reading, Writing
from backend.api.v1.wire.access import ApiKeyCreate, ApiKeyOut, NewApiKeyOut, key_to_wire, new_key_to_wire
from backend.api.wire import Page, PageQuery, WireRoute

router = APIRouter(prefix="/api/v1/api-keys", tags=["API keys"], route_class=WireRoute)


@router.get("", operation_id="listApiKeys")
def list_api_keys(ctx: Reading, query: Annotated[PageQuery, Query()]) -> Page[ApiKeyOut]:
    """The keys of this namespace that are not revoked, oldest first."""
    keys, total = service.list_api_keys(ctx, query.offset, query.page_size)
    return query.of([key_to_wire(key) for key in keys], total)


@router.post("", operation_id="createApiKey", status_code=201)
def create_api_key(ctx: Writing, body: ApiKeyCreate) -> NewApiKeyOut:
    """Make a key; its secret is in this answer and never shown again."""
    key, secret = service.create_api_key(ctx, body.name, body.scope)
    return new_key_to_wire(key, secret)


@router.delete("/{apiKeyId}", operation_id="revokeApiKey", status_code=204)
def revoke_api_key(ctx: Writing, key_id: Annotated[str, Path(alias="apiKeyId")]) -> None:
    """End a key at once."""
    service.revoke_api_key(ctx, key_id)
