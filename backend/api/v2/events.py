"""Usage events of version 2: found by filters, page by page."""

from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Query
from pydantic import Field

from backend.api.cursor import read_cursor, write_cursor
from backend.api.deps import Reading
from backend.api.v1.wire.events import IngestedEventOut, to_wire
from backend.api.wire import Wire, WireRoute, read_json
from backend.engine.filter import Filter, text_filter, time_filter
from backend.errors import Gone, Invalid, Issue, NotFound
from backend.infra import progress
from backend.ingest.service import EventSearch
from backend.metering import service as metering

router = APIRouter(prefix="/api/v2/events", tags=["Events"], route_class=WireRoute)

TEXTS = {"id": "event_id", "source": "source", "subject": "subject", "type": "type"}
TIMES = {"time": "time", "ingestedAt": "ingested_at"}
MOST_LEVELS = 1
MOST_CUSTOMERS = 100


class EventSearchQuery(Wire):
    """Which events are asked for, and behind which page."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100
    client_id: Annotated[str, Field(min_length=1, max_length=36)] | None = None
    filter: str | None = None


class IngestedEventPage(Wire):
    """One page of events; without a next cursor it is the last."""

    items: list[IngestedEventOut]
    next_cursor: str | None = None


@router.get("", operation_id="listEventsV2")
def list_events(ctx: Reading, query: Annotated[EventSearchQuery, Query()]) -> IngestedEventPage:
    """Events that pass the filters, newest first, each with the reason if it does not count."""
    node = _object(query.filter)
    after = read_cursor(query.cursor) if query.cursor else None
    try:
        with progress.followed(ctx, query.client_id):
            found = metering.find_events(
                ctx, EventSearch(_filters(node), after=after), customer_ids=_customer_ids(node), limit=query.limit
            )
    except (NotFound, Gone) as error:
        _refuse("filter.customerId", str(error))
    last = found[-1].event if len(found) == query.limit else None
    return IngestedEventPage(
        items=[to_wire(event) for event in found], next_cursor=write_cursor(last.time, last.id) if last else None
    )


def _object(text: str | None) -> Mapping[str, Any]:
    try:
        node = read_json(text.encode()) if text else {}
    except (ValueError, RecursionError):
        node = None
    if not isinstance(node, dict):
        _refuse("filter", 'must be a JSON object such as {"subject": {"$eq": "acme"}}')
    unknown = sorted(node.keys() - TEXTS.keys() - TIMES.keys() - {"customerId"})
    if unknown:
        _refuse(f"filter.{unknown[0]}", "is nothing that events can be filtered by")
    return node


def _filters(node: Mapping[str, Any]) -> dict[str, Filter | None]:
    texts = {
        column: text_filter(node[name], f"filter.{name}", MOST_LEVELS) for name, column in TEXTS.items() if name in node
    }
    times = {
        column: time_filter(node[name], f"filter.{name}", MOST_LEVELS) for name, column in TIMES.items() if name in node
    }
    return texts | times


def _customer_ids(node: Mapping[str, Any]) -> list[str]:
    if "customerId" not in node:
        return []
    given = node["customerId"]
    ids = given.get("$in") if isinstance(given, dict) and given.keys() == {"$in"} else None
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST_CUSTOMERS or not all(isinstance(id_, str) for id_ in ids):
        _refuse("filter.customerId", f"takes only $in, with 1 to {MOST_CUSTOMERS} ids of customers")
    return ids


def _refuse(place: str, message: str) -> NoReturn:
    raise Invalid(f"{place}: {message}", issues=[Issue(place, "invalid_filter", message)])
