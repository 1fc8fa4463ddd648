"""Usage events of version 1: the way in, and a look at what came in."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from backend.api.deps import NEEDS_KEY, Reading, sender_of
from backend.api.v1.wire.events import EventQuery, IngestedEventOut, to_wire
from backend.api.wire import StraightRoute, WireRoute
from backend.errors import Gone, Invalid, Issue, NotFound, TooLarge
from backend.infra import progress
from backend.ingest.cloudevents import MOST_BYTES, Shape
from backend.ingest.receive import receive
from backend.metering import service as metering

router = APIRouter(prefix="/api/v1/events", tags=["Events"], route_class=WireRoute)
way_in = APIRouter(prefix=router.prefix, tags=router.tags, route_class=StraightRoute, dependencies=[NEEDS_KEY])

SMALL = 64 * 1024
"""In bytes: what is read faster than handed to another thread."""

SHAPES = {
    "application/cloudevents+json": Shape.ONE,
    "application/cloudevents-batch+json": Shape.MANY,
    "application/json": Shape.EITHER,
}
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "source", "specversion", "type", "subject"],
    "properties": {
        **{name: {"type": "string", "minLength": 1} for name in ("id", "source", "specversion", "type", "subject")},
        "time": {"type": "string", "format": "date-time", "nullable": True},
        "datacontenttype": {"type": "string", "enum": ["application/json"], "nullable": True},
        "dataschema": {"type": "string", "format": "uri", "nullable": True},
        "data": {"type": "object", "nullable": True},
    },
}
_EVENTS: dict[str, Any] = {"type": "array", "items": _EVENT}
_SCHEMAS = {Shape.ONE: _EVENT, Shape.MANY: _EVENTS, Shape.EITHER: {"anyOf": [_EVENT, _EVENTS]}}
BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": _SCHEMAS[shape]} for kind, shape in SHAPES.items()},
    }
}


@way_in.post("", operation_id="ingestEvents", status_code=204, openapi_extra=BODY)
async def ingest_events(request: Request) -> None:
    """Take in CloudEvents, one or many: answered once they are on disk, all of them or none.

    An event that was sent before (same source and id) is ignored, so a request can be repeated safely.
    """
    await take_in(request)


async def take_in(request: Request) -> None:
    """Read a request of events and wait until they are on disk; Invalid for a content type that is none of events."""
    sender = await sender_of(request)
    kind = request.headers.get("content-type", "")
    shape = SHAPES.get(kind.split(";")[0].strip().lower())
    if shape is None:
        raise Invalid(f"invalid content type: {kind}")
    body = await _body(request)
    if len(body) <= SMALL:
        answer = receive(sender, body, shape)
    else:
        answer = await run_in_threadpool(receive, sender, body, shape)
    await asyncio.wrap_future(answer)


async def _body(request: Request) -> bytes:
    """The body, read only as far as one request may be large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise TooLarge(f"A request may carry at most {MOST_BYTES // 1024 // 1024} MiB.")
    return bytes(body)


@router.get("", operation_id="listEvents")
def list_events(ctx: Reading, query: Annotated[EventQuery, Query()]) -> list[IngestedEventOut]:
    """The newest events of the last 32 days that match, each with the reason if it does not count."""
    wanted = query.from_wire(ctx.now)
    try:
        with progress.followed(ctx, query.client_id):
            found = metering.list_events(ctx, wanted, customer_ids=query.customer_id, limit=query.limit)
    except (NotFound, Gone) as error:
        raise Invalid(str(error), issues=[Issue("customerId", "invalid", str(error))]) from error
    return [to_wire(event) for event in found]
