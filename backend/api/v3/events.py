"""Usage events of version 3: the way in, and a look at what came in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request

from backend.api.cursor import read_cursor, write_cursor
from backend.api.deps import NEEDS_KEY, Reading
from backend.api.v1.routes.events import BODY, take_in
from backend.api.v1.wire.events import EventOut, event_to_wire
from backend.api.v3.filters import Kind, read_filters
from backend.api.v3.wire import PREFIX, Snake, Sort, read_sort
from backend.api.wire import StraightRoute, WireRoute
from backend.customers import service as customers
from backend.engine.filter import Filter
from backend.errors import Invalid, Issue
from backend.infra.context import Context
from backend.ingest.models import UsageEvent
from backend.ingest.service import EventOrder, EventSearch
from backend.metering import service as metering
from backend.metering.service import InspectedEvent

PATH = f"{PREFIX}/events"
router = APIRouter(prefix=PATH, tags=["Metering Events"], route_class=WireRoute)
way_in = APIRouter(prefix=PATH, tags=router.tags, route_class=StraightRoute, dependencies=[NEEDS_KEY])

FIELDS = {
    **dict.fromkeys(("id", "source", "subject", "type"), Kind.TEXT),
    **dict.fromkeys(("time", "ingested_at", "stored_at"), Kind.TIME),
    "customer_id": Kind.EXACT,
}
ORDERS = {order.value: order for order in EventOrder}


class CustomerReference(Snake):
    """Whose an event is."""

    id: str


class ValidationError(Snake):
    """Why an event does not count."""

    code: str
    message: str


class IngestedEvent(Snake):
    """A stored event, whose it is, and why it does not count."""

    event: EventOut
    customer: CustomerReference | None = None
    ingested_at: datetime
    stored_at: datetime
    validation_errors: list[ValidationError]


class CursorPage(Snake):
    """Where the pages before and after are."""

    size: int
    next: str | None
    previous: str | None


class CursorMeta(Snake):
    """What is said about a page beside its rows."""

    page: CursorPage


class EventPage(Snake):
    """One page of events."""

    data: list[IngestedEvent]
    meta: CursorMeta


@way_in.post("", operation_id="ingest-metering-events", status_code=202, openapi_extra=BODY)
async def ingest_events(request: Request) -> None:
    """Take in CloudEvents, one or many: answered once they are on disk, all of them or none."""
    await take_in(request)


@router.get("", operation_id="list-metering-events")
def list_events(
    ctx: Reading,
    request: Request,
    size: Annotated[int, Query(alias="page[size]", ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(alias="page[after]")] = None,
    before: Annotated[str | None, Query(alias="page[before]")] = None,
    sort: str | None = None,
) -> EventPage:
    """Events that pass the filters, newest first unless sorted otherwise, each with the reason if it does not count."""
    wanted = read_filters(request, FIELDS)
    by = read_sort(sort, ORDERS, Sort(EventOrder.TIME, descending=True))
    if after and before:
        message = "page[after] and page[before] exclude each other"
        raise Invalid(message, issues=[Issue("page", "invalid", message)])
    customer_ids = _customer_ids(ctx, wanted.pop("customer_id", None))
    columns = {"event_id" if name == "id" else name: found for name, found in wanted.items()}
    search = EventSearch(columns, order=ORDERS[by.field], descending=by.descending)
    if before:
        turned = replace(search, descending=not by.descending, after=read_cursor(before, "page[before]"))
        found = metering.find_events(ctx, turned, customer_ids=customer_ids, limit=size)[::-1]
    else:
        search = replace(search, after=read_cursor(after, "page[after]") if after else None)
        found = metering.find_events(ctx, search, customer_ids=customer_ids, limit=size)
    rows = [inspected.event for inspected in found]
    page = CursorPage(
        size=size,
        next=_link(request, "page[after]", rows[-1:], by) if before or len(rows) == size else None,
        previous=_link(request, "page[before]", rows[:1], by) if after or (before and len(rows) == size) else None,
    )
    return EventPage(data=[_to_wire(inspected) for inspected in found], meta=CursorMeta(page=page))


def _customer_ids(ctx: Context, wanted: Filter | None) -> Sequence[str]:
    if wanted is None:
        return ()
    customer_ids, message = wanted.exact_texts, "filter[customer_id] can only be eq or oeq"
    if customer_ids is not None:
        living = [found.id for found in customers.by_id(ctx, customer_ids).values() if found.deleted_at is None]
        unknown = sorted(set(customer_ids) - set(living))
        if not unknown:
            return customer_ids
        message = f"There is no customer {', '.join(unknown)}."
    raise Invalid(message, issues=[Issue("filter[customer_id]", "invalid", message)])


def _link(request: Request, name: str, rows: Sequence[UsageEvent], by: Sort) -> str | None:
    """The address of the page beside this one."""
    if not rows:
        return None
    kept = [
        (key, value) for key, value in request.query_params.multi_items() if key not in ("page[after]", "page[before]")
    ]
    cursor = write_cursor(getattr(rows[0], by.field), rows[0].id)
    return f"{PATH}?{urlencode([*kept, (name, cursor)])}"


def _to_wire(inspected: InspectedEvent) -> IngestedEvent:
    return IngestedEvent(
        event=event_to_wire(inspected.event),
        customer=CustomerReference(id=inspected.customer_id) if inspected.customer_id else None,
        ingested_at=inspected.event.ingested_at,
        stored_at=inspected.event.stored_at,
        validation_errors=[ValidationError(code=_code(problem), message=problem) for problem in inspected.problems],
    )


def _code(problem: str) -> str:
    return problem.split(":", maxsplit=1)[0].replace(" ", "_")
